//! The training step as a consumer: a small transformer learns on the same cores that the loader wants.

use anyhow::Context;
use loading::Consumer;
use transformer::{Config, Precision, Task as Text, Trainer};

/// A step of training for each batch that comes. What it learns from is a task of its own (texts, of as many samples as the batch has):
/// what counts here is that it takes the time of a step, and the cores.
pub(crate) struct Training {
    text: Text,
    trainer: Trainer,
    step: u64,
}

impl Training {
    /// A trainer with so many threads.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(crate) fn new(seed: u64, threads: usize) -> anyhow::Result<Self> {
        let config = Config::small();
        let text = Text::new(&config, seed).context("the task of the training step")?;
        let trainer = Trainer::new(&config, Precision::F32, seed, threads).context("the training step")?;
        Ok(Self { text, trainer, step: 0 })
    }
}

impl Consumer for Training {
    fn take(&mut self, batch: &loading::Batch) -> anyhow::Result<()> {
        let samples = self.text.batch(self.step, batch.samples.max(1));
        self.step += 1;
        self.trainer.step(&samples)?;
        Ok(())
    }
}
