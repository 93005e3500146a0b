//! The loader: what it makes, what it survives, what it finds.

mod feeding;
mod hostile;
mod orders;
mod pictures;
mod sources;
mod times;
mod tuning;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use loading::{Accelerator, Check, Files, Images, Knobs, Pass, Shuffle, Source, picture, threads};

/// Writes `count` pictures into a folder.
fn pictures(folder: &Path, count: u32) -> Vec<PathBuf> {
    (0..count)
        .map(|number| {
            let path = folder.join(format!("{number:03}.jpg"));
            std::fs::write(&path, picture::jpeg(5, number).unwrap()).unwrap();
            path
        })
        .collect()
}

/// A pass over a source with a consumer that takes no time.
fn pass(source: Arc<dyn Source>, batch: usize, shuffle: Shuffle, knobs: Knobs) -> Pass {
    let images = Images::new(source, batch, shuffle, 9);
    threads::pass(&images, knobs, &mut Accelerator { per_batch: std::time::Duration::ZERO }).unwrap()
}

/// The same of files.
fn files(paths: &[PathBuf], knobs: Knobs) -> Pass {
    pass(Arc::new(Files::new(paths.to_vec())), 4, Shuffle::Full, knobs)
}

/// Whether two proofs are of the same samples; means are added up in another order.
#[track_caller]
fn same(one: Check, other: Check) {
    assert_eq!((one.samples, one.digest), (other.samples, other.digest));
    assert!(
        (one.mean - other.mean).abs() < 1e-9 * one.mean && (one.weighted - other.weighted).abs() < 1e-9 * one.weighted
    );
}

/// Knobs.
fn knobs(workers: usize, prefetch: usize) -> Knobs {
    Knobs { workers, prefetch }
}
