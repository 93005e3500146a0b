//! The file that is read: large, incompressible, without a name, and got at past the page cache.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::buffer::{Bytes, PAGE};
use crate::io_counter::evict;
use crate::probe::space;

/// Written at a time; the file is a multiple of it.
const PIECE: usize = 4 << 20;

/// Fewer pieces than this do not make a sequence.
const FEWEST: u64 = 4;
const MOST: u64 = 256;

/// At most one part in this many of the free space is used.
const SPACE_PART: u64 = 8;

/// A file without a name: it is gone when it is closed, even if this process is killed.
pub(super) struct TestFile {
    pub(super) file: File,
    pub(super) bytes: u64,
    /// Whether reads go straight to the device; otherwise pages are dropped after each read.
    pub(super) direct: bool,
}

impl TestFile {
    /// Writes for about this long, but a few pieces in any case.
    ///
    /// # Errors
    /// Why there is no file, as a sentence.
    pub(super) fn write(folder: &Path, budget: Duration) -> Result<Self, String> {
        let place = folder.display();
        let (_, free) = space(folder).ok_or_else(|| format!("the free space in {place} could not be found out"))?;
        let most = (free / SPACE_PART / PIECE as u64).min(MOST);
        if most < FEWEST {
            return Err(format!(
                "not enough space in {place}: {} MiB are free, {} MiB are needed",
                free >> 20,
                (FEWEST * SPACE_PART * PIECE as u64) >> 20
            ));
        }
        let error = |what: &str, error: io::Error| format!("the test file in {place} cannot be {what}: {error}");
        let mut file = tempfile::tempfile_in(folder).map_err(|e| error("made", e))?;
        let direct = set_direct(&file);
        let start = Instant::now();
        let mut piece = Bytes::new(PIECE);
        fill(piece.get_mut());
        let mut pieces = 0;
        while pieces < FEWEST || (pieces < most && start.elapsed() < budget) {
            stamp(piece.get_mut(), pieces);
            file.write_all(piece.get_mut()).map_err(|e| error("written", e))?;
            if !direct {
                // Without this the time would go into the page cache, and all the writing come at once at the end.
                file.sync_data().map_err(|e| error("written", e))?;
            }
            pieces += 1;
        }
        file.sync_all().map_err(|e| error("written", e))?;
        evict(&file).map_err(|e| error("dropped from the page cache", e))?;
        Ok(Self { file, bytes: pieces * PIECE as u64, direct })
    }

    /// For people: how the page cache is got around.
    pub(super) fn way(&self) -> &'static str {
        if self.direct { "past the page cache" } else { "pages dropped after each read" }
    }
}

/// Asks for reads and writes past the page cache; not every file system has them.
fn set_direct(file: &File) -> bool {
    let descriptor = file.as_raw_fd();
    // SAFETY: plain system calls on a descriptor that the borrowed file keeps open.
    unsafe {
        let flags = libc::fcntl(descriptor, libc::F_GETFL);
        flags >= 0 && libc::fcntl(descriptor, libc::F_SETFL, flags | libc::O_DIRECT) == 0
    }
}

/// Bytes that no layer below can compress.
fn fill(piece: &mut [u8]) {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for word in piece.chunks_exact_mut(8) {
        word.copy_from_slice(&super::reader::next(&mut state).to_le_bytes());
    }
}

/// Makes every page of a piece different from that of any other piece, so that no layer below can share them.
fn stamp(piece: &mut [u8], number: u64) {
    for page in piece.chunks_exact_mut(PAGE) {
        page[..8].copy_from_slice(&number.to_le_bytes());
    }
}
