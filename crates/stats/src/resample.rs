//! The seeded hierarchical bootstrap: launches first, then rounds within each launch.
//!
//! The statistic is the mean over launches of a number per launch (a log median, a difference of medians). Each
//! launch's number is first resampled over its rounds [`WITHIN`] times; then launches are drawn with replacement, each
//! with one of its resampled numbers. That costs a table of small medians in place of a sort per draw.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Resamples of the rounds of each launch.
const WITHIN: usize = 48;
/// Resamples of the launches: the standard error is good to 1 / √(2 · 1000), about 2 %.
const ACROSS: usize = 1000;

/// Standard error of the mean over launches. `statistic` gives a launch's number from its drawn rounds: it is called
/// with a source of random round indices.
pub(crate) fn standard_error(
    launches: usize,
    seed: u64,
    mut statistic: impl FnMut(usize, &mut dyn FnMut(usize) -> usize) -> f64,
) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut table = Vec::with_capacity(launches * WITHIN);
    for launch in 0..launches {
        for _ in 0..WITHIN {
            table.push(statistic(launch, &mut |rounds| below(&mut rng, rounds)));
        }
    }
    let (mut sum, mut squares) = (0.0, 0.0);
    let origin = table[0];
    for _ in 0..ACROSS {
        let total: f64 = (0..launches).map(|_| table[below(&mut rng, table.len())] - origin).sum();
        let mean = total / launches as f64;
        sum += mean;
        squares += mean * mean;
    }
    let n = ACROSS as f64;
    let variance = ((squares - sum * sum / n) / (n - 1.0)).max(0.0);
    // Drawing n launches out of n understates the spread by (n − 1) / n: undone here, it matters for a few launches.
    (variance * launches as f64 / (launches as f64 - 1.0)).sqrt()
}

fn below(rng: &mut Xoshiro256PlusPlus, end: usize) -> usize {
    rng.random_range(0..end)
}
