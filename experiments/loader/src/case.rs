//! What a task asks for.

use std::time::Duration;

use anyhow::{Context, bail};
use loading::{Knobs, Shuffle};
use measure::Task;

/// Images in a batch, where nothing else is said.
pub(crate) const BATCH: usize = 16;
/// Samples in a buffer that an order is drawn from.
pub(crate) const BUFFER: usize = 32;
/// Seconds of the accelerator for an image where sizes of batches are compared: 2 ms for a batch of the usual size.
const FOR_AN_IMAGE: f64 = 0.002 / BATCH as f64;
/// Images for each core in a call that compares sizes of batches: every core gets several of the largest.
const FOR_A_CORE: usize = 256;

/// What is fed, or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A consumer, with images.
    Images,
    /// The same, where the size of batches or the order of samples is what is asked.
    Pace,
    /// A consumer, with rows of the table.
    Table,
    /// Nobody: files are read.
    Storage,
}

impl Work {
    /// Reads it from a task.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        Ok(match axis(task, "work")? {
            "images" | "many" | "gpu" => Self::Images,
            "orders" | "batches" => Self::Pace,
            "table" => Self::Table,
            "storage" => Self::Storage,
            other => bail!("there is no work {other:?}"),
        })
    }
}

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A file for each.
    Files,
    /// A tar archive.
    Tar,
    /// An Arrow IPC file.
    Arrow,
    /// A Parquet file.
    Parquet,
    /// A CSV file, of a table.
    Csv,
}

impl Layout {
    /// Reads it from a task; files where nothing is said.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        Ok(match task.params.get("layout").map_or("files", String::as_str) {
            "files" => Self::Files,
            "tar" => Self::Tar,
            "arrow" => Self::Arrow,
            "parquet" => Self::Parquet,
            "csv" => Self::Csv,
            other => bail!("there is no layout {other:?}"),
        })
    }

    /// The ending of its files.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Files => "jpg",
            Self::Tar => "tar",
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// How samples are shuffled in it, as it is usually done: single files in full, an archive through a buffer, so that it is read in
    /// sequence, and chunks of a columnar file as wholes.
    pub(crate) fn shuffle(self) -> Shuffle {
        match self {
            Self::Tar => Shuffle::Buffer(BUFFER),
            _ => Shuffle::Full,
        }
    }
}

/// The knobs that a variant asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// These.
    Knobs(Knobs),
    /// What the tuner finds.
    Tuned,
}

impl Setting {
    /// Reads it from a task.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        let cores = task.threads.max(1) as usize;
        Ok(match task.params.get("knobs").map_or("tuned", String::as_str) {
            "default" => Self::Knobs(Knobs { workers: 0, prefetch: 0 }),
            "cores" => Self::Knobs(Knobs { workers: cores, prefetch: 2 }),
            "many" => Self::Knobs(Knobs { workers: (4 * cores).max(8), prefetch: 2 }),
            "tuned" => Self::Tuned,
            // Workers and prefetch, as in `4x2`.
            other => {
                let (workers, prefetch) =
                    other.split_once('x').with_context(|| format!("there are no knobs {other:?}"))?;
                Self::Knobs(Knobs { workers: workers.parse()?, prefetch: prefetch.parse()? })
            }
        })
    }
}

/// Who takes the batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Taker {
    /// An accelerator that takes so long for a batch.
    Accelerator(Duration),
    /// The training step of a small transformer, on the same cores.
    Training,
}

impl Taker {
    /// Reads it from a task.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        if task.point.get("accelerator") == Some("training") {
            return Ok(Self::Training);
        }
        let seconds = match task.numbers.get("accelerator") {
            Some(seconds) => *seconds,
            None if compares_batches(task) => FOR_AN_IMAGE * batch(task)? as f64,
            None => 0.0,
        };
        anyhow::ensure!(
            (0.0..=60.0).contains(&seconds),
            "an accelerator that takes {seconds} s for a batch cannot be measured"
        );
        Ok(Self::Accelerator(Duration::from_secs_f64(seconds)))
    }
}

/// Images in a batch of this task.
///
/// # Errors
/// If that is no number of images.
pub(crate) fn batch(task: &Task) -> anyhow::Result<usize> {
    let images = task.numbers.get("batch").copied().unwrap_or(BATCH as f64);
    anyhow::ensure!((1.0..=65_536.0).contains(&images), "a batch of {images} images cannot be measured");
    Ok(images as usize)
}

/// How samples are shuffled: as the task says, or as it is usually done where they are stored like this.
///
/// # Errors
/// If there is no such order.
pub(crate) fn shuffle(task: &Task, layout: Layout) -> anyhow::Result<Shuffle> {
    Ok(match task.point.get("order") {
        None => layout.shuffle(),
        Some("stored") => Shuffle::None,
        Some("buffer") => Shuffle::Buffer(BUFFER),
        Some("full") => Shuffle::Full,
        Some(other) => bail!("there is no order {other:?}"),
    })
}

/// How often a call goes over so many images. It depends on no variant, so that all do the same.
pub(crate) fn passes(task: &Task, images: usize) -> usize {
    if compares_batches(task) { (FOR_A_CORE * task.threads.max(1) as usize).div_ceil(images.max(1)) } else { 1 }
}

fn compares_batches(task: &Task) -> bool {
    task.point.get("work") == Some("batches")
}

/// The value on an axis.
pub(crate) fn axis<'a>(task: &'a Task, name: &str) -> anyhow::Result<&'a str> {
    task.point.get(name).with_context(|| format!("the task has no {name}"))
}
