//! The training step on the GPU: the model of the crate `transformer`, with its weights, batches and reports.
//!
//! What stands beside autocast's numbers: products in the precision asked for; the stream from norm to norm, statistics, loss and
//! update in f32. A step walks [`forward`], [`backward`] and [`update`], all in buffers that [`room`] made before.

mod backward;
mod calls;
mod fed;
mod forward;
mod room;
mod search;
mod update;
mod weights;

use transformer::{AdamW, Batch, Config, Memory, Scaling, StepReport, Steps};

use crate::device::Handle;
use crate::element::Element;
use crate::error::Error;
use crate::precision::Precision;
use crate::trainer::calls::Calls;
use crate::trainer::room::Room;
use crate::trainer::weights::Weights;

pub use fed::{Copies, Fed};
pub use search::largest_batch;

/// The numbers that a model is trained in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbers {
    /// All in f32.
    F32,
    /// As `F32`, with the factors of products cut to 10 bits of mantissa.
    Tf32,
    /// Products of f16.
    F16 {
        /// Whether the loss is multiplied so that small gradients do not become zero.
        scaling: bool,
    },
    /// Products of bf16.
    Bf16,
}

impl Numbers {
    /// How they are multiplied.
    #[must_use]
    pub fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::Tf32 => Precision::Tf32,
            Self::F16 { .. } => Precision::F16,
            Self::Bf16 => Precision::Bf16,
        }
    }
}

impl From<transformer::Precision> for Numbers {
    fn from(precision: transformer::Precision) -> Self {
        match precision {
            transformer::Precision::F32 => Self::F32,
            transformer::Precision::F16 { scaling } => Self::F16 { scaling },
            transformer::Precision::Bf16 => Self::Bf16,
        }
    }
}

/// Why a trainer cannot be made, or cannot take a step.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The GPU: its memory does not suffice, or it refuses.
    #[error(transparent)]
    Gpu(#[from] Error),
    /// Dimensions that contradict each other, or a batch that the model cannot read.
    #[error(transparent)]
    Model(#[from] transformer::Error),
}

impl TrainError {
    /// Whether a smaller batch may fit.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Gpu(Error::OutOfMemory { .. }))
    }
}

/// A classifier that learns on the GPU. The same seed gives the same weights as [`transformer::Trainer`].
#[derive(Debug)]
pub struct Trainer {
    config: Config,
    numbers: Numbers,
    calls: Calls,
    weights: Weights,
    room: Option<Room>,
    steps: Steps,
}

impl Trainer {
    /// A trainer with the weights of [`transformer::initial_weights`].
    ///
    /// # Errors
    /// If the dimensions do not fit together, or the GPU's memory does not suffice.
    pub fn new(device: &Handle, config: &Config, numbers: Numbers, seed: u64) -> Result<Self, TrainError> {
        config.check()?;
        let calls = Calls::new(device, numbers.precision());
        let weights = Weights::new(&calls, config, seed)?;
        let scaling = matches!(numbers, Numbers::F16 { scaling: true });
        Ok(Self { config: *config, numbers, weights, calls, room: None, steps: Steps::new(scaling) })
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
    /// [`Error::OutOfMemory`]; the trainer then has room for no batch, and may be asked for a smaller one.
    pub fn reserve(&mut self, batch: usize) -> Result<(), TrainError> {
        if self.room.as_ref().is_some_and(|room| room.batch >= batch) {
            return Ok(());
        }
        // The old room is given back first: both may not fit.
        self.room = None;
        self.room = Some(Room::new(&self.calls, &self.config, batch)?);
        Ok(())
    }

    /// Learns from a batch: forward, backward, update. Returns when all of it is done.
    ///
    /// With loss scaling the counts of gradients that are lost are those of the weights alone: what products round inside the GPU's
    /// units is not seen.
    ///
    /// # Errors
    /// If the batch does not fit the model, or the GPU's memory does not suffice.
    pub fn step(&mut self, batch: &Batch) -> Result<StepReport, TrainError> {
        let scale = self.pass(batch)?;
        let narrow = self.calls.element() == Element::F16;
        let counts = if narrow { Some(self.weights.inspect(&self.calls)?) } else { None };
        let update = self.steps.end(counts.is_none_or(|counts| counts.finite));
        if let Some(update) = &update {
            self.weights.update(&self.calls, update)?;
        }
        let underflow = counts.map(|counts| counts.underflow);
        Ok(StepReport { loss: self.mean_loss(batch.size())?, skipped: update.is_none(), scale, underflow })
    }

    /// Loss and gradients of a batch without an update: the gradient of each weight in the order of [`transformer::layout`], as the
    /// optimizer would see it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn gradients(&mut self, batch: &Batch) -> Result<(f32, Vec<f32>), TrainError> {
        let scale = self.pass(batch)?;
        let gradients = self.weights.arrived(self.calls.element(), scale)?;
        Ok((self.mean_loss(batch.size())?, gradients))
    }

    fn pass(&mut self, batch: &Batch) -> Result<f32, TrainError> {
        let scale = self.steps.scale();
        self.run_forward(batch, scale)?;
        let Self { config, calls, weights, room: Some(room), .. } = self else { return Ok(scale) };
        backward::backward(calls, config, weights, room, batch)?;
        Ok(scale)
    }

    fn run_forward(&mut self, batch: &Batch, scale: f32) -> Result<(), TrainError> {
        batch.check(&self.config)?;
        self.reserve(batch.size())?;
        let Self { config, calls, weights, room: Some(room), .. } = self else { return Ok(()) };
        Ok(forward::forward(calls, config, weights, room, batch, scale)?)
    }

    fn mean_loss(&self, texts: usize) -> Result<f32, Error> {
        let Some(room) = &self.room else { return Ok(f32::NAN) };
        let losses = room.losses.view().slice(0..texts).download()?;
        Ok(losses.iter().sum::<f32>() / texts as f32)
    }

    /// The mean loss of a batch, without learning from it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn loss(&mut self, batch: &Batch) -> Result<f32, TrainError> {
        self.run_forward(batch, 1.0)?;
        Ok(self.mean_loss(batch.size())?)
    }

    /// Share of texts whose class is the most probable, 0 to 1; NaN is no answer, so a model that overflowed gets 0.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn accuracy(&mut self, batches: &[Batch]) -> Result<f64, TrainError> {
        let (mut right, mut texts) = (0, 0);
        for batch in batches {
            self.run_forward(batch, 1.0)?;
            let Some(room) = &self.room else { continue };
            let classes = self.config.classes;
            let probabilities = room.probabilities.view().slice(0..batch.size() * classes).download()?;
            right += batch.right(&probabilities);
            texts += batch.size();
        }
        Ok(if texts == 0 { 0.0 } else { right as f64 / texts as f64 })
    }

    /// Bytes that it holds on the GPU, by part; without what the driver and cuBLASLt hold.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let (activations, workspace) = self.room.as_ref().map_or((0, 0), Room::bytes);
        Memory { activations, workspace, ..self.weights.memory() }
    }

    /// The weights in f32, in the order of [`transformer::layout`], copied from the GPU.
    ///
    /// # Errors
    /// What went wrong in the work before.
    pub fn weights(&self) -> Result<Vec<f32>, TrainError> {
        Ok(self.weights.download()?)
    }

    /// Replaces the weights.
    ///
    /// # Errors
    /// If their number is not that of the layout.
    pub fn set_weights(&mut self, weights: &[f32]) -> Result<(), TrainError> {
        Ok(self.weights.set(&self.calls, weights)?)
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The numbers that it trains in.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.numbers
    }
}
