//! Memory bandwidth: reading, copying and updating in place, in each cache and in main memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use results::{Cache, Ceiling};

use super::buffer::Words;
use super::kernels::{self, Kernels};
use super::team::{Sample, Step, Timing, run};
use super::threads_text;
use super::walk::Walk;
use super::working_set::{Place, places};

/// Steps on one working set, see [`steps`].
const STEPS: usize = 4;

/// `memory-read`, `memory-update` and `memory-copy` for each place and each number of threads.
pub(super) fn ceilings(
    caches: &[Cache],
    threads: &[u32],
    cap: u64,
    budget: Duration,
    progress: &mut dyn FnMut(&str),
) -> Vec<Ceiling> {
    let plan: Vec<(u32, Place)> = threads
        .iter()
        .flat_map(|&threads| places(caches, threads, cap).into_iter().map(move |place| (threads, place)))
        .collect();
    let start = Instant::now();
    let reader = fastest_reader();
    let mut ceilings = Vec::new();
    for (number, (threads, place)) in plan.iter().enumerate() {
        progress(&format!("memory, {}, {}", place.name, threads_text(*threads)));
        // Filling and checking buffers takes time as well: what is left is shared anew each time.
        let left = budget.saturating_sub(start.elapsed());
        ceilings.extend(measure(place, *threads, reader, Timing::bursts(left, (plan.len() - number) * STEPS)));
    }
    ceilings
}

/// The instruction set that reads from the first cache fastest. The widest is not always: a processor may well start two
/// half loads in a cycle more often than one whole.
fn fastest_reader() -> &'static Kernels {
    const ROUNDS: usize = 30;
    const PASSES: usize = 64;
    let words = Words::new((8 << 10) / 8, |index| index as u64);
    let mut contenders: Vec<(Duration, &Kernels)> =
        kernels::present().into_iter().map(|kernels| (Duration::MAX, kernels)).collect();
    for _ in 0..ROUNDS {
        for (fastest, kernels) in &mut contenders {
            let start = Instant::now();
            black_box(kernels.sum(words.get(), PASSES));
            *fastest = start.elapsed().min(*fastest);
        }
    }
    contenders.into_iter().min_by_key(|(fastest, _)| *fastest).map_or_else(kernels::best, |(_, kernels)| kernels)
}

/// The ceilings of one place.
fn measure(place: &Place, threads: u32, reader: &'static Kernels, timing: Timing) -> Vec<Ceiling> {
    let ceiling = |id: &str, what: &str, how: &str, bytes: Option<u64>, result: Result<Vec<Sample>, String>| Ceiling {
        id: id.to_owned(),
        label: format!("{what}, {}, {} ({how})", place.name, threads_text(threads)),
        unit: "bytes/s".to_owned(),
        threads,
        dtype: None,
        working_set_bytes: bytes,
        block_bytes: None,
        samples: result.iter().flatten().map(|sample| sample.rate).collect(),
        missing: result.err(),
    };
    let name = kernels::best().name;
    let read = ("memory-read", "memory read", format!("sum, {}", reader.name));
    let update = ("memory-update", "memory update in place", format!("bytes read plus bytes written, {name}"));
    let copy =
        |stores: &str| ("memory-copy", "memory copy", format!("bytes read plus bytes written, {stores}, {name}"));

    let bytes = match &place.bytes {
        Ok(bytes) => *bytes,
        Err(why) => {
            return [read, update, copy("ordinary stores")]
                .into_iter()
                .map(|(id, what, how)| ceiling(id, what, &how, None, Err(why.clone())))
                .collect();
        }
    };
    let words = Walk::words(bytes);
    let all = (words * 8) as u64 * u64::from(threads);
    let mut results = match run(threads, timing, &|_| Walk::new(words), &steps(place.main, reader), &|| 0) {
        Ok(results) => results,
        Err(why) => vec![Err(why); STEPS],
    }
    .into_iter();
    let mut next = || results.next().unwrap_or_else(|| Err("not measured".to_owned()));

    let (reads, updates, copies) = (next(), next(), next());
    // In main memory, stores that go past the caches spare the read of what is overwritten; the faster way counts.
    let past = if place.main && kernels::best().can_copy_past_cache() { next() } else { copies.clone() };
    let (copies, stores) =
        if best(&past) > best(&copies) { (past, "stores past the caches") } else { (copies, "ordinary stores") };
    [(read, reads), (update, updates), (copy(stores), copies)]
        .into_iter()
        .map(|((id, what, how), result)| ceiling(id, what, &how, Some(all), result))
        .collect()
}

fn best(result: &Result<Vec<Sample>, String>) -> f64 {
    result.iter().flatten().map(|sample| sample.rate).fold(0.0, f64::max)
}

/// Reading, updating, copying, and in main memory copying past the caches.
fn steps(main: bool, reader: &'static Kernels) -> Vec<Step<'static, Walk>> {
    let kernels = kernels::best();
    let mut steps = vec![
        Step {
            prepare: Walk::restart,
            chunk: Box::new(|walk: &mut Walk| walk.read(reader)),
            check: |walk| walk.check_read(),
        },
        Step {
            prepare: Walk::restart,
            chunk: Box::new(|walk: &mut Walk| walk.update(kernels)),
            check: |walk| walk.check_update(kernels::best()),
        },
        Step {
            prepare: Walk::restart_copy,
            chunk: Box::new(|walk: &mut Walk| walk.copy(kernels, Kernels::copy)),
            check: |walk| walk.check_copy(),
        },
    ];
    if main && kernels.can_copy_past_cache() {
        steps.push(Step {
            prepare: Walk::restart_copy,
            chunk: Box::new(|walk: &mut Walk| walk.copy(kernels, Kernels::copy_past_cache)),
            check: |walk| walk.check_copy(),
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_measured_and_its_answer_right() {
        let timing = Timing { samples: 2, window: Duration::from_micros(100), limit: Duration::from_secs(3600) };
        for (main, bytes) in [(false, 8 << 10), (false, 3 << 20), (true, 5 << 20)] {
            let place = Place { name: "somewhere".to_owned(), main, bytes: Ok(bytes) };
            for threads in [1, 2] {
                let ceilings = measure(&place, threads, fastest_reader(), timing);
                let ids: Vec<&str> = ceilings.iter().map(|ceiling| ceiling.id.as_str()).collect();
                assert_eq!(ids, ["memory-read", "memory-update", "memory-copy"]);
                for ceiling in ceilings {
                    assert_eq!(ceiling.missing, None, "{}", ceiling.label);
                    assert_eq!(ceiling.samples.len(), 2);
                    assert!(ceiling.best().is_some_and(|best| best > 0.0));
                    let set = ceiling.working_set_bytes.unwrap_or(0);
                    assert!(set > 0 && set <= bytes * u64::from(threads));
                }
            }
        }
    }

    #[test]
    fn a_place_that_cannot_be_measured_says_why() {
        let timing = Timing { samples: 2, window: Duration::from_micros(100), limit: Duration::from_secs(3600) };
        let place = Place { name: "L3 cache".to_owned(), main: false, bytes: Err("no L3 cache".to_owned()) };
        let ceilings = measure(&place, 1, kernels::best(), timing);
        assert_eq!(ceilings.len(), 3);
        for ceiling in ceilings {
            assert!(ceiling.samples.is_empty() && ceiling.missing.as_deref() == Some("no L3 cache"), "{ceiling:?}");
        }
    }
}
