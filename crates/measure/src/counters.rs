//! What the kernel counts about a worker, read from outside, and the page cache.
//!
//! Reading from outside works the same for every lane, and costs the worker nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Counters of a process at one moment. What the system does not count is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes asked of the kernel by `read` and the like.
    read_bytes: Option<u64>,
    /// Bytes that the block layer fetched for this process.
    device_bytes: Option<u64>,
    /// Bytes that this process sent to the block layer.
    written_bytes: Option<u64>,
}

/// Reads the counters of `pid` and starts a new watch of its peak memory.
#[must_use]
pub fn begin(pid: u32) -> Snapshot {
    // 5 resets the peak ("high water mark") of resident memory; refused for other users' processes and in some sandboxes.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    io_counters(pid)
}

/// Counters since `before`, by name as in [`results::Sample::counters`].
#[must_use]
pub fn since(pid: u32, before: Snapshot) -> BTreeMap<String, u64> {
    let after = io_counters(pid);
    let mut counters = BTreeMap::new();
    let mut put = |name: &str, value: Option<u64>| {
        if let Some(value) = value {
            counters.insert(name.to_owned(), value);
        }
    };
    let grown = |before: Option<u64>, after: Option<u64>| Some(after?.saturating_sub(before?));
    put("read_bytes", grown(before.read_bytes, after.read_bytes));
    put("device_bytes", grown(before.device_bytes, after.device_bytes));
    put("written_bytes", grown(before.written_bytes, after.written_bytes));
    put("peak_rss_bytes", peak_memory(pid));
    counters
}

fn io_counters(pid: u32) -> Snapshot {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let field = |name: &str| field(&text, name);
    Snapshot { read_bytes: field("rchar:"), device_bytes: field("read_bytes:"), written_bytes: field("write_bytes:") }
}

fn peak_memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    field(&text, "VmHWM:").map(|kib| kib * 1024)
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

/// Asks the kernel to drop every page of `files` from its cache.
///
/// That it did so is not assumed: the bytes that the device delivers afterwards are counted and stored.
///
/// # Errors
/// The first file that cannot be opened or written back.
pub fn drop_pages(files: &[PathBuf]) -> io::Result<()> {
    files.iter().try_for_each(|path| drop_file(path))
}

#[cfg(target_os = "linux")]
fn drop_file(path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let file = File::open(path)?;
    // Dirty pages cannot be dropped, so they are written back first.
    file.sync_all()?;
    // SAFETY: the descriptor is open for the duration of the call, which touches no memory of ours.
    match unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

#[cfg(not(target_os = "linux"))]
fn drop_file(path: &Path) -> io::Result<()> {
    File::open(path)?;
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system offers no way to drop a file's pages"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn counters_of_this_process_grow_with_reads() {
        let pid = std::process::id();
        let before = begin(pid);
        let bytes = fs::read("/proc/self/maps").expect("readable").len() as u64;
        let counters = since(pid, before);
        assert!(counters.get("read_bytes").is_none_or(|read| *read >= bytes), "{counters:?} after reading {bytes}");
        assert!(counters.get("peak_rss_bytes").is_none_or(|peak| *peak > 100_000), "{counters:?}");
    }

    #[test]
    fn an_unknown_process_has_no_counters_rather_than_zeros() {
        assert!(since(u32::MAX, begin(u32::MAX)).is_empty());
    }

    #[test]
    fn dropping_pages_names_the_missing_file() {
        assert!(drop_pages(&[PathBuf::from("/no/such/file")]).is_err());
    }
}
