//! The largest batch that fits, found by trying.

use transformer::{Batch, Config};

use crate::cuda::Gpu;
use crate::trainer::{Numbers, TrainError, Trainer};

/// The largest batch of which a whole step fits the GPU's memory, and the most bytes that were reserved for it; 0 if not even one
/// text fits. Nothing is computed from sizes: each try makes the buffers and takes a step.
///
/// # Errors
/// What is not a lack of memory.
pub fn largest_batch(
    gpu: &Gpu,
    config: &Config,
    numbers: Numbers,
    most: usize,
    batch: impl Fn(usize) -> Batch,
) -> Result<(usize, usize), TrainError> {
    let mut peak = 0;
    let largest = search(most, |size| {
        gpu.forget_peak();
        let tried = Trainer::new(gpu.handle(), config, numbers, 1).and_then(|mut trainer| trainer.step(&batch(size)));
        match tried {
            Ok(_) => {
                peak = gpu.peak_bytes();
                Ok(true)
            }
            Err(error) if error.is_out_of_memory() => Ok(false),
            Err(error) => Err(error),
        }
    })?;
    Ok((largest, peak))
}

/// The largest number up to `most` that fits, where all below one that fits do: doubled until one does not, then halved in between.
///
/// # Errors
/// What a try says.
pub fn search<E>(most: usize, mut fits: impl FnMut(usize) -> Result<bool, E>) -> Result<usize, E> {
    let (mut good, mut bad) = (0, None);
    loop {
        let next = match bad {
            None => (good * 2).max(1).min(most),
            Some(bad) => good + (bad - good) / 2,
        };
        if next == good {
            return Ok(good);
        }
        if fits(next)? {
            good = next;
        } else {
            bad = Some(next);
        }
    }
}
