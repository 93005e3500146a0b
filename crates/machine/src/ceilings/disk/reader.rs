//! Reading the test file in a pattern, with the kernel's count as the proof.

use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::super::buffer::Bytes;
use super::super::team::{Sample, Step, Timing, run};
use super::Pattern;
use super::file::TestFile;
use crate::io_counter::device_bytes;

/// Part of the bytes read that a device must have delivered; the rest is room for reads at the edges of a window.
const PROOF: f64 = 0.95;

/// The state of a thread.
struct Reader<'a> {
    file: &'a TestFile,
    buffer: Bytes,
    /// First block and number of blocks that this thread reads.
    first: u64,
    blocks: u64,
    /// Position for reads in sequence, state of the generator for random ones.
    position: u64,
    random: bool,
    fault: Option<String>,
}

/// Samples in reads or bytes per second.
///
/// # Errors
/// Why there is no figure, as a sentence: reading failed, or the device cannot be shown to have delivered the bytes.
pub(super) fn measure(file: &TestFile, pattern: Pattern, timing: Timing) -> Result<Vec<f64>, String> {
    device_bytes()?;
    let lost = Mutex::new(None);
    let observe = || {
        device_bytes().unwrap_or_else(|why| {
            if let Ok(mut lost) = lost.lock() {
                lost.get_or_insert(why);
            }
            0
        })
    };
    let step = Step {
        prepare: |_| {},
        chunk: Box::new(|reader: &mut Reader<'_>| reader.read()),
        check: |reader| reader.fault.take().map_or(Ok(()), Err),
    };
    let setup = |index: u32| Reader::new(file, pattern, index);
    let samples = run(pattern.threads, timing, &setup, &[step], &observe)?
        .pop()
        .unwrap_or_else(|| Err("not measured".to_owned()))?;
    if let Ok(Some(why)) = lost.into_inner() {
        return Err(why);
    }
    let unit = if pattern.random { 1.0 } else { pattern.block as f64 };
    samples.iter().map(|sample| proven(sample, pattern.block).map(|rate| rate * unit)).collect()
}

/// The rate in reads per second, if the device delivered what was read.
fn proven(sample: &Sample, block: usize) -> Result<f64, String> {
    let read = sample.units * block as f64;
    if sample.observed as f64 >= read * PROOF {
        return Ok(sample.rate);
    }
    Err(format!(
        "of {:.1} MiB that were read, a device delivered {:.1} MiB (read_bytes in /proc/self/io): the rest came from memory",
        read / f64::from(1 << 20),
        sample.observed as f64 / f64::from(1 << 20)
    ))
}

impl<'a> Reader<'a> {
    fn new(file: &'a TestFile, pattern: Pattern, index: u32) -> Self {
        let all = (file.bytes / pattern.block as u64).max(1);
        let (first, blocks) = if pattern.random {
            (0, all)
        } else {
            let (index, threads) = (u64::from(index), u64::from(pattern.threads));
            let first = (all * index / threads).min(all - 1);
            (first, (all * (index + 1) / threads).saturating_sub(first).max(1))
        };
        let position = if pattern.random { 0x9E37_79B9_7F4A_7C15 ^ (u64::from(index) + 1) << 32 } else { 0 };
        Self { file, buffer: Bytes::new(pattern.block), first, blocks, position, random: pattern.random, fault: None }
    }

    /// Reads one block. Returns 1 for it, 0 when something went wrong.
    fn read(&mut self) -> f64 {
        if self.fault.is_some() {
            // The window still has to pass.
            thread::sleep(Duration::from_millis(1));
            return 0.0;
        }
        let block = if self.random {
            next(&mut self.position) % self.blocks
        } else {
            self.position = (self.position + 1) % self.blocks;
            self.position
        };
        let buffer = self.buffer.get_mut();
        let offset = (self.first + block) * buffer.len() as u64;
        let length = buffer.len();
        if let Err(error) = self.file.file.read_exact_at(buffer, offset) {
            self.fault = Some(format!("{length} bytes at {offset} cannot be read: {error}"));
            return 0.0;
        }
        if !self.file.direct {
            forget(self.file, offset, length);
        }
        1.0
    }
}

/// Asks the kernel to drop the pages just read. If it does not, the proof fails: no need to look at the answer.
fn forget(file: &TestFile, offset: u64, length: usize) {
    let (Ok(offset), Ok(length)) = (libc::off_t::try_from(offset), libc::off_t::try_from(length)) else { return };
    // SAFETY: a plain system call on a descriptor that the borrowed file keeps open.
    unsafe { libc::posix_fadvise(file.file.as_raw_fd(), offset, length, libc::POSIX_FADV_DONTNEED) };
}

/// The next number of a xorshift generator, whose state is never zero.
pub(super) fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_device_did_not_deliver_is_no_figure() {
        let sample = |observed| Sample { rate: 100.0, units: 256.0, observed };
        assert_eq!(proven(&sample(1 << 20), 4096), Ok(100.0));
        assert_eq!(proven(&sample(1_000_000), 4096), Ok(100.0));
        let error = proven(&sample(0), 4096).unwrap_err();
        assert!(error.contains("of 1.0 MiB that were read, a device delivered 0.0 MiB"), "{error}");
    }

    #[test]
    fn regions_of_threads_cover_the_file_and_stay_inside() {
        let file = TestFile { file: tempfile::tempfile().unwrap(), bytes: 5 << 20, direct: false };
        for threads in [1, 2, 4, 16] {
            let pattern = Pattern { random: false, block: 1 << 20, threads };
            let regions: Vec<(u64, u64)> =
                (0..threads).map(|i| Reader::new(&file, pattern, i)).map(|r| (r.first, r.blocks)).collect();
            assert!(regions.iter().all(|(first, blocks)| *blocks > 0 && first + blocks <= 5), "{regions:?}");
            assert!(
                (0..5).all(|block| regions.iter().any(|(first, blocks)| (*first..first + blocks).contains(&block)))
            );
        }
    }
}
