//! The largest batch that fits, found by trying.
//!
//! On an accelerator memory ends at a fixed size. A CPU's does not: systems promise more than they have, and take a process down later. So
//! there is a limit, of one of two kinds. Given in bytes, it is held against the trainer's own buffers, as if it were an
//! accelerator's memory. Or none is given, and the caller runs this in a process of its own whose address space the system limits
//! (`ulimit -v`, `RLIMIT_AS`): then everything in the process counts, and it is the system that refuses.

use crate::{Batch, Config, Error, Memory, Precision, Trainer};

/// What a batch was tried with, and whether it fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Texts.
    pub batch: usize,
    /// Whether its buffers were had, and a step was taken with them.
    pub fits: bool,
}

/// The largest batch that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    /// Texts; 0 if not even one fits.
    pub batch: usize,
    /// What the trainer held for it, in bytes.
    pub memory: Memory,
    /// All attempts, in order.
    pub attempts: Vec<Attempt>,
    /// Whether there was no need to go on: the most texts that were asked for fit.
    pub reached_most: bool,
}

/// Tries batches of texts of full length, twice as many each time and then half-way between what fits and what does not; each takes
/// its buffers and a whole step. No more than `most` texts are tried. `limit` is in bytes; see the module for what it means to have none.
///
/// # Errors
/// If the dimensions do not fit together, or there are no threads. No room is an answer, not an error.
pub fn largest_batch(
    config: &Config,
    precision: Precision,
    threads: usize,
    limit: Option<u64>,
    most: usize,
) -> Result<Largest, Error> {
    let mut trainer = match Trainer::limited(config, precision, 1, threads, limit) {
        Err(Error::Memory(_)) => {
            return Ok(Largest { batch: 0, memory: Memory::default(), attempts: Vec::new(), reached_most: false });
        }
        trainer => trainer?,
    };
    let mut memory = trainer.memory();
    let mut attempts = Vec::new();
    let batch = search(most, |batch| {
        let fits = attempt(&mut trainer, batch)?;
        if fits {
            memory = trainer.memory();
        }
        attempts.push(Attempt { batch, fits });
        Ok::<_, Error>(fits)
    })?;
    Ok(Largest { batch, memory, attempts, reached_most: batch == most })
}

/// The largest number up to `most` that fits, by doubling and halving; 0 if 1 does not. What is below a number that fits fits.
///
/// # Errors
/// What a try says.
pub fn search<E>(most: usize, mut fits: impl FnMut(usize) -> Result<bool, E>) -> Result<usize, E> {
    let (mut fit, mut beyond) = (0, most + 1);
    while fit + 1 < beyond {
        let doubled = (2 * fit).max(1);
        // Until something does not fit, `beyond` is only a bound.
        let next = if beyond == most + 1 { doubled.min(most) } else { fit.midpoint(beyond) };
        if fits(next)? { fit = next } else { beyond = next }
    }
    Ok(fit)
}

/// Whether there is room for a batch, and a step works in it.
fn attempt(trainer: &mut Trainer, batch: usize) -> Result<bool, Error> {
    /// What the rest of the process may need meanwhile: copies of panels, stacks, the batch itself.
    const REST: usize = 32 << 20;
    match trainer.reserve(batch) {
        Err(Error::Memory(_)) => return Ok(false),
        other => other?,
    }
    let mut rest = Vec::<u8>::new();
    if rest.try_reserve_exact(REST).is_err() {
        return Ok(false);
    }
    drop(rest);
    let config = *trainer.config();
    let tokens = (0..batch * config.sequence).map(|at| (at % config.vocabulary) as u32).collect();
    let labels = (0..batch).map(|at| (at % config.classes) as u32).collect();
    trainer.step(&Batch::new(tokens, labels)?)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_every_border_in_few_attempts() {
        for most in [0, 1, 2, 7, 64, 1000] {
            for border in 0..=most + 1 {
                let mut attempts = 0;
                let found = search(most, |batch| {
                    assert!((1..=most).contains(&batch));
                    attempts += 1;
                    Ok::<_, ()>(batch <= border)
                });
                assert_eq!(found, Ok(border.min(most)), "up to {most}");
                assert!(attempts <= 2 * most.max(1).ilog2() + 3, "{attempts} attempts for {border} of {most}");
            }
        }
    }
}
