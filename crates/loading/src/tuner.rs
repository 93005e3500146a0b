//! The search for the best knobs: successive halving.
//!
//! Every candidate gets a short look, the better ones a longer one, the best two share the longest: most of the time goes to those that may
//! win. A full grid gives the same long look to all.

use serde::{Deserialize, Serialize};

use crate::{Consumer, Knobs, Work, threads};

/// A candidate and what was seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The knobs.
    pub knobs: Knobs,
    /// Batches per second in its longest look.
    pub rate: f64,
    /// Batches of that look.
    pub batches: usize,
    /// Bytes that its batches take at most.
    pub memory: u64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The knobs to take.
    pub best: Tried,
    /// All candidates: the longest looks first, the fastest first among equals.
    pub tried: Vec<Tried>,
    /// Batches that were loaded for the search.
    pub batches: usize,
    /// How the last two compared: times the best one won, and times they ran against each other.
    pub won: (usize, usize),
    /// The rate of the other one of these two, relative to the best one.
    pub runner_up: Option<f64>,
}

impl Found {
    /// Whether the last two are as fast as each other.
    #[must_use]
    pub fn is_draw(&self) -> bool {
        self.runner_up.is_some_and(|other| (other - 1.0).abs() <= EQUAL)
    }
}

/// How long a search looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Looks {
    /// Batches of the first look.
    pub first: usize,
    /// A look is so many times as long as the one before, and so many times fewer candidates get it.
    pub factor: usize,
    /// Batches of the last look, which two candidates share.
    pub last: usize,
    /// Seconds that the last look takes at most: batches of a slow consumer are fewer.
    pub seconds: f64,
}

/// From a batch to a few hundreds: most settings are out at once, and what is left is told apart over seconds, in which a moment of a
/// noisy machine is short.
pub const LOOKS: Looks = Looks { first: 1, factor: 4, last: 256, seconds: 10.0 };

/// Candidates within this part of the fastest are as fast: the one that takes the least memory is the better one.
const EQUAL: f64 = 0.02;

/// The last two share the last look: each runs so many parts of it, in turns.
const DUEL: usize = 4;

/// Parts after which the last look may end, if they all say the same.
const AGREEING: usize = 3;

/// The grid: every number of workers from none to twice the cores (in steps of a quarter of the cores from the cores on), with every
/// depth of prefetching, as far as their batches fit into `memory` bytes.
#[must_use]
pub fn grid(cores: usize, batch_bytes: usize, memory: u64) -> Vec<Knobs> {
    let cores = cores.max(1);
    let below = (1..).scan(1, |workers, _| {
        let now = *workers;
        *workers = (now + 1).max(now * 3 / 2);
        Some(now)
    });
    let mut workers: Vec<usize> = below.take_while(|workers| *workers < cores).collect();
    workers.extend([cores, cores + cores.div_ceil(2), cores * 2]);
    let knobs = workers.into_iter().flat_map(|workers| [1, 2, 4].map(|prefetch| Knobs { workers, prefetch }));
    let none = Knobs { workers: 0, prefetch: 0 };
    std::iter::once(none).chain(knobs.filter(|knobs| knobs.memory(batch_bytes) <= memory)).collect()
}

