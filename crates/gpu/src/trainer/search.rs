//! The largest batch that fits, found by trying.

use transformer::{Batch, Config, search};

use crate::device::Handle;
use crate::trainer::{Numbers, TrainError, Trainer};

/// The largest batch of which a whole step fits the GPU's memory; 0 if not even one text fits. Nothing is computed from sizes: each try
/// makes the buffers and takes a step.
///
/// # Errors
/// What is not a lack of memory.
pub fn largest_batch(
    device: &Handle,
    config: &Config,
    numbers: Numbers,
    most: usize,
    batch: impl Fn(usize) -> Batch,
) -> Result<usize, TrainError> {
    search(most, |size| {
        let tried = Trainer::new(device, config, numbers, 1).and_then(|mut trainer| trainer.step(&batch(size)));
        match tried {
            Ok(_) => Ok(true),
            Err(error) if error.is_out_of_memory() => Ok(false),
            Err(error) => Err(error),
        }
    })
}
