//! Reading from disk: in sequence and at random, past the page cache, proven by what the kernel counts.

use std::path::Path;
use std::time::Duration;

use results::{Ceiling, DiskKind};

#[cfg(target_os = "linux")]
mod file;
#[cfg(target_os = "linux")]
mod reader;

use super::threads_text;

/// One way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pattern {
    random: bool,
    block: usize,
    threads: u32,
}

/// One reader shows what a simple program gets; several keep the device's queue full.
const PATTERNS: [Pattern; 6] = [
    Pattern { random: false, block: 4 << 20, threads: 1 },
    Pattern { random: false, block: 4 << 20, threads: 4 },
    Pattern { random: true, block: 4 << 10, threads: 1 },
    Pattern { random: true, block: 4 << 10, threads: 16 },
    Pattern { random: true, block: 64 << 10, threads: 1 },
    Pattern { random: true, block: 64 << 10, threads: 16 },
];

/// `disk-sequential-read` and `disk-random-read` in a folder. `kind` is the storage there, if known.
pub(super) fn ceilings(
    folder: &Path,
    kind: Option<DiskKind>,
    budget: Duration,
    progress: &mut dyn FnMut(&str),
) -> Vec<Ceiling> {
    if kind == Some(DiskKind::Memory) {
        let why = format!("{} lies in memory, not on a disk: choose another scratch folder", folder.display());
        return PATTERNS.iter().map(|pattern| pattern.ceiling(None, Err(why.clone()))).collect();
    }
    measure(folder, budget, progress)
}

#[cfg(target_os = "linux")]
fn measure(folder: &Path, budget: Duration, progress: &mut dyn FnMut(&str)) -> Vec<Ceiling> {
    use super::team::Timing;

    /// Part of the time for writing the file.
    const WRITE_PART: u32 = 4;

    progress("disk, writing the file that is read");
    let file = match file::TestFile::write(folder, budget / WRITE_PART) {
        Ok(file) => file,
        Err(why) => return PATTERNS.iter().map(|pattern| pattern.ceiling(None, Err(why.clone()))).collect(),
    };
    let timing = Timing::stretches(budget - budget / WRITE_PART, PATTERNS.len());
    PATTERNS
        .iter()
        .map(|pattern| {
            progress(&format!("disk, {}", pattern.label()));
            pattern.ceiling(Some(file.way()), reader::measure(&file, *pattern, timing))
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn measure(_folder: &Path, _budget: Duration, _progress: &mut dyn FnMut(&str)) -> Vec<Ceiling> {
    let why = "the page cache is got around, and what the device delivers is counted, on Linux only";
    PATTERNS.iter().map(|pattern| pattern.ceiling(None, Err(why.to_owned()))).collect()
}

impl Pattern {
    /// `way` is how the page cache is got around, if it came to that.
    fn ceiling(self, way: Option<&str>, samples: Result<Vec<f64>, String>) -> Ceiling {
        let way = way.map(|way| format!(" ({way})")).unwrap_or_default();
        Ceiling {
            id: if self.random { "disk-random-read" } else { "disk-sequential-read" }.to_owned(),
            label: format!("disk, {}{way}", self.label()),
            unit: if self.random { "reads/s" } else { "bytes/s" }.to_owned(),
            threads: self.threads,
            dtype: None,
            working_set_bytes: None,
            block_bytes: Some(self.block as u64),
            samples: samples.as_ref().map_or_else(|_| Vec::new(), Clone::clone),
            missing: samples.err(),
        }
    }

    fn label(self) -> String {
        let (what, block) = (if self.random { "random" } else { "sequential" }, size(self.block));
        format!("{what} reads of {block}, {}", threads_text(self.threads))
    }
}

/// `64 KiB`, `4 MiB`.
fn size(bytes: usize) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in the folder, and how long the answers are.
    fn check(folder: &Path, ceilings: &[Ceiling]) {
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "nothing stays behind");
        assert_eq!(ceilings.len(), PATTERNS.len());
        for ceiling in ceilings {
            assert_ne!(ceiling.samples.is_empty(), ceiling.missing.is_none(), "{ceiling:?}");
            assert!(ceiling.samples.iter().all(|sample| *sample > 0.0), "{ceiling:?}");
        }
    }

    #[test]
    fn a_folder_is_measured_or_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut told = Vec::new();
        let budget = Duration::from_millis(100);
        let ceilings = ceilings(folder.path(), None, budget, &mut |what| told.push(what.to_owned()));
        check(folder.path(), &ceilings);
        // Where this runs in memory, the kernel counts nothing, and that is the reason given.
        for missing in ceilings.iter().filter_map(|ceiling| ceiling.missing.as_deref()) {
            assert!(
                missing.contains("read_bytes") || missing.contains("delivered") || missing.contains("space"),
                "{missing}"
            );
        }
        assert!(!told.is_empty());
    }

    #[test]
    fn memory_and_missing_folders_have_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Duration::from_millis(1);
        let memory = ceilings(folder.path(), Some(DiskKind::Memory), budget, &mut |_| {});
        check(folder.path(), &memory);
        assert!(memory[0].missing.as_deref().unwrap().contains("lies in memory"));

        let missing = ceilings(&folder.path().join("none"), None, budget, &mut |_| {});
        assert!(missing.iter().all(|ceiling| ceiling.missing.is_some() && ceiling.samples.is_empty()));
        check(folder.path(), &missing);
    }
}
