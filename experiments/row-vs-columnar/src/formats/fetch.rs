//! Fetching from a cold file what a query needs, and no more.
//!
//! Columnar files are mapped into memory. When a page of a map is missing, the system guesses what will be needed and
//! fetches a neighbourhood of it, which may be megabytes, before and behind. The guess is spared when the pages are in the cache
//! by then: so the end of the file is read first, where the footer is, and ranges are announced. On a warm cache
//! this costs microseconds.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

/// Bytes at the end of a file that Polars looks at to find the footer.
const TAIL: u64 = 128 * 1024;
/// The last bytes of a Parquet file: the length of the footer and the magic.
const PARQUET_END: u64 = 8;

/// Reads the end of a Parquet file with the whole footer.
pub(super) fn parquet_footer(file: &mut File) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    if length < PARQUET_END {
        return Ok(()); // the reader will say that it is none
    }
    let mut end = [0; 4];
    file.seek(SeekFrom::Start(length - PARQUET_END))?;
    file.read_exact(&mut end)?;
    let footer = u64::from(u32::from_le_bytes(end)) + PARQUET_END;
    file.seek(SeekFrom::Start(length.saturating_sub(footer.max(TAIL))))?;
    std::io::copy(file, &mut std::io::sink())?;
    Ok(())
}

/// Tells the system that these ranges of a file will be needed soon. It is a hint: nothing depends on it but time.
#[cfg(target_os = "linux")]
pub(super) fn announce(file: &File, ranges: impl IntoIterator<Item = Range<u64>>) {
    use std::os::fd::AsRawFd;
    /// The system takes no more of a range at once than it fetches ahead by itself, which is this much where it is least.
    const STEP: u64 = 128 * 1024;
    for range in ranges {
        let mut at = range.start;
        while at < range.end {
            let step = STEP.min(range.end - at);
            // SAFETY: the descriptor is open for the duration of the call, which touches no memory of ours.
            unsafe {
                libc::posix_fadvise(file.as_raw_fd(), at.cast_signed(), step.cast_signed(), libc::POSIX_FADV_WILLNEED);
            }
            at += step;
        }
    }
}

/// Elsewhere the system is left to guess.
#[cfg(not(target_os = "linux"))]
pub(super) fn announce(_file: &File, _ranges: impl IntoIterator<Item = Range<u64>>) {}
