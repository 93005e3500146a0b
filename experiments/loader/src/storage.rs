//! Reading alone: the same images from each storage, as single files and as one archive, at the sizes at which a loader reads.

use std::path::PathBuf;
use std::sync::Arc;

use loading::{Accelerator, Batch, Bucket, Knobs, Shuffle, Source, Tar, Work, order, threads, write_tar};
use measure::{Prepared, Refusal, Task, scratch};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::case::{BATCH, axis};
use crate::images::answer;
use crate::pictures::{Set, copy, folder};

/// Sets up a case: copies the images to the storage, and opens them there.
///
/// # Errors
/// A skip where the reader named no such storage; a failure of writing or reading.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let number: usize = task.params.get("storage").map_or(Ok(0), |number| number.parse())?;
    let place = if number == 0 {
        folder(task)?.join("storage")
    } else {
        let Some(named) = task.storage.get(number - 1) else {
            let which = ["first", "second", "third"].get(number - 1).copied().unwrap_or("further");
            return Err(Refusal::Skip(format!("no {which} folder was named with --storage")));
        };
        named.clone()
    };
    std::fs::create_dir_all(&place)?;
    let set = Set::open(task)?;
    let pattern = axis(task, "pattern")?;
    let (source, files): (Arc<dyn Source>, Vec<PathBuf>) = match pattern {
        "files" => {
            let files = copy(&set, &place.join("files"))?;
            (Arc::new(files.clone()), files.paths().to_vec())
        }
        _ => {
            let path = place.join("images.tar");
            scratch::once(&path, |beside| write_tar(&set.files(), beside))?;
            (Arc::new(Tar::open(&path)?), vec![path])
        }
    };
    let shuffle = if pattern == "sequential" { Shuffle::None } else { Shuffle::Full };
    let reading = Reading { order: order(source.samples(), 1, shuffle, task.seed), source };
    let workers = task.threads.max(1) as usize;
    let knobs = Knobs { workers, prefetch: 2 };
    let mut nobody = Accelerator { per_batch: std::time::Duration::ZERO };
    let samples = set.images.len() as f64;
    let mut case = Prepared::new(move || Ok(answer(threads::pass(&reading, knobs, &mut nobody)?.check)))
        .setting("readers", workers)
        .setting("images", set.images.len())
        .fact("rows", samples)
        .fact("bytes", set.bytes() as f64)
        .fact("bytes_needed", set.bytes() as f64)
        .fact("disk_bytes", set.bytes() as f64);
    case.files = files;
    Ok(case)
}

/// Fetches batches of samples, and decodes nothing.
struct Reading {
    source: Arc<dyn Source>,
    order: Vec<u32>,
}

impl Work for Reading {
    type Tools = Bucket;

    fn tools(&self) -> Bucket {
        Bucket::default()
    }

    fn batches(&self) -> usize {
        self.order.len().div_ceil(BATCH)
    }

    fn make(&self, number: usize, bucket: &mut Bucket, batch: &mut Batch) {
        let from = (number * BATCH).min(self.order.len());
        let samples = &self.order[from..(from + BATCH).min(self.order.len())];
        bucket.clear();
        self.source.fetch(samples, bucket);
        for (place, &sample) in samples.iter().enumerate() {
            match bucket.sample(place) {
                Ok(bytes) => {
                    // One look at every byte, as whoever decodes it takes.
                    let hash = xxh3_64_with_seed(bytes, u64::from(sample));
                    batch.check.add(u64::from(sample), bytes.len() as f64, hash);
                    batch.samples += 1;
                }
                Err(trouble) => batch.troubles.add(trouble, self.source.name(sample)),
            }
        }
    }
}
