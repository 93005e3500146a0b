//! Where batches come from, as the consumer sees it; and the work of making one.

use std::time::Instant;

use crate::{Batch, Troubles};

/// Makes batches by number, in any worker.
pub trait Work: Sync {
    /// What a worker keeps from one batch to the next: buffers, open files.
    type Tools;

    /// Tools for a new worker.
    fn tools(&self) -> Self::Tools;

    /// Memory for another batch; it is used again as long as there is one pass after the other.
    fn batch(&self) -> Batch {
        Batch::default()
    }

    /// Batches of a pass.
    fn batches(&self) -> usize;

    /// Makes batch `number` of a pass. What goes wrong with a sample is counted in the batch.
    fn make(&self, number: usize, tools: &mut Self::Tools, batch: &mut Batch);
}

/// Batches in their order, as they become ready.
pub trait Feed {
    /// The next batch; waits until it is ready. `None` after the last one.
    ///
    /// # Errors
    /// If no batch can be made any more.
    fn next(&mut self) -> anyhow::Result<Option<Batch>>;

    /// Takes back a batch that the consumer is done with, so that its memory is used again.
    fn give_back(&mut self, batch: Batch);

    /// How many batches were ready and waiting, whenever that changed; empty where nothing can wait.
    fn depths(&mut self) -> Vec<(Instant, usize)>;

    /// Troubles beside those of the batches.
    fn troubles(&mut self) -> Troubles {
        Troubles::default()
    }
}

/// One batch that is ready over and over: what is left of a pass when loading costs nothing.
#[derive(Debug)]
pub struct Ready {
    batch: Option<Batch>,
    left: usize,
}

impl Ready {
    /// A feed of so many times the same batch.
    #[must_use]
    pub fn new(batch: Batch, batches: usize) -> Self {
        Self { batch: Some(batch), left: batches }
    }
}

impl Feed for Ready {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(self.batch.take())
    }

    fn give_back(&mut self, batch: Batch) {
        self.batch = Some(batch);
    }

    fn depths(&mut self) -> Vec<(Instant, usize)> {
        Vec::new()
    }
}
