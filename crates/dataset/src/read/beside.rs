//! Vectors beside a table: a `.npy` file with one for each row becomes a column.

use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::columnar::Source;
use super::{ColumnType, Progress, Reader, Stop, plural};
use crate::Error;
use crate::slices::Part;
use crate::vectors::npy;

/// A table and the vectors that lie beside it.
pub(crate) struct Beside {
    table: Box<dyn Reader>,
    vectors: Option<npy::Reader>,
    path: PathBuf,
    name: PlSmallStr,
    /// Whether the reader of the table named the file: then it must fit. One that was found in a folder may be another table's.
    named: bool,
    note: Option<String>,
}

impl Beside {
    /// Adds the vectors of the file at `path` to what `table` reads: all rows, or `slices` of them.
    ///
    /// # Errors
    /// If the file was named and cannot be read, or has another number of rows.
    pub(crate) fn new(
        table: Box<dyn Reader>,
        path: &Path,
        named: bool,
        slices: Option<Vec<Range<u64>>>,
    ) -> Result<Self, Error> {
        let stem = npy::column_of(path);
        let taken = table.columns().iter().any(|column| column.name == stem);
        let name = if taken { path.file_name().unwrap_or_default().to_string_lossy().as_ref().into() } else { stem };
        let rows = table.total_rows();
        let mut beside = Self { table, vectors: None, path: path.to_path_buf(), name, named, note: None };
        match npy::Reader::open(path) {
            Ok(vectors) if rows.is_some_and(|rows| rows != vectors.header().rows) => {
                let told = rows.map_or_else(|| "another number of rows".to_owned(), |rows| plural(rows, "row"));
                beside.leave_out(vectors.header().rows, &told)?;
            }
            Ok(mut vectors) => {
                if let Some(slices) = slices {
                    vectors.select(slices);
                }
                beside.vectors = Some(vectors);
            }
            Err(error) if named => return Err(error),
            Err(error) => beside.note = Some(format!("Left out {}: {error}", beside.shown())),
        }
        Ok(beside)
    }

    fn shown(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The file does not fit the table.
    fn leave_out(&mut self, vectors: u64, table: &str) -> Result<(), Error> {
        let what = format!("it holds {}, but the table has {table}", plural(vectors, "vector"));
        if self.named {
            let advice = "Give the file that belongs to the table: one vector for each row.".to_owned();
            return Err(Error::Broken { path: self.path.clone(), what, advice });
        }
        self.vectors = None;
        self.note = Some(format!("Left out {}: {what}.", self.shown()));
        Ok(())
    }
}

impl Reader for Beside {
    fn columns(&self) -> Vec<ColumnType> {
        let mut columns = self.table.columns();
        if let Some(vectors) = &self.vectors {
            let dtype = DataType::Array(Box::new(DataType::Float32), vectors.header().dims);
            columns.push(ColumnType::plain(self.name.clone(), dtype));
        }
        columns
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        let batch = self.table.next()?;
        let Some(vectors) = &mut self.vectors else { return Ok(batch) };
        let rows = batch.as_ref().map_or(0, DataFrame::height);
        let (all, left) = (vectors.header().rows, vectors.left());
        let told = match &batch {
            None if left > 0 => plural(all - left, "row"),
            Some(_) if left < rows as u64 => "more rows".to_owned(),
            None => return Ok(None),
            Some(batch) => {
                let column = vectors.column(self.name.clone(), rows)?;
                let mut batch = batch.clone();
                batch.with_column(column).map_err(|source| Error::Engine { path: self.path.clone(), source })?;
                return Ok(Some(batch));
            }
        };
        self.leave_out(all, &told)?;
        // The column was promised: all begins anew without it.
        Err(Stop::Restart)
    }

    fn restart(&mut self) -> Result<(), Error> {
        if let Some(vectors) = &mut self.vectors {
            vectors.rewind();
        }
        self.table.restart()
    }

    fn progress(&self) -> Progress {
        self.table.progress()
    }

    fn total_rows(&self) -> Option<u64> {
        self.table.total_rows()
    }

    fn notes(&self) -> Vec<String> {
        self.table.notes().into_iter().chain(self.note.clone()).collect()
    }

    fn file(&self) -> usize {
        self.table.file()
    }

    fn place(&self) -> PathBuf {
        self.table.place()
    }

    fn part(&self) -> Part {
        self.table.part()
    }
}
