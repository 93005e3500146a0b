//! A model that learns, on the processor or on a GPU: what a step, a run and a search for the largest batch need of it.

use anyhow::anyhow;
use measure::Refusal;
use transformer::{AdamW, Batch, Config, Error, Memory, Precision, StepReport};

use crate::case::{Case, Device, Format};
use crate::cuda;

/// Why a student cannot go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is not enough memory: why, as a clause.
    Memory(String),
    /// An error.
    Other(anyhow::Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Memory(why) => Self::Memory(why.to_string()),
            error => Self::Other(error.into()),
        }
    }
}

impl From<gpu::TrainError> for Trouble {
    fn from(error: gpu::TrainError) -> Self {
        if error.is_out_of_memory() { Self::Memory(error.to_string()) } else { Self::Other(error.into()) }
    }
}

/// No memory is nobody's fault, all else is a mistake of ours.
impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Memory(why) => Self::Skip(format!("There is not enough memory: {why}.")),
            Trouble::Other(error) => Self::Fail(error),
        }
    }
}

impl Trouble {
    /// As an error, where a skip is not possible any more.
    pub(crate) fn into_error(self) -> anyhow::Error {
        match self {
            Self::Memory(why) => anyhow!("there is not enough memory: {why}"),
            Self::Other(error) => error,
        }
    }
}

/// A model that learns.
pub(crate) trait Student {
    /// Makes room for batches of so many texts.
    fn reserve(&mut self, batch: usize) -> Result<(), Trouble>;
    /// Forward, backward, update; returns when all of it is done.
    fn step(&mut self, batch: &Batch) -> Result<StepReport, Trouble>;
    /// The mean loss, without learning.
    fn loss(&mut self, batch: &Batch) -> Result<f32, Trouble>;
    /// Share of the texts whose class it finds.
    fn accuracy(&mut self, batches: &[Batch]) -> Result<f64, Trouble>;
    /// Bytes that it holds, by part.
    fn memory(&self) -> Memory;
    /// The weights in f32, in the order of the layout.
    fn weights(&self) -> Result<Vec<f32>, Trouble>;
}

macro_rules! student {
    ($($trainer:ty: $weights:expr;)*) => {$(
        impl Student for $trainer {
            fn reserve(&mut self, batch: usize) -> Result<(), Trouble> {
                Ok(self.reserve(batch)?)
            }

            fn step(&mut self, batch: &Batch) -> Result<StepReport, Trouble> {
                Ok(self.step(batch)?)
            }

            fn loss(&mut self, batch: &Batch) -> Result<f32, Trouble> {
                Ok(self.loss(batch)?)
            }

            fn accuracy(&mut self, batches: &[Batch]) -> Result<f64, Trouble> {
                Ok(self.accuracy(batches)?)
            }

            fn memory(&self) -> Memory {
                self.memory()
            }

            fn weights(&self) -> Result<Vec<f32>, Trouble> {
                $weights(self)
            }
        }
    )*};
}

student! {
    transformer::Trainer: |trainer: &Self| Ok(trainer.weights().to_vec());
    gpu::Trainer: |trainer: &Self| Ok(trainer.weights()?);
}

/// A student with the weights of a seed, and what does its arithmetic. `limit` is the most bytes that it may hold, on the processor.
pub(crate) fn student(
    case: &Case,
    config: &Config,
    seed: u64,
    optimizer: AdamW,
    limit: Option<u64>,
) -> Result<(Box<dyn Student>, String), Refusal> {
    match case.device {
        Device::Cpu => {
            let precision = match case.format {
                Format::F32 => Precision::F32,
                Format::Bf16 => Precision::Bf16,
                Format::F16 => Precision::F16 { scaling: case.scaling },
                Format::Tf32 | Format::Fp8 => return Err(crate::not_on_a_processor()),
            };
            let trainer = transformer::Trainer::limited(config, precision, seed, case.threads, limit);
            Ok((Box::new(trainer.map_err(Trouble::from)?.with_optimizer(optimizer)), precision.unit().to_string()))
        }
        Device::Cuda => {
            let gpu = cuda::open(case)?;
            let trainer = gpu::Trainer::new(gpu.handle(), config, cuda::numbers(case)?, seed);
            Ok((Box::new(trainer.map_err(Trouble::from)?.with_optimizer(optimizer)), gpu.facts().name.clone()))
        }
    }
}
