//! The timing loop: the only place that looks at a clock around measured work.

use std::hint::black_box;
use std::time::Instant;

use results::Answer;

use crate::wire::Ran;

/// Calls `work` `iterations` times between two looks at the clock.
///
/// # Errors
/// The first error of `work`; calls after it are not made.
pub fn time(work: &mut dyn FnMut() -> anyhow::Result<Answer>, iterations: u64) -> anyhow::Result<Ran> {
    let cpu = cpu_ns();
    let start = Instant::now();
    let mut answer = work()?;
    for _ in 1..iterations {
        answer = black_box(work()?);
    }
    let wall_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let cpu_ns = cpu.and_then(|before| cpu_ns().map(|after| after.saturating_sub(before)));
    Ok(Ran { wall_ns, cpu_ns, answer })
}

/// CPU nanoseconds of all threads of this process, where the system counts them.
#[cfg(unix)]
fn cpu_ns() -> Option<u64> {
    let mut spec = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, which the call fills in.
    let rc = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut spec) };
    (rc == 0).then(|| u64::try_from(spec.tv_sec * 1_000_000_000 + spec.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn cpu_ns() -> Option<u64> {
    None
}
