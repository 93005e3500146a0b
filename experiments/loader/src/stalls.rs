//! Where the time of a pass goes, by runs that differ in one thing each: batches that are ready (what is left is the
//! consumer), images in memory (what comes on top is preparation), images on the device (what comes on top is fetching). For a
//! consumer with memory of its own there is one more: ready batches with numbers in them (what comes on top are copies).

use std::path::PathBuf;

use loading::{Batch, Consumer, Pass, Ready, drive};
use measure::counters;

use crate::case::BATCH;

/// The parts of a pass in seconds.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// The consumer alone.
    pub(crate) compute: f64,
    /// What it waits for copies into memory of its own, if it has any.
    pub(crate) copy: Option<f64>,
    /// What it waits for reading from memory, decoding and augmenting.
    pub(crate) preparation: f64,
    /// What it waits for the device; `Err` says why that cannot be told.
    pub(crate) fetch: Result<f64, String>,
    /// The run with everything in memory; what went wrong is that of all runs.
    pub(crate) cached: Pass,
}

impl Parts {
    /// Share of the cached pass in which the consumer computed: a wait for a copy is a wait.
    pub(crate) fn utilisation(&self) -> f64 {
        match self.copy {
            None => self.cached.utilisation(),
            Some(_) => self.compute / self.cached.seconds.max(self.compute),
        }
    }
}

/// Part of the bytes that the device must have delivered for a run to count as cold.
const PROOF: f64 = 0.95;

/// Splits a pass of `run` with `consumer`; `full` is a batch with numbers, for a consumer that copies them; `stored` are the files that
/// it reads and their bytes, or why what the device delivers to it cannot be counted.
///
/// # Errors
/// Those of the passes.
pub(crate) fn split(
    consumer: &mut dyn Consumer,
    full: Option<Batch>,
    stored: Result<(&[PathBuf], u64), String>,
    run: &mut dyn FnMut(&mut dyn Consumer) -> anyhow::Result<Pass>,
) -> anyhow::Result<Parts> {
    // The first one warms the page cache, the threads and the consumer.
    let warm = run(consumer)?;
    let batches = warm.batches;
    let ready = Batch { samples: BATCH, ..Batch::default() };
    let compute = drive(&mut Ready::new(ready, batches), consumer)?.seconds;
    let copied = full.map(|full| drive(&mut Ready::new(full, batches), consumer)).transpose()?;
    let copy = copied.map(|copied| (copied.seconds - compute).max(0.0));
    let mut cached = run(consumer)?;
    cached.troubles.again(warm.troubles);
    let fetch = match stored {
        Ok((files, bytes)) => {
            let cold = cold(files, bytes, &mut || run(consumer))?;
            cold.map(|cold| {
                cached.troubles.again(cold.troubles);
                (cold.seconds - cached.seconds).max(0.0)
            })
        }
        Err(why) => Err(why),
    };
    let preparation = (cached.seconds - compute - copy.unwrap_or(0.0)).max(0.0);
    Ok(Parts { compute, copy, preparation, fetch, cached })
}

/// A run with no page of `files` in memory, proven by what the device delivered.
fn cold(
    files: &[PathBuf],
    bytes: u64,
    run: &mut dyn FnMut() -> anyhow::Result<Pass>,
) -> anyhow::Result<Result<Pass, String>> {
    if let Err(error) = counters::drop_pages(files) {
        return Ok(Err(format!("the files' pages cannot be dropped: {error}")));
    }
    let before = counters::begin(std::process::id());
    let pass = run()?;
    let delivered = counters::since(std::process::id(), before).get("device_bytes").copied();
    Ok(match delivered {
        None => Err("this system does not say what the device delivered".to_owned()),
        Some(delivered) if (delivered as f64) < bytes as f64 * PROOF => Err(format!(
            "the device delivered {delivered} of {bytes} bytes, so the files were not read from it; those in memory (tmpfs) cannot be dropped"
        )),
        Some(_) => Ok(pass),
    })
}