/// Searches the candidates, of which there must be one. `measure` loads so many batches with these knobs and says how many a second.
///
/// # Errors
/// Those of `measure`, and if there is no candidate.
pub fn search(
    candidates: &[Knobs],
    looks: Looks,
    batch_bytes: usize,
    mut measure: impl FnMut(Knobs, usize) -> anyhow::Result<f64>,
) -> anyhow::Result<Found> {
    let mut spent = 0;
    let mut look = |knobs: Knobs, batches: usize| -> anyhow::Result<Tried> {
        spent += batches;
        Ok(Tried { knobs, rate: measure(knobs, batches)?, batches, memory: knobs.memory(batch_bytes) })
    };
    let mut field: Vec<Knobs> = candidates.to_vec();
    let mut out: Vec<Tried> = Vec::new();
    let mut batches = looks.first;
    // Of the slower one of those that stay.
    let mut rate = f64::INFINITY;
    // Both of two get the last look, whatever a shorter one would say.
    while field.len() > 2 {
        let mut rung = field.iter().map(|knobs| look(*knobs, batches)).collect::<anyhow::Result<Vec<_>>>()?;
        sort(&mut rung);
        let stay = (rung.len() / looks.factor.max(2)).max(2);
        field = rung.iter().take(stay).map(|tried| tried.knobs).collect();
        rate = rung.iter().take(stay).map(|tried| tried.rate).fold(f64::INFINITY, f64::min);
        out.retain(|tried| rung.iter().all(|again| again.knobs != tried.knobs));
        out.extend(rung);
        batches = (batches * looks.factor).min(looks.last);
    }
    let part = ((looks.last as f64).min(rate * looks.seconds) / (2 * DUEL) as f64).ceil().max(1.0) as usize;
    // In turns, so that a bad moment of the machine hits both.
    let mut duel: Vec<Vec<f64>> = vec![Vec::new(); field.len()];
    for _ in 0..DUEL {
        for (knobs, rates) in field.iter().zip(&mut duel) {
            rates.push(look(*knobs, part)?.rate);
        }
        if settled(&duel) {
            break;
        }
    }
    let parts = duel.first().map_or(0, Vec::len);
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    let mut last: Vec<Tried> = field
        .iter()
        .zip(&duel)
        .map(|(knobs, rates)| Tried {
            knobs: *knobs,
            rate: mean(rates),
            batches: part * parts,
            memory: knobs.memory(batch_bytes),
        })
        .collect();
    let swapped = better(&last);
    if swapped {
        last.swap(0, 1);
        duel.swap(0, 1);
    }
    let won = match duel.as_slice() {
        [best, other] => best.iter().zip(other).filter(|(best, other)| best > other).count(),
        _ => 0,
    };
    let best = *last.first().ok_or_else(|| anyhow::anyhow!("there are no knobs to choose from"))?;
    let runner_up = last.get(1).map(|other| other.rate / best.rate);
    out.retain(|tried| last.iter().all(|again| again.knobs != tried.knobs));
    out.sort_by(|one, other| other.batches.cmp(&one.batches).then(other.rate.total_cmp(&one.rate)));
    let tried = last.into_iter().chain(out).collect();
    Ok(Found { best, tried, batches: spent, won: (won, duel.len().saturating_sub(1) * parts), runner_up })
}

/// Batches per second with these knobs, once the queue works: what [`search`] asks for.
///
/// # Errors
/// Those of loading and of the consumer.
pub fn look<W: Work>(work: &W, knobs: Knobs, consumer: &mut dyn Consumer, batches: usize) -> anyhow::Result<f64> {
    // The first batch of every worker comes late, and all at once.
    let skip = knobs.workers.max(1);
    let pass = threads::some(work, knobs, consumer, batches + skip + 1)?;
    Ok(pass.rate(skip).unwrap_or(pass.batches as f64 / pass.seconds.max(1e-9)))
}

/// Whether more parts of the last look would tell nothing: there is no rival, or every part so far says the same of the two.
fn settled(duel: &[Vec<f64>]) -> bool {
    let [one, other] = duel else { return true };
    let ratios = || one.iter().zip(other).map(|(one, other)| one / other - 1.0);
    one.len() >= AGREEING
        && (ratios().all(|lead| lead > EQUAL)
            || ratios().all(|lead| lead < -EQUAL)
            || ratios().all(|lead| lead.abs() <= EQUAL))
}

/// Whether the second of two is the better choice: faster, or as fast and smaller.
fn better(two: &[Tried]) -> bool {
    let [first, second] = two else { return false };
    if (first.rate / second.rate - 1.0).abs() <= EQUAL {
        second.memory < first.memory
    } else {
        second.rate > first.rate
    }
}

/// The fastest first; of those that are as fast as the fastest, the smallest first.
fn sort(rung: &mut [Tried]) {
    rung.sort_by(|one, other| other.rate.total_cmp(&one.rate));
    let Some(fastest) = rung.first().map(|tried| tried.rate) else { return };
    let equal = rung.iter().take_while(|tried| tried.rate >= fastest * (1.0 - EQUAL)).count();
    rung[..equal].sort_by_key(|tried| tried.memory);
}
