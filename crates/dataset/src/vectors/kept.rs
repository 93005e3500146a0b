//! The file beside the working table that keeps a column's vectors.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::cells::{Shape, each};
use super::npy::Writer;
use super::{MOST_BYTES, MOST_ROWS, place};
use crate::Error;

/// A column whose vectors are being kept. Once it is seen that it holds none, the file is gone again.
pub(crate) struct Kept {
    /// The column.
    pub(crate) column: PlSmallStr,
    path: PathBuf,
    shape: Shape,
    file: Option<Writer>,
    rows: u64,
    /// Vectors that were not kept, since there were enough.
    cut: bool,
    /// Whether the file is whole: it stays.
    whole: bool,
}

impl Kept {
    /// Nothing yet, for the working table at `table`.
    pub(crate) fn new(table: &Path, column: PlSmallStr) -> Self {
        let path = place(table, &column);
        Self { column, path, shape: Shape::default(), file: None, rows: 0, cut: false, whole: false }
    }

    /// Keeps the next rows.
    ///
    /// # Errors
    /// The engine's or the system's.
    pub(crate) fn take(&mut self, column: &Column) -> Result<(), Error> {
        let mut failed = None;
        let read = each(column, |cell| {
            if !self.shape.take(&cell) {
                self.file = None;
                return false;
            }
            let super::cells::Cell::Vector(vector) = cell else { return true };
            if self.rows == MOST_ROWS || self.rows * vector.len() as u64 * 4 >= MOST_BYTES {
                self.cut = true;
                return false;
            }
            self.rows += 1;
            failed = self.write(vector).err();
            failed.is_none()
        });
        read.map_err(|source| Error::Engine { path: self.path.clone(), source })?;
        failed.map_or(Ok(()), Err)
    }

    fn write(&mut self, vector: &[f32]) -> Result<(), Error> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(Writer::create(&self.path, vector.len())?),
        };
        file.put(vector)
    }

    /// Ends the file. Whether the column holds vectors.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn finish(&mut self) -> Result<bool, Error> {
        if let (Some(file), Some(_)) = (self.file.take(), self.shape.dims()) {
            file.finish(self.rows)?;
            self.whole = true;
        }
        Ok(self.whole)
    }

    /// Whether the column holds vectors, once it is finished.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many vectors are kept, if these are not all.
    pub(crate) fn cut(&self) -> Option<u64> {
        self.cut.then_some(self.rows)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.whole {
            // It may never have been there.
            let _ = fs::remove_file(&self.path);
        }
    }
}
