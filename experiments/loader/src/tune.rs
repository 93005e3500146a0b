//! The tuner's decision: made once a run for each consumer, and shared by all launches and lanes.

use loading::tuner::{self, Found, Looks};
use loading::{Consumer, Images, Knobs, threads};
use measure::{Task, scratch};

use crate::pictures::folder;

/// From a few batches to a few dozens: enough to see a difference that is worth a change, and a second or two in all.
const LOOKS: Looks = Looks { first: 2, factor: 4, rungs: 3 };

/// Most bytes that batches may take, whatever there is.
const MOST_MEMORY: u64 = 1 << 30;

/// What the tuner finds for this work and consumer.
///
/// # Errors
/// Those of loading, and of keeping the decision.
pub(crate) fn decision(task: &Task, images: &Images, consumer: &mut dyn Consumer) -> anyhow::Result<Found> {
    let place: Vec<&str> = ["work", "accelerator"].iter().filter_map(|axis| task.point.get(axis)).collect();
    let path = folder(task)?.join(format!("tuned-{}.json", place.join("-")));
    scratch::remembered(&path, || {
        let grid = tuner::grid(task.threads.max(1) as usize, images.batch_bytes(), memory());
        tuner::search(&grid, LOOKS, images.batch_bytes(), |knobs, batches| look(images, consumer, knobs, batches))
    })
}

/// Batches per second once the queue works.
fn look(images: &Images, consumer: &mut dyn Consumer, knobs: Knobs, batches: usize) -> anyhow::Result<f64> {
    // The first batch of every worker comes late, and all at once.
    let skip = knobs.workers.max(1);
    let pass = threads::some(images, knobs, consumer, batches + skip + 1)?;
    Ok(pass.rate(skip).unwrap_or(pass.batches as f64 / pass.seconds.max(1e-9)))
}

/// Bytes that batches may take: a quarter of what is free.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let free = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map(|kib| kib * 1024);
    free.map_or(MOST_MEMORY, |free| free / 4).min(MOST_MEMORY)
}
