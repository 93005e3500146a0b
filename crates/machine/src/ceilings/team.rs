//! The clock of the ceilings: threads that work side by side in short windows.
//!
//! In a window each thread does chunks until its time is over, so fast and slow cores both stay busy to the end. The rate
//! is all that was done, divided by the time from the first start to the last end: it cannot flatter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often and how long each step is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// Windows that are kept, if time allows; one more is for warming up.
    pub(super) samples: usize,
    /// Length of a window.
    pub(super) window: Duration,
    /// Time for all windows of a step. On a busy machine they take longer than planned: then there are fewer.
    pub(super) limit: Duration,
}

/// How often all steps are gone through, each time for a part of their windows: a virtual machine may sit on two threads of one
/// core for a while, or share its core, and no step shall lie in such a while as a whole.
const PASSES: usize = 2;

impl Timing {
    /// Windows that are kept in any case.
    const FEWEST: usize = 5;

    /// Many short windows for each of `steps`: a ceiling is what the machine does when nothing disturbs it, and on a busy
    /// machine only a short window has a chance to pass undisturbed.
    pub(super) fn bursts(budget: Duration, steps: usize) -> Self {
        const SHORT: Duration = Duration::from_millis(2);
        const MOST: usize = 40;
        let limit = share(budget, steps);
        // A float converts to an integer by saturating, and the result is held within bounds anyway.
        let fitting = (limit.as_secs_f64() / SHORT.as_secs_f64()) as usize;
        Self::fill(limit, fitting.saturating_sub(1).clamp(2 * Self::FEWEST, MOST), 2 * SHORT)
    }

    /// Five long windows for each of `steps`, for devices whose single answers take long.
    pub(super) fn stretches(budget: Duration, steps: usize) -> Self {
        Self::fill(share(budget, steps), Self::FEWEST, Duration::MAX)
    }

    fn fill(limit: Duration, samples: usize, longest: Duration) -> Self {
        let windows = u32::try_from(samples + 1).unwrap_or(u32::MAX);
        Self { samples, window: (limit / windows).min(longest), limit }
    }
}

fn share(budget: Duration, steps: usize) -> Duration {
    budget / u32::try_from(steps.max(1)).unwrap_or(u32::MAX)
}

/// Work on a thread's state.
type Work<'a, S> = Box<dyn Fn(&mut S) -> f64 + Sync + 'a>;

/// One thing to measure on the state of type `S` that each thread has for itself. None of it may panic.
pub(super) struct Step<'a, S> {
    /// Brings the state into its starting shape, untimed.
    pub(super) prepare: fn(&mut S),
    /// Does a chunk (tens of microseconds) and says how many units that was.
    pub(super) chunk: Work<'a, S>,
    /// Checks what was done, untimed.
    pub(super) check: fn(&mut S) -> Result<(), String>,
}

/// One window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Units per second, all threads together.
    pub(super) rate: f64,
    /// Units.
    pub(super) units: f64,
    /// By how much the observed counter rose meanwhile.
    pub(super) observed: u64,
}

struct Lap {
    start: Instant,
    end: Instant,
    units: f64,
}

