//! The largest batch that fits: larger and larger ones until one does not.

use measure::{Prepared, Refusal, Task};
use transformer::{Error, Trainer};

use crate::case::{Case, Model};
use crate::step::{answer, batches, described, precision, refusal, settled, taking, with_memory};

/// Bytes that a training step may hold here, as if they were the memory of an accelerator: some times what the weights take.
const LIMIT: u64 = 384 << 20;
/// No batch is looked for beyond this one.
const LARGEST: usize = 1 << 16;

/// The largest count that fits, by doubling until one does not and then halving the distance; 0 if none does.
///
/// # Errors
/// Those of `fits`.
pub(crate) fn largest<E>(most: usize, mut fits: impl FnMut(usize) -> Result<bool, E>) -> Result<usize, E> {
    let (mut good, mut next) = (0, 1);
    while next <= most && fits(next)? {
        good = next;
        next *= 2;
    }
    let mut bad = next.min(most + 1);
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if fits(middle)? { good = middle } else { bad = middle }
    }
    Ok(good)
}

/// Sets up a step of a model over the largest batch that fits.
pub(crate) fn prepare(task: &Task, case: &Case, model: Model) -> Result<Prepared, Refusal> {
    let config = model.config();
    let mut trainer =
        Trainer::limited(&config, precision(case)?, task.seed, case.threads, Some(LIMIT)).map_err(refusal)?;
    let found = largest(LARGEST, |batch| match trainer.reserve(batch) {
        Ok(()) => Ok(true),
        Err(Error::Memory(_)) => Ok(false),
        Err(error) => Err(refusal(error)),
    })?;
    if found == 0 {
        return Err(Refusal::Skip("Not even one text fits in the memory set aside.".to_owned()));
    }
    trainer.reserve(found).map_err(refusal)?;
    let batches = batches(&config, task.seed, found)?;
    // Precisions have other batches here: what they must agree on is the loss of one text.
    let common = transformer::Task::new(&config, task.seed).map_err(refusal)?.batch(0, 1);
    let common = answer(config.sequence, trainer.loss(&common).map_err(refusal)?);
    settled(&mut trainer, &batches)?;
    let memory = trainer.memory();
    let prepared = taking(trainer, batches, common)
        .fact("largest_batch", found as f64)
        .setting("memory set aside", format!("{} MiB", LIMIT >> 20));
    Ok(described(with_memory(prepared, memory), case, &config, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_the_last_that_fits() {
        for limit in [0, 1, 2, 3, 7, 8, 9, 100, 127, 128, 1000] {
            let mut tried = 0;
            let fits = |count| {
                tried += 1;
                Ok::<_, ()>(count <= limit)
            };
            assert_eq!(largest(128, fits), Ok(limit.min(128)), "{limit}");
            assert!(tried <= 16, "{limit}: {tried} tries");
        }
        assert_eq!(largest(8, |_| Err::<bool, _>("lost")), Err("lost"));
    }
}
