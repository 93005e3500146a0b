//! Vectors of a file, in pieces.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_arrow::array::{FixedSizeListArray, PrimitiveArray};
use polars_arrow::datatypes::{ArrowDataType, Field as ArrowField};

use super::column_of;
use super::header::{self, Header};
use crate::Error;
use crate::read::columnar::Source;

/// Bytes that are read at once, about.
const SLICE: usize = 8 << 20;

/// An open file.
pub(crate) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    /// The rows to read, in order and apart.
    rows: Vec<Range<u64>>,
    /// How many of them were read.
    done: u64,
    schema: Schema,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`Error::Broken`] says what is wrong with the header, or that numbers are missing.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |error| Error::read(path, error);
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        if size == 0 {
            return Err(Error::EmptyFile { path: path.to_path_buf() });
        }
        let mut file = BufReader::new(file);
        let header = header::read(&mut file, size).map_err(|wrong| wrong.at(path))?;
        let dtype = DataType::Array(Box::new(DataType::Float32), header.dims);
        let schema = Schema::from_iter([(column_of(path), dtype)]);
        let rows = std::iter::once(0..header.rows).collect();
        Ok(Self { path: path.to_path_buf(), file, header, rows, done: 0, schema })
    }

    /// What the header tells.
    pub(crate) fn header(&self) -> Header {
        self.header
    }

    /// Vectors that are left.
    pub(crate) fn left(&self) -> u64 {
        self.rows.iter().map(|rows| rows.end - rows.start).sum::<u64>() - self.done
    }

    /// Where the next vectors are, and how many lie there together; `None` at the end.
    fn run(&self) -> Option<Range<u64>> {
        let mut before = 0;
        self.rows.iter().find_map(|rows| {
            let start = rows.start + self.done.saturating_sub(before);
            before += rows.end - rows.start;
            (start < rows.end).then_some(start..rows.end)
        })
    }

    /// Appends the numbers of the next vectors, at most `most`; how many these were.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn take(&mut self, most: usize, out: &mut Vec<f32>) -> Result<usize, Error> {
        let rows = usize::try_from(self.left()).unwrap_or(usize::MAX).min(most);
        let row = self.header.dims * self.header.number.bytes;
        let mut bytes = vec![0; row * (SLICE / row).max(1).min(rows)];
        let mut left = rows;
        while let Some(run) = self.run().filter(|_| left > 0) {
            let now = left.min(bytes.len() / row).min(usize::try_from(run.end - run.start).unwrap_or(usize::MAX));
            let bytes = &mut bytes[..now * row];
            let start = SeekFrom::Start(self.header.start + run.start * row as u64);
            let read = self.file.seek(start).and_then(|_| self.file.read_exact(bytes));
            read.map_err(|error| Error::read(&self.path, error))?;
            self.header.number.decode(bytes, out);
            left -= now;
            self.done += now as u64;
        }
        Ok(rows)
    }

    /// The next vectors as a column.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn column(&mut self, name: PlSmallStr, most: usize) -> Result<Column, Error> {
        let mut values = Vec::new();
        let rows = self.take(most, &mut values)?;
        let field = ArrowField::new("item".into(), ArrowDataType::Float32, true);
        let dtype = ArrowDataType::FixedSizeList(Box::new(field), self.header.dims);
        let numbers = PrimitiveArray::from_vec(values).boxed();
        let array = FixedSizeListArray::try_new(dtype, rows, numbers, None);
        let series = array.and_then(|array| Series::from_arrow(name, array.boxed()));
        series.map(IntoColumn::into_column).map_err(|source| Error::Engine { path: self.path.clone(), source })
    }

    /// Goes back to the first vector.
    pub(crate) fn rewind(&mut self) {
        self.done = 0;
    }
}

impl Source for Reader {
    fn open(path: &Path) -> Result<Self, Error> {
        Self::open(path)
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.header.rows)
    }

    fn select(&mut self, rows: Vec<Range<u64>>) {
        self.rows = rows;
        self.done = 0;
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        if self.left() == 0 {
            return Ok(None);
        }
        let rows = (SLICE / (self.header.dims * 4)).max(1);
        let column = self.column(column_of(&self.path), rows)?;
        let batch = DataFrame::new(column.len(), vec![column]);
        batch.map(Some).map_err(|source| Error::Engine { path: self.path.clone(), source })
    }

    fn share(&self) -> f64 {
        self.done as f64 / (self.done + self.left()).max(1) as f64
    }
}
