//! The training step as a consumer: a small transformer learns on the same cores that the loader wants.

use anyhow::Context;
use loading::Consumer;
use transformer::{Batch, Config, Precision, Task, Trainer};

/// Texts that stand for samples. What is learnt from is a task of its own, as many texts as a batch has samples: what counts here is that
/// a step takes its time, and its cores.
pub(crate) struct Texts {
    task: Task,
    step: u64,
}

impl Texts {
    /// Texts for a model.
    ///
    /// # Errors
    /// If the model cannot learn the task.
    pub(crate) fn new(config: &Config, seed: u64) -> anyhow::Result<Self> {
        Ok(Self { task: Task::new(config, seed).context("the task of the training step")?, step: 0 })
    }

    /// A text for each of so many samples; one, if there is none.
    pub(crate) fn next(&mut self, samples: usize) -> Batch {
        self.step += 1;
        self.task.batch(self.step - 1, samples.max(1))
    }
}

/// A step of training for each batch that comes.
pub(crate) struct Training {
    texts: Texts,
    trainer: Trainer,
}

impl Training {
    /// A trainer with so many threads.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(crate) fn new(seed: u64, threads: usize) -> anyhow::Result<Self> {
        let config = Config::small();
        let trainer = Trainer::new(&config, Precision::F32, seed, threads).context("the training step")?;
        Ok(Self { texts: Texts::new(&config, seed)?, trainer })
    }
}

impl Consumer for Training {
    fn take(&mut self, batch: &loading::Batch) -> anyhow::Result<()> {
        self.trainer.step(&self.texts.next(batch.samples))?;
        Ok(())
    }
}
