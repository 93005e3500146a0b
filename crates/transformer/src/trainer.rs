//! The trainer: a network, an optimizer, threads.

use half::{bf16, f16};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::memory::Ledger;
use crate::network::{Learner, Network};
use crate::{AdamW, Batch, Config, Error, Memory, Precision, Scaling, Steps};

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Mean cross-entropy of the batch before the update, in nats; NaN or infinite where numbers overflowed.
    pub loss: f32,
    /// Whether the weights were left as they are, because a gradient was infinite or NaN (only with loss scaling).
    pub skipped: bool,
    /// What the loss was multiplied with: 1 without loss scaling.
    pub scale: f32,
    /// What rounding to f16 made of the gradients; none in the other precisions, whose range is that of f32.
    pub underflow: Option<Underflow>,
}

/// Gradient values rounded to f16 in one backward pass: those by activations and those by weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Underflow {
    /// Values that were not zero before rounding.
    pub values: u64,
    /// Those of them that rounding made zero. What is multiplied with a lost value later is lost as well and not counted again.
    pub lost: u64,
}

impl Underflow {
    /// Share of the values that were lost, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.values == 0 { 0.0 } else { self.lost as f64 / self.values as f64 }
    }
}

/// A classifier that learns.
///
/// The same seed gives the same weights and the same losses for any number of threads.
pub struct Trainer {
    config: Config,
    precision: Precision,
    network: Box<dyn Learner>,
    pool: ThreadPool,
    steps: Steps,
}

impl std::fmt::Debug for Trainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { config, precision, steps, .. } = self;
        f.debug_struct("Trainer").field("config", config).field("precision", precision).field("steps", steps).finish()
    }
}

impl Trainer {
    /// A trainer with the weights of [`initial_weights`](crate::initial_weights), on so many threads.
    ///
    /// # Errors
    /// If the dimensions do not fit together, or there is no room or there are no threads.
    pub fn new(config: &Config, precision: Precision, seed: u64, threads: usize) -> Result<Self, Error> {
        Self::limited(config, precision, seed, threads, None)
    }

    /// As [`Self::new`], with a limit in bytes for all of its buffers, as if it were the memory of an accelerator.
    ///
    /// # Errors
    /// As [`Self::new`]; and if the weights and what belongs to them exceed the limit.
    pub fn limited(
        config: &Config,
        precision: Precision,
        seed: u64,
        threads: usize,
        limit: Option<u64>,
    ) -> Result<Self, Error> {
        config.check()?;
        let threads = threads.max(1);
        let ledger = Ledger { limit, held: 0 };
        let network: Box<dyn Learner> = match precision {
            Precision::F32 => Box::new(Network::<f32>::new(config, seed, threads, ledger)?),
            Precision::Bf16 => Box::new(Network::<bf16>::new(config, seed, threads, ledger)?),
            Precision::F16 { .. } => Box::new(Network::<f16>::new(config, seed, threads, ledger)?),
        };
        let scaling = matches!(precision, Precision::F16 { scaling: true });
        Ok(Self {
            config: *config,
            precision,
            network,
            pool: ThreadPoolBuilder::new().num_threads(threads).build()?,
            steps: Steps::new(scaling),
        })
    }

    /// The same with other settings of the optimizer.
    #[must_use]
    pub fn with_optimizer(mut self, optimizer: AdamW) -> Self {
        self.steps = self.steps.with_optimizer(optimizer);
        self
    }

    /// The same with other settings of loss scaling, where there is loss scaling.
    #[must_use]
    pub fn with_scaling(mut self, scaling: Scaling) -> Self {
        self.steps = self.steps.with_scaling(scaling);
        self
    }

    /// Makes room for batches of so many texts, so that no step allocates.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is no room; the trainer then has room for no batch, and may be asked for a smaller one.
    pub fn reserve(&mut self, batch: usize) -> Result<(), Error> {
        self.network.reserve(batch)
    }

    /// Learns from a batch: forward, backward, update.
    ///
    /// # Errors
    /// If the batch does not fit the model, or there is no room for it.
    pub fn step(&mut self, batch: &Batch) -> Result<StepReport, Error> {
        let (loss, scale) = self.pass(batch)?;
        let Self { network, pool, steps, .. } = self;
        let update = steps.end(pool.install(|| network.inspect()));
        if let Some(update) = &update {
            pool.install(|| network.update(update));
        }
        Ok(StepReport { loss, skipped: update.is_none(), scale, underflow: self.underflow() })
    }

    /// Loss and gradients of a batch without an update: the gradient of each weight in the order of [`layout`](crate::layout), as
    /// the optimizer would see it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn gradients(&mut self, batch: &Batch) -> Result<(f32, Vec<f32>), Error> {
        let (loss, scale) = self.pass(batch)?;
        Ok((loss, self.network.gradients(scale)))
    }

    fn pass(&mut self, batch: &Batch) -> Result<(f32, f32), Error> {
        batch.check(&self.config)?;
        let scale = self.steps.scale();
        let Self { network, pool, .. } = self;
        let loss = pool.install(|| {
            let loss = network.forward(batch)?;
            network.backward(batch, scale);
            Ok::<_, Error>(loss)
        })?;
        Ok((loss, scale))
    }

    fn underflow(&self) -> Option<Underflow> {
        let (values, lost) = self.network.tally();
        matches!(self.precision, Precision::F16 { .. }).then_some(Underflow { values, lost })
    }

    /// The mean loss of a batch, without learning from it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn loss(&mut self, batch: &Batch) -> Result<f32, Error> {
        batch.check(&self.config)?;
        let Self { network, pool, .. } = self;
        pool.install(|| network.forward(batch))
    }

    /// Share of texts whose class is the most probable, 0 to 1; NaN is no answer, so a model that overflowed gets 0.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn accuracy(&mut self, batches: &[Batch]) -> Result<f64, Error> {
        let (mut right, mut texts) = (0, 0);
        for batch in batches {
            self.loss(batch)?;
            right += batch.right(&self.network.probabilities()[..batch.size() * self.config.classes]);
            texts += batch.size();
        }
        Ok(if texts == 0 { 0.0 } else { right as f64 / texts as f64 })
    }

    /// Bytes that it holds, by part.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.network.memory()
    }

    /// The weights in f32, in the order of [`layout`](crate::layout).
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        self.network.weights()
    }

    /// Replaces the weights: a model that was trained elsewhere, or a step aside.
    ///
    /// # Errors
    /// If their number is not that of the layout.
    pub fn set_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        let expected = self.weights().len();
        if weights.len() != expected {
            return Err(Error::Config(format!("{} weights for a model of {expected}", weights.len())));
        }
        self.network.set_weights(weights);
        Ok(())
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The numbers that it trains in.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }
}