/// Runs the steps one after another on all threads at once; `observe` is read before and after each window.
///
/// # Errors
/// The outer one: the threads could not be started. The inner ones: a step's check failed.
pub(super) fn run<S>(
    threads: u32,
    timing: Timing,
    setup: &(dyn Fn(u32) -> S + Sync),
    steps: &[Step<'_, S>],
    observe: &dyn Fn() -> u64,
) -> Result<Vec<Result<Vec<Sample>, String>>, String> {
    let laps: Mutex<Vec<Vec<Lap>>> = Mutex::new(Vec::new());
    let faults: Mutex<Vec<Option<String>>> = Mutex::new(vec![None; steps.len()]);
    // This thread takes part in the barrier, to observe between windows and to say when a step is over.
    let barrier = Barrier::new(threads as usize + 1);
    let over = AtomicBool::new(false);
    let complete = AtomicBool::new(false);
    let gate = Mutex::new(());

    let places = pin::places(threads);
    let work = |index: u32| {
        pin::pin(places.get(index as usize).copied());
        drop(lock(&gate));
        if !complete.load(Ordering::Relaxed) {
            return;
        }
        for _ in 0..PASSES {
            // A pass has a state of its own, on pages of its own, and gives it back before the next one asks for as much.
            let mut state = setup(index);
            for (number, step) in steps.iter().enumerate() {
                (step.prepare)(&mut state);
                loop {
                    barrier.wait();
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let lap = lap(&mut state, step, timing.window);
                    if let Some(window) = lock(&laps).last_mut() {
                        window.push(lap);
                    }
                    barrier.wait();
                }
                if let Err(fault) = (step.check)(&mut state) {
                    lock(&faults)[number].get_or_insert(fault);
                }
                // The next step begins when all have checked.
                barrier.wait();
            }
        }
    };

    let limit_of_pass = timing.limit.mul_f64(1.0 / PASSES as f64);
    let mut results: Vec<Result<Vec<Sample>, String>> = (0..steps.len()).map(|_| Ok(Vec::new())).collect();
    thread::scope(|scope| {
        // No thread may wait at the barrier unless all of them exist: they are held at the gate until that is known.
        let held = lock(&gate);
        for index in 0..threads {
            let work = &work;
            thread::Builder::new()
                .name(format!("ceiling-{index}"))
                .spawn_scoped(scope, move || work(index))
                .map_err(|error| format!("thread {} of {threads} could not be started: {error}", index + 1))?;
        }
        complete.store(true, Ordering::Relaxed);
        drop(held);
        for (pass, number) in (0..PASSES).flat_map(|pass| (0..steps.len()).map(move |number| (pass, number))) {
            let mut samples = Vec::new();
            let mut start = None;
            over.store(false, Ordering::Relaxed);
            while samples.len() <= part(timing.samples, pass) {
                let late = start.is_some_and(|start: Instant| start.elapsed() > limit_of_pass);
                if late && samples.len() > part(Timing::FEWEST, pass) {
                    break;
                }
                lock(&laps).push(Vec::new());
                let before = observe();
                barrier.wait();
                // Setting up and preparing come before the first window, and are not the step's.
                start.get_or_insert_with(Instant::now);
                barrier.wait();
                let observed = observe().saturating_sub(before);
                samples.push(sample(&lock(&laps).pop().unwrap_or_default(), observed));
            }
            over.store(true, Ordering::Relaxed);
            barrier.wait();
            barrier.wait();
            // The first window warmed up caches, clock and page tables.
            samples.remove(0);
            match (lock(&faults)[number].take(), &mut results[number]) {
                (Some(fault), result) => *result = Err(fault),
                (None, Ok(kept)) => kept.extend(samples),
                (None, Err(_)) => {}
            }
        }
        Ok::<(), String>(())
    })?;
    Ok(results)
}

/// How many of `windows` a pass makes.
fn part(windows: usize, pass: usize) -> usize {
    (windows + PASSES - 1 - pass) / PASSES
}

fn lap<S>(state: &mut S, step: &Step<'_, S>, window: Duration) -> Lap {
    let start = Instant::now();
    let mut units = 0.0;
    loop {
        units += (step.chunk)(state);
        let end = Instant::now();
        if end.duration_since(start) >= window {
            return Lap { start, end, units };
        }
    }
}

fn sample(laps: &[Lap], observed: u64) -> Sample {
    let start = laps.iter().map(|lap| lap.start).min();
    let end = laps.iter().map(|lap| lap.end).max();
    let units = laps.iter().map(|lap| lap.units).sum();
    let seconds = start.zip(end).map_or(0.0, |(start, end)| end.duration_since(start).as_secs_f64());
    Sample { rate: if seconds > 0.0 { units / seconds } else { 0.0 }, units, observed }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

mod pin {
    //! A processor for each thread: the system's scheduler tends to wake a team on the processor that woke it.

    /// The processors that this process may use, if there is exactly one for each of several threads; else none, and the
    /// system places the threads.
    #[cfg(target_os = "linux")]
    pub(super) fn places(threads: u32) -> Vec<u32> {
        let places: Vec<u32> = crate::probe::allowed(&crate::root::Root::system()).into_iter().collect();
        if threads > 1 && places.len() == threads as usize { places } else { Vec::new() }
    }

    /// Keeps the calling thread, which ends with the measurement, on a processor. If that fails it runs anywhere.
    #[cfg(target_os = "linux")]
    pub(super) fn pin(processor: Option<u32>) {
        let Some(processor) = processor.map(|processor| processor as usize) else { return };
        if processor >= libc::CPU_SETSIZE as usize {
            return;
        }
        // SAFETY: all bits zero is the empty set.
        let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
        // SAFETY: the processor's number was just checked to lie within the set.
        unsafe { libc::CPU_SET(processor, &mut set) };
        // SAFETY: the set is as large as is said, and 0 names the calling thread.
        unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) };
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn places(_threads: u32) -> Vec<u32> {
        Vec::new()
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn pin(_processor: Option<u32>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn the_windows_fill_the_budget_and_no_more() {
        for budget in [1, 50, 500, 4000, 30_000].map(Duration::from_millis) {
            for steps in [1, 6, 32] {
                for timing in [Timing::bursts(budget, steps), Timing::stretches(budget, steps)] {
                    let all = timing.window * ((timing.samples + 1) * steps) as u32;
                    assert!(all <= budget && timing.limit * steps as u32 <= budget, "{budget:?} {steps} {timing:?}");
                    assert!(timing.samples >= Timing::FEWEST);
                }
            }
        }
    }

    fn timing(samples: usize) -> Timing {
        Timing { samples, window: Duration::from_micros(200), limit: Duration::from_secs(3600) }
    }

    #[test]
    fn a_step_that_takes_too_long_has_fewer_samples() {
        let step = Step { prepare: |()| {}, chunk: Box::new(|()| 1.0), check: |()| Ok(()) };
        let timing = Timing { limit: Duration::ZERO, ..timing(1000) };
        let results = run(2, timing, &|_| (), &[step], &|| 0).unwrap();
        assert_eq!(results[0].as_ref().map(Vec::len), Ok(Timing::FEWEST));
    }

    #[test]
    fn all_threads_work_in_every_window_and_faults_stay_with_their_step() {
        let counter = AtomicU64::new(0);
        let timing = timing(3);
        let step = |check: fn(&mut u64) -> Result<(), String>| Step {
            prepare: |state| *state = 7,
            chunk: Box::new(|state: &mut u64| {
                *state += 1;
                counter.fetch_add(2, Ordering::Relaxed);
                2.0
            }),
            check,
        };
        let steps = [
            step(|state| if *state > 7 { Ok(()) } else { Err("nothing was done".to_owned()) }),
            step(|_| Err("wrong".to_owned())),
        ];
        let results = run(3, timing, &|_| 0, &steps, &|| counter.load(Ordering::Relaxed)).unwrap();
        assert_eq!(results.len(), 2);
        let samples = results[0].as_ref().unwrap();
        assert_eq!(samples.len(), 3);
        for sample in samples {
            assert!(sample.rate > 0.0 && sample.units >= 6.0, "{sample:?}");
            assert_eq!(sample.observed as f64, sample.units);
        }
        assert_eq!(results[1], Err("wrong".to_owned()));
    }
}
