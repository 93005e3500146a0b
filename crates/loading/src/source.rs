//! Where the bytes of samples come from.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;

use crate::Trouble;

/// Samples by number, as bytes.
pub trait Source: Send + Sync {
    /// Number of samples.
    fn samples(&self) -> usize;

    /// Samples that can only be fetched together, beside each other: 1 where each can be had alone.
    fn together(&self) -> usize {
        1
    }

    /// Fetches samples, in this order, into an empty bucket; a place in it for each, also for what cannot be had.
    fn fetch(&self, samples: &[u32], bucket: &mut Bucket);

    /// Reads samples that lie beside each other in one go, so that the system has them in memory when they are fetched; `bucket` is
    /// used for it, and empty afterwards. Nothing where each sample is a file of its own. What cannot be read is fetched in vain
    /// later.
    fn read_ahead(&self, _samples: Range<u32>, _bucket: &mut Bucket) {}

    /// Name of a sample, for people.
    fn name(&self, sample: u32) -> String;
}

/// Bytes of several samples; used again from batch to batch.
#[derive(Debug, Default)]
pub struct Bucket {
    /// The bytes of all.
    pub bytes: Vec<u8>,
    /// Where each sample's are.
    pub places: Vec<Result<Range<usize>, Trouble>>,
}

impl Bucket {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }

    /// The bytes of the sample at this place in the order.
    ///
    /// # Errors
    /// Why there are none.
    pub fn sample(&self, place: usize) -> Result<&[u8], Trouble> {
        let range = self.places.get(place).cloned().unwrap_or(Err(Trouble::Unreadable))?;
        self.bytes.get(range).ok_or(Trouble::Unreadable)
    }
}

/// Many small files, one a sample.
#[derive(Clone, Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
}

impl Files {
    /// Files in this order.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths }
    }

    /// The files.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
}

impl Source for Files {
    fn samples(&self) -> usize {
        self.paths.len()
    }

    fn fetch(&self, samples: &[u32], bucket: &mut Bucket) {
        for &sample in samples {
            let from = bucket.bytes.len();
            let path = &self.paths[sample as usize];
            let read = File::open(path).and_then(|mut file| {
                // Room for all of it first, so that it is one read and not several of growing size.
                let bytes = file.metadata().map_or(0, |metadata| metadata.len());
                bucket.bytes.reserve(usize::try_from(bytes).unwrap_or(0).min(MOST) + 1);
                file.read_to_end(&mut bucket.bytes)
            });
            bucket.places.push(match read {
                Ok(_) => Ok(from..bucket.bytes.len()),
                Err(error) => {
                    bucket.bytes.truncate(from);
                    Err(Trouble::of(&error))
                }
            });
        }
    }

    fn name(&self, sample: u32) -> String {
        let name = self.paths.get(sample as usize).and_then(|path| path.file_name());
        name.map_or_else(|| format!("sample {sample}"), |name| name.to_string_lossy().into_owned())
    }
}

/// Most bytes that are set aside before a file is read: what it says of its size may be wrong.
const MOST: usize = 64 << 20;
