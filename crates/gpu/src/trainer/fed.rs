//! A trainer that is fed: the step as a data loader sees it, with the numbers of each batch on their way to the GPU.

use transformer::{Batch, StepReport};

use crate::buffer::Buffer;
use crate::copy::{DoubleBuffer, copy_in};
use crate::element::Element;
use crate::error::Error;
use crate::trainer::{TrainError, Trainer};

/// When the numbers of a batch are copied to the GPU. What memory they come from is the caller's choice: see
/// [`Pinned`](crate::Pinned).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// Before the step that waits for them.
    Before,
    /// While the step before runs.
    Beside,
}

/// A trainer whose steps wait for numbers. What a step learns from are texts that stand for the samples, one for each: the numbers only have to be
/// there.
#[derive(Debug)]
pub struct Fed {
    trainer: Trainer,
    places: Places,
}

#[derive(Debug)]
enum Places {
    One(Buffer),
    /// With the texts of the batch that waits in it.
    Two(DoubleBuffer, Option<Batch>),
}

impl Fed {
    /// For batches of so many numbers at most.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(trainer: Trainer, copies: Copies, numbers: usize) -> Result<Self, Error> {
        let device = trainer.calls.device();
        let places = match copies {
            Copies::Before => Places::One(Buffer::reserve(device, Element::F32, numbers)?),
            Copies::Beside => Places::Two(DoubleBuffer::new(device, numbers)?, None),
        };
        Ok(Self { trainer, places })
    }

    /// Copies a batch, and takes a step: over this batch, or, where copies run beside the steps, over the one before (none in the first
    /// call). Without numbers there is nothing to copy, and the step is over this batch.
    ///
    /// # Errors
    /// If the batch is larger than there is room for, or the step fails.
    pub fn take(&mut self, numbers: &[f32], texts: Batch) -> Result<Option<StepReport>, TrainError> {
        let Self { trainer, places } = self;
        match places {
            _ if numbers.is_empty() => trainer.step(&texts).map(Some),
            Places::One(place) if numbers.len() <= place.len() => {
                copy_in(numbers, place.view_mut().slice(0..numbers.len()))?;
                trainer.step(&texts).map(Some)
            }
            Places::One(place) => Err(Error::too_large(numbers.len(), place.len()).into()),
            Places::Two(turns, waiting) => {
                let before = waiting.take();
                let report = turns.turn(Some(numbers), |_| before.map(|texts| trainer.step(&texts)).transpose())?;
                *waiting = Some(texts);
                Ok(report.flatten())
            }
        }
    }

    /// The step over the batch that still waits, if one does.
    ///
    /// # Errors
    /// If it fails.
    pub fn finish(&mut self) -> Result<Option<StepReport>, TrainError> {
        let Self { trainer, places } = self;
        let Places::Two(turns, waiting) = places else { return Ok(None) };
        let before = waiting.take();
        Ok(turns.turn(None, |_| before.map(|texts| trainer.step(&texts)).transpose())?.flatten())
    }
}
