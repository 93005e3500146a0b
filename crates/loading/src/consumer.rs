//! What takes the batches.

use std::time::{Duration, Instant};

use crate::Batch;

/// Takes batches and works on them.
pub trait Consumer {
    /// Works on a batch; returns when it needs it no more.
    ///
    /// # Errors
    /// If it cannot.
    fn take(&mut self, batch: &Batch) -> anyhow::Result<()>;

    /// Does what it has put off, after the last batch of a pass.
    ///
    /// # Errors
    /// If it cannot.
    fn finish(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// An accelerator that takes a set time for each batch. It waits meanwhile, as a program does that waits for a GPU: no core is busy.
#[derive(Clone, Copy, Debug)]
pub struct Accelerator {
    /// Time for a batch; zero: as fast as batches come.
    pub per_batch: Duration,
}

impl Consumer for Accelerator {
    fn take(&mut self, _batch: &Batch) -> anyhow::Result<()> {
        let until = Instant::now() + self.per_batch;
        // A sleep may end early on some systems, and never by much too late.
        while let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
            std::thread::sleep(rest);
        }
        Ok(())
    }
}
