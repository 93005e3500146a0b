//! The tuner's decision: made once a run for each consumer, and shared by all launches and lanes.

use std::sync::Arc;

use loading::tuner::{self, Found, LOOKS};
use loading::{Consumer, Images, Knobs, Shuffle};
use measure::{Refusal, Task, scratch};

use crate::case::BATCH;
use crate::pictures::{Set, folder};

/// Most bytes that batches may take, whatever there is.
const MOST_MEMORY: u64 = 1 << 30;

/// What the tuner finds for this work and consumer, on single files: they need the most of a loader.
///
/// # Errors
/// Those of loading, and of keeping the decision.
pub(crate) fn decision(task: &Task, set: &Set, consumer: &mut dyn Consumer) -> anyhow::Result<Found> {
    let place: Vec<&str> = ["work", "accelerator"].iter().filter_map(|axis| task.point.get(axis)).collect();
    let path = folder(task)?.join(format!("tuned-{}.json", place.join("-")));
    scratch::remembered(&path, || {
        let images = Images::new(Arc::new(set.files()), BATCH, Shuffle::Full, task.seed);
        let grid = tuner::grid(task.threads.max(1) as usize, images.batch_bytes(), memory());
        tuner::search(&grid, LOOKS, images.batch_bytes(), |knobs, batches| {
            tuner::look(&images, knobs, consumer, batches)
        })
    })
}

/// Bytes that the tuner's batches may take: a quarter of what is free.
fn memory() -> u64 {
    machine::free_memory().map_or(MOST_MEMORY, |free| free / 4).min(MOST_MEMORY)
}

/// Whether batches of so many bytes fit into memory with these knobs, whoever asked for them.
///
/// # Errors
/// A skip if they take more than half of what is free.
pub(crate) fn fit(knobs: Knobs, batch_bytes: usize) -> Result<(), Refusal> {
    let needed = knobs.memory(batch_bytes);
    match machine::free_memory() {
        Some(free) if needed > free / 2 => Err(Refusal::Skip(format!(
            "the batches of {} workers would take {} MiB, which is more than half of the {} MiB that are free",
            knobs.workers,
            needed >> 20,
            free >> 20
        ))),
        _ => Ok(()),
    }
}
