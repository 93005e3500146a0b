//! Samples in one large file: a tar archive, and the places of its members.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use crate::{Bucket, Source, Trouble};

/// A tar archive of samples. Its headers are read once; then any member can be read alone, and members that lie beside each other
/// in one read.
#[derive(Debug)]
pub struct Tar {
    file: File,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    name: String,
    at: u64,
    bytes: u64,
}

/// Between two members lie a header and padding; reading over so many bytes is cheaper than another read.
const GAP: u64 = 16 << 10;
/// Most bytes of one read.
const READ: u64 = 32 << 20;

impl Tar {
    /// Opens an archive and finds its members.
    ///
    /// # Errors
    /// If it cannot be read or is no tar archive.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut members = Vec::new();
        for entry in tar::Archive::new(&file).entries_with_seek()? {
            let entry = entry?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let (at, bytes) = (entry.raw_file_position(), entry.size());
            if at.checked_add(bytes).is_none_or(|end| end > length) {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends in the middle of a member"));
            }
            members.push(Member { name: entry.path()?.to_string_lossy().into_owned(), at, bytes });
        }
        Ok(Self { file, members })
    }

    fn range(&self, sample: u32) -> Option<Range<u64>> {
        self.members.get(sample as usize).map(|member| member.at..member.at + member.bytes)
    }
}

impl Source for Tar {
    fn samples(&self) -> usize {
        self.members.len()
    }

    fn fetch(&self, samples: &[u32], bucket: &mut Bucket) {
        let mut rest = samples;
        while let Some((&first, _)) = rest.split_first() {
            let Some(mut run) = self.range(first) else {
                bucket.places.push(Err(Trouble::Vanished));
                rest = &rest[1..];
                continue;
            };
            // As many as lie in a row in the file.
            let mut count = 1;
            while let Some(next) = rest.get(count).and_then(|&sample| self.range(sample)) {
                if next.start < run.end || next.start - run.end > GAP || next.end - run.start > READ {
                    break;
                }
                run.end = next.end;
                count += 1;
            }
            let from = bucket.bytes.len();
            let length = usize::try_from(run.end - run.start).unwrap_or(usize::MAX);
            bucket.bytes.resize(from + length, 0);
            let read = read_at(&self.file, &mut bucket.bytes[from..], run.start).map_err(|error| Trouble::of(&error));
            for &sample in &rest[..count] {
                let place = self.range(sample).ok_or(Trouble::Vanished).and_then(|range| {
                    read?;
                    let begin = from + (range.start - run.start) as usize;
                    Ok(begin..begin + (range.end - range.start) as usize)
                });
                bucket.places.push(place);
            }
            rest = &rest[count..];
        }
    }

    fn read_ahead(&self, samples: Range<u32>, bucket: &mut Bucket) {
        let all: Vec<u32> = samples.collect();
        self.fetch(&all, bucket);
        bucket.clear();
    }

    fn name(&self, sample: u32) -> String {
        self.members.get(sample as usize).map_or_else(|| format!("sample {sample}"), |member| member.name.clone())
    }
}

/// Fills `into` with the bytes from `at` on. Several threads may read one file at a time.
///
/// # Errors
/// Those of reading, and the end of the file.
#[cfg(unix)]
pub fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

/// Fills `into` with the bytes from `at` on. Several threads may read one file at a time.
///
/// # Errors
/// Those of reading, and the end of the file.
#[cfg(windows)]
pub fn read_at(file: &File, mut into: &mut [u8], mut at: u64) -> io::Result<()> {
    while !into.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, into, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                into = &mut into[read..];
                at += read as u64;
            }
        }
    }
    Ok(())
}

/// Writes an archive of all samples of `source`, in their order.
///
/// # Errors
/// If a sample cannot be read, or the archive not be written.
pub fn write_tar(source: &dyn Source, path: &Path) -> anyhow::Result<()> {
    let mut archive = tar::Builder::new(BufWriter::new(File::create(path)?));
    let mut bucket = Bucket::default();
    for sample in 0..u32::try_from(source.samples())? {
        bucket.clear();
        source.fetch(&[sample], &mut bucket);
        let name = source.name(sample);
        let bytes = bucket.sample(0).map_err(|trouble| anyhow::anyhow!("{name}: {}", trouble.label()))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Names need not be unique across folders: the number makes them so, and sorts them.
        let ending = Path::new(&name).extension().map_or_else(String::new, |e| format!(".{}", e.to_string_lossy()));
        archive.append_data(&mut header, format!("{sample:08}{ending}"), bytes)?;
    }
    archive.into_inner()?.flush()?;
    Ok(())
}
