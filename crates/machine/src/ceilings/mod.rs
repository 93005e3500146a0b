//! The most that this machine can do: memory bandwidth at each cache level, arithmetic, and reading from disk.
//!
//! Every other number is held against these, so they must be neither flattering nor timid: each kernel is the best known
//! loop for its purpose with the widest SIMD that is present, its result is checked, and every sample is kept in order.

mod buffer;
mod compute;
mod disk;
mod kernels;
mod memory;
mod team;
mod walk;
mod working_set;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use results::Ceiling;

use crate::probe::{self, probe};

/// Shares of the time for disk and arithmetic; memory has the rest.
const DISK_SHARE: f64 = 0.3;
const COMPUTE_SHARE: f64 = 0.12;

/// Largest part of the free memory that is used.
const MEMORY_PART: u64 = 4;

/// How long and where ceilings are measured.
#[derive(Clone, Debug)]
pub struct CeilingOptions {
    /// Time for the whole set. A few windows are measured of everything, whatever it takes, and a slow disk's last write
    /// is waited for: a busy or slow machine may overrun it.
    pub budget: Duration,
    /// Folder for the file that is read; what is made there has no name and cannot stay behind.
    pub scratch: PathBuf,
    /// Most bytes of memory to use; a quarter of what is free, if absent or more than that.
    pub max_memory_bytes: Option<u64>,
}

impl CeilingOptions {
    /// The whole set in at most five seconds.
    #[must_use]
    pub fn quick(scratch: impl Into<PathBuf>) -> Self {
        Self { budget: Duration::from_secs_f64(4.2), scratch: scratch.into(), max_memory_bytes: None }
    }

    /// The whole set in at most fifteen seconds.
    #[must_use]
    pub fn standard(scratch: impl Into<PathBuf>) -> Self {
        Self { budget: Duration::from_secs(14), scratch: scratch.into(), max_memory_bytes: None }
    }
}

/// Measures every ceiling, on one thread and on all. `progress` is told what is measured next.
///
/// What cannot be measured is there too, without samples and with its reason.
#[must_use]
pub fn ceilings(options: &CeilingOptions, progress: &mut dyn FnMut(&str)) -> Vec<Ceiling> {
    let machine = probe(&[("scratch", &options.scratch)]);
    let free = probe::free_memory().unwrap_or(1 << 30);
    let cap = options.max_memory_bytes.unwrap_or(u64::MAX).min(free / MEMORY_PART);
    let threads = thread_counts(machine.cpu.logical_cores);
    let start = Instant::now();
    let left = || options.budget.saturating_sub(start.elapsed());

    let memory_share = 1.0 - DISK_SHARE - COMPUTE_SHARE;
    let memory_budget = options.budget.mul_f64(memory_share);
    let mut ceilings = memory::ceilings(&machine.cpu.caches, &threads, cap, memory_budget, progress);
    let compute_budget = left().mul_f64(COMPUTE_SHARE / (COMPUTE_SHARE + DISK_SHARE));
    ceilings.extend(compute::ceilings(&threads, compute_budget, progress));
    let disk = machine.disks.first().map(|disk| disk.kind);
    ceilings.extend(disk::ceilings(&options.scratch, disk, left(), progress));
    ceilings
}

/// One thread, and all of them where there are more.
fn thread_counts(cores: u32) -> Vec<u32> {
    if cores > 1 { vec![1, cores] } else { vec![1] }
}

/// `1 thread`, `8 threads`.
fn threads_text(threads: u32) -> String {
    format!("{threads} {}", if threads == 1 { "thread" } else { "threads" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ceiling_is_positive_or_says_why_it_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let options = CeilingOptions {
            budget: Duration::from_millis(200),
            scratch: folder.path().to_path_buf(),
            max_memory_bytes: Some(8 << 20),
        };
        let mut told = 0;
        let ceilings = ceilings(&options, &mut |_| told += 1);
        for id in [
            "memory-read",
            "memory-update",
            "memory-copy",
            "flops",
            "ops-i64",
            "disk-sequential-read",
            "disk-random-read",
        ] {
            assert!(ceilings.iter().any(|ceiling| ceiling.id == id), "{id}");
        }
        for ceiling in &ceilings {
            assert_ne!(ceiling.samples.is_empty(), ceiling.missing.is_none(), "{ceiling:?}");
            assert!(ceiling.samples.iter().all(|sample| *sample > 0.0 && sample.is_finite()), "{ceiling:?}");
            assert!(ceiling.working_set_bytes.is_none_or(|bytes| bytes <= 8 << 20), "{ceiling:?}");
        }
        let main = ceilings.iter().find(|ceiling| ceiling.label.contains("main memory")).unwrap();
        assert!(main.missing.as_deref().is_some_and(|why| why.contains("only 8 MiB may be used")), "{main:?}");
        assert!(told > 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing stays behind");
    }
}
