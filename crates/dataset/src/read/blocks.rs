//! A text file in blocks of whole records, decompressed as it is read.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::sections::{Joined, Section, place};
use super::sniff;
use crate::Error;
use crate::format::{Compression, decoder};

/// The longest record. A longer one is a quote that nobody closed, and would fill the memory.
const MAX_RECORD: usize = 64 << 20;

/// A text file that is read block by block; the bytes of one block are in memory, no more.
pub(crate) struct Blocks {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    /// The bytes that were read and not yet taken.
    buffer: Vec<u8>,
    /// Bytes that a block should have.
    size: usize,
    line_end: u8,
    ended: bool,
    /// Lines that were taken.
    lines: u64,
    marked: bool,
    meter: Arc<Meter>,
    /// The parts of the file that are read, if that is not all of it.
    sections: Option<Vec<Section>>,
}

impl Blocks {
    /// Opens a file; `meter` counts what is read of it. With `sections` these are read as if they were all of it.
    pub(crate) fn open(
        path: &Path,
        compression: Compression,
        line_end: u8,
        size: usize,
        meter: &Arc<Meter>,
        sections: Option<&[Section]>,
    ) -> Result<Self, Error> {
        let unreadable = |error| Error::read(path, error);
        let file = Counted { file: File::open(path).map_err(unreadable)?, meter: Arc::clone(meter) };
        let sections = sections.map(<[Section]>::to_vec);
        let reader = match &sections {
            Some(sections) => Box::new(Joined::new(file, sections.clone())),
            None => decoder(file, compression).map_err(unreadable)?,
        };
        let mut blocks = Self {
            path: path.to_path_buf(),
            reader,
            buffer: Vec::new(),
            size,
            line_end,
            ended: false,
            lines: 0,
            marked: false,
            meter: Arc::clone(meter),
            sections,
        };
        blocks.fill()?;
        let before = blocks.buffer.len();
        let after = sniff::without_mark(&blocks.buffer, path)?.len();
        blocks.marked = after < before;
        blocks.buffer.drain(..before - after);
        Ok(blocks)
    }

    /// Whether the file starts with a byte order mark, which is not part of [`bytes`](Self::bytes).
    pub(crate) fn marked(&self) -> bool {
        self.marked
    }

    /// The bytes at hand: whole records, and perhaps the start of another. At the end of the file the last record has a
    /// line end, even if the file has none.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Number of the line at the start of [`bytes`](Self::bytes), from 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// Number of the line at `offset` in [`bytes`](Self::bytes), from 1.
    pub(crate) fn line_at(&self, offset: usize) -> u64 {
        self.line() + self.count_lines(&self.buffer[..offset])
    }

    /// Where a line is in the file, in words, by its number among those that are read.
    pub(crate) fn place(&self, line: u64) -> String {
        place(self.sections.as_deref().unwrap_or_default(), line)
    }

    /// Drops the first `used` bytes and reads on. Returns whether there is anything to take.
    ///
    /// # Errors
    /// A read error, and a record that does not end: `used` was zero although a block was there.
    pub(crate) fn advance(&mut self, used: usize) -> Result<bool, Error> {
        self.lines += self.count_lines(&self.buffer[..used]);
        self.buffer.drain(..used);
        if used == 0 && !self.buffer.is_empty() {
            if self.ended || self.buffer.len() >= MAX_RECORD {
                return Err(Error::Broken {
                    path: self.path.clone(),
                    what: format!("the record that starts in {} does not end", self.place(self.line())),
                    advice: "A quote is opened there and never closed, or this is no text table.".to_owned(),
                });
            }
            self.size = (self.size * 2).min(MAX_RECORD);
        }
        self.fill()?;
        Ok(!self.buffer.is_empty())
    }

    fn fill(&mut self) -> Result<(), Error> {
        let wanted = self.size.saturating_sub(self.buffer.len());
        if self.ended || wanted == 0 {
            return Ok(());
        }
        self.buffer.reserve(wanted + 1);
        let read = self
            .reader
            .by_ref()
            .take(wanted as u64)
            .read_to_end(&mut self.buffer)
            .map_err(|error| Error::read(&self.path, error))?;
        self.meter.plain.fetch_add(read as u64, Ordering::Relaxed);
        if read < wanted {
            self.ended = true;
            if self.buffer.last().is_some_and(|&last| last != self.line_end) {
                self.buffer.push(self.line_end);
            }
        }
        Ok(())
    }

    fn count_lines(&self, bytes: &[u8]) -> u64 {
        memchr::memchr_iter(self.line_end, bytes).count() as u64
    }
}

/// What was read so far of the files of a data set.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Bytes read from the disk.
    disk: AtomicU64,
    /// Bytes of text that they were.
    plain: AtomicU64,
}

impl Meter {
    /// Share of `bytes` on disk that held the text that was taken; `waiting` bytes of text were read and not taken.
    pub(crate) fn share(&self, bytes: u64, waiting: usize) -> f64 {
        let plain = self.plain.load(Ordering::Relaxed).max(1) as f64;
        let disk = self.disk.load(Ordering::Relaxed) as f64;
        disk / bytes.max(1) as f64 * (1.0 - waiting as f64 / plain).max(0.0)
    }

    /// Starts to count again.
    pub(crate) fn reset(&self) {
        self.disk.store(0, Ordering::Relaxed);
        self.plain.store(0, Ordering::Relaxed);
    }
}

/// A file that counts what is read of it.
pub(crate) struct Counted {
    pub(crate) file: File,
    pub(crate) meter: Arc<Meter>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.meter.disk.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}

/// The bytes as UTF-8: those that are not are taken as Latin-1, and counted.
pub(crate) fn utf8(bytes: &[u8]) -> (Cow<'_, [u8]>, u64) {
    if std::str::from_utf8(bytes).is_ok() {
        return (Cow::Borrowed(bytes), 0);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut foreign = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        foreign += chunk.invalid().len() as u64;
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    (Cow::Owned(text.into_bytes()), foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_bytes_become_latin_1() {
        assert_eq!(utf8("Käse".as_bytes()), (Cow::Borrowed("Käse".as_bytes()), 0));
        assert_eq!(utf8(b"K\xe4se, Br\xfche"), (Cow::Owned("Käse, Brühe".as_bytes().to_vec()), 2));
        assert_eq!(utf8("\u{e4}".as_bytes().strip_suffix(b"\xa4").unwrap()).1, 1);
    }

    #[test]
    fn blocks_hold_whole_records_and_every_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.txt");
        let text: String = (0..1000).map(|i| format!("line {i}\n")).collect();
        std::fs::write(&path, text.trim_end()).unwrap();
        for size in [1, 7, 64, 1 << 20] {
            let meter = Arc::new(Meter::default());
            let mut blocks = Blocks::open(&path, Compression::None, b'\n', size, &meter, None).unwrap();
            let mut read = Vec::new();
            while !blocks.bytes().is_empty() {
                let used = memchr::memrchr(b'\n', blocks.bytes()).map_or(0, |end| end + 1);
                read.extend_from_slice(&blocks.bytes()[..used]);
                blocks.advance(used).unwrap();
            }
            assert_eq!(String::from_utf8(read).unwrap(), text, "blocks of {size}");
            assert_eq!(blocks.line(), 1001);
            assert!((meter.share(text.len() as u64 - 1, 0) - 1.0).abs() < 1e-9);
            assert!((meter.share(text.len() as u64 - 1, text.len() / 2) - 0.5).abs() < 1e-3);
        }
    }
}
