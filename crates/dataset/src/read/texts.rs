//! Files of text, one after the other: which one is open, which parts of them are read, and how far the reading is.

use std::path::PathBuf;
use std::sync::Arc;

use super::Progress;
use super::blocks::{Blocks, Meter};
use super::sections::{self, Lines, Plan, Section};
use crate::Error;
use crate::format::Compression;
use crate::slices::{Part, Wanted};

/// The files of a data set of text.
pub(super) struct Texts {
    /// The files, at least one.
    pub(super) files: Vec<PathBuf>,
    /// Number and blocks of the file that is being read.
    pub(super) current: Option<(usize, Blocks)>,
    /// Rows that were read, which the format counts.
    pub(super) rows: u64,
    compression: Compression,
    line_end: u8,
    /// Bytes of all files on disk.
    bytes: u64,
    next_file: usize,
    /// The parts of each file that are read, if these are not all.
    sections: Option<Vec<Vec<Section>>>,
    part: Part,
    meter: Arc<Meter>,
    /// Bytes of text of the files that were left before their end.
    left: usize,
}

impl Texts {
    /// All of `files`, which have `bytes` on disk.
    pub(super) fn new(files: Vec<PathBuf>, compression: Compression, line_end: u8, bytes: u64) -> Self {
        Self {
            files,
            current: None,
            rows: 0,
            compression,
            line_end,
            bytes,
            next_file: 0,
            sections: None,
            part: Part::All,
            meter: Arc::default(),
            left: 0,
        }
    }

    /// Confines it to slices of `wanted` rows, if there are more and the files, whose sizes in bytes are `sizes`, can be entered in the
    /// middle. Returns whether that needs to be and cannot: then the rows come from the start, and `why` is what the reader is told.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn confine(
        &mut self,
        lines: &dyn Lines,
        sizes: &[u64],
        wanted: Wanted,
        why: &'static str,
    ) -> Result<bool, Error> {
        match sections::plan(&self.files, sizes, lines, wanted)? {
            Plan::Whole => {}
            Plan::Start => self.part = Part::Start(why),
            Plan::Sections(sections, slices) => {
                self.sections = Some(sections);
                self.part = Part::Slices(slices);
            }
        }
        Ok(matches!(self.part, Part::Start(_)))
    }

    /// The first file from its start, in blocks of `size` bytes, for a look at it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn first(&self, size: usize) -> Result<Blocks, Error> {
        Blocks::open(&self.files[0], self.compression, self.line_end, size, &self.meter, None)
    }

    /// Opens the next file of which something is to be read, in blocks of `size` bytes. `false`: there is none.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open_next(&mut self, size: usize) -> Result<bool, Error> {
        let sections = self.sections.as_deref();
        let is_read = |file: usize| sections.is_none_or(|sections| !sections[file].is_empty());
        let Some(index) = (self.next_file..self.files.len()).find(|&file| is_read(file)) else { return Ok(false) };
        self.next_file = index + 1;
        let sections = sections.map(|sections| sections[index].as_slice());
        let blocks = Blocks::open(&self.files[index], self.compression, self.line_end, size, &self.meter, sections)?;
        self.current = Some((index, blocks));
        Ok(true)
    }

    /// Leaves the current file where it is and goes on with this one.
    pub(super) fn skip_to(&mut self, file: usize) {
        self.left += self.waiting();
        self.current = None;
        self.next_file = file;
    }

    /// Back to the first row.
    pub(super) fn rewind(&mut self) {
        self.meter.reset();
        self.current = None;
        self.next_file = 0;
        (self.rows, self.left) = (0, 0);
    }

    /// Files that were opened or passed.
    pub(super) fn passed(&self) -> usize {
        self.next_file
    }

    /// Number of the file that was opened last.
    pub(super) fn file(&self) -> usize {
        self.next_file.saturating_sub(1)
    }

    /// The file that was opened last.
    pub(super) fn place(&self) -> PathBuf {
        self.files[self.file().min(self.files.len() - 1)].clone()
    }

    /// What was read so far.
    pub(super) fn progress(&self) -> Progress {
        Progress { rows: self.rows, share: self.meter.share(self.bytes, self.waiting() + self.left) }
    }

    /// Which part of the data is read.
    pub(super) fn part(&self) -> Part {
        self.part
    }

    /// Bytes of text that were read and not yet taken.
    fn waiting(&self) -> usize {
        self.current.as_ref().map_or(0, |(_, blocks)| blocks.bytes().len())
    }
}
