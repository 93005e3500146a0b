//! The working table: one uncompressed Arrow IPC file that every format can carry.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polars::io::ipc::BatchedWriter;
use polars::prelude::*;
use polars_arrow::io::ipc::IpcField;

use crate::read::{ColumnType, Sink, plural, utc_note};
use crate::vectors::{Kept as KeptVectors, could_be};
use crate::{Error, columnar, thousands};

/// Rows of a record batch: big enough to scan fast, small enough to be made while another is written.
const BATCH: usize = 64 << 10;

/// Bytes from which a batch of fewer rows is written.
const BATCH_BYTES: usize = 64 << 20;

/// Writes a working table: beside its place first, then renamed, so that it is whole or not there.
pub(crate) struct TableWriter {
    path: PathBuf,
    partial: PathBuf,
    plan: Vec<(PlSmallStr, Option<DataType>)>,
    left_out: Vec<(PlSmallStr, &'static str)>,
    /// Columns that may hold vectors, which go into files of their own.
    vectors: Vec<KeptVectors>,
    zoned: usize,
    categories: usize,
    file: Option<BatchedWriter<Counted>>,
    written: Arc<AtomicU64>,
    waiting: Option<DataFrame>,
}

impl TableWriter {
    /// A table that will be at `path`.
    pub(crate) fn new(path: PathBuf) -> Self {
        let partial = path.with_extension("partial");
        Self {
            path,
            partial,
            plan: Vec::new(),
            left_out: Vec::new(),
            vectors: Vec::new(),
            zoned: 0,
            categories: 0,
            file: None,
            written: Arc::default(),
            waiting: None,
        }
    }

    /// Whether no column of the data is in the table or beside it.
    pub(crate) fn is_empty(&self) -> bool {
        self.plan.is_empty() && !self.vectors.iter().any(KeptVectors::is_whole)
    }

    /// Whether a column is in the table.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.plan.iter().any(|(column, _)| column == name)
    }

    /// Whether the vectors of a column are beside the table.
    pub(crate) fn holds_vectors(&self, name: &str) -> bool {
        self.vectors.iter().any(|vectors| vectors.column == name && vectors.is_whole())
    }

    /// What the table does not keep.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut kinds: Vec<&str> =
            self.left_out.iter().filter(|(name, _)| !self.holds_vectors(name)).map(|(_, kind)| *kind).collect();
        let left_out = kinds.len() as u64;
        if left_out > 0 {
            kinds.sort_unstable();
            kinds.dedup();
            let columns = plural(left_out, "column");
            notes.push(format!("Left out {columns} of type {}: not every format can carry them.", kinds.join(", ")));
        }
        let whole = self.vectors.iter().filter(|vectors| vectors.is_whole()).count();
        if whole > 0 {
            let columns = plural(whole as u64, "column");
            notes.push(format!("Took {columns} of vectors for searches alone: not every format can carry lists."));
        }
        if let Some(rows) = self.vectors.iter().filter_map(KeptVectors::cut).min() {
            notes.push(format!("Searches use the first {} vectors.", thousands(rows)));
        }
        notes.extend(utc_note(self.zoned));
        if self.categories > 0 {
            let columns = plural(self.categories as u64, "category column");
            notes.push(format!("Kept {columns} as text, which every format can carry."));
        }
        notes
    }

    /// Ends the files of vectors, and lets go of those that hold none.
    pub(crate) fn finish_vectors(&mut self) -> Result<(), Error> {
        self.vectors.iter_mut().try_for_each(|vectors| vectors.finish().map(|_| ()))?;
        self.vectors.retain(KeptVectors::is_whole);
        Ok(())
    }

    /// Ends the table and puts it in its place.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.flush()?;
        if let Some(mut file) = self.file.take() {
            file.finish().map_err(|error| self.failed(error))?;
        }
        fs::rename(&self.partial, &self.path).map_err(|error| Error::write(&self.path, self.bytes(), error))
    }

    fn bytes(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn failed(&self, error: PolarsError) -> Error {
        Error::engine_write(&self.path, self.bytes(), error)
    }

    fn flush(&mut self) -> Result<(), Error> {
        let (Some(mut batch), Some(file)) = (self.waiting.take(), &mut self.file) else { return Ok(()) };
        batch.rechunk_mut_par();
        let result = file.write_batch(&batch);
        result.map_err(|error| self.failed(error))
    }
}

impl Sink for TableWriter {
    fn start(&mut self, columns: &[ColumnType]) -> Result<(), Error> {
        self.waiting = None;
        self.file = None;
        self.plan.clear();
        self.left_out.clear();
        let candidates = columns.iter().filter(|column| could_be(column));
        self.vectors = candidates.map(|column| KeptVectors::new(&self.path, column.name.clone())).collect();
        (self.zoned, self.categories) = (0, 0);
        for column in columns {
            match kept(column) {
                Kept::As(dtype) => self.plan.push((column.name.clone(), dtype)),
                Kept::No => self.left_out.push((column.name.clone(), column.term())),
            }
            match &column.dtype {
                DataType::Datetime(_, Some(_)) => self.zoned += 1,
                DataType::Categorical(..) | DataType::Enum(..) => self.categories += 1,
                _ => {}
            }
        }
        let cast = |(name, dtype): &(PlSmallStr, Option<DataType>)| {
            let found = columns.iter().find(|column| column.name == *name).map(|column| column.dtype.clone());
            (name.clone(), dtype.clone().or(found).unwrap_or(DataType::String))
        };
        let schema: Schema = self.plan.iter().map(cast).collect();
        let file = File::create(&self.partial).map_err(|error| Error::write(&self.path, 0, error))?;
        self.written = Arc::default();
        let file = Counted { file, written: Arc::clone(&self.written) };
        // No column is a dictionary: categories became texts.
        let fields = vec![IpcField { fields: Vec::new(), dictionary_id: None }; self.plan.len()];
        let writer = IpcWriter::new(file).with_compression(None).batched(&schema, fields);
        self.file = Some(writer.map_err(|error| self.failed(error))?);
        Ok(())
    }

    fn take(&mut self, batch: &DataFrame) -> Result<(), Error> {
        for vectors in &mut self.vectors {
            let column = batch.column(&vectors.column);
            let column = column.map_err(|source| Error::Engine { path: self.path.clone(), source })?;
            vectors.take(column)?;
        }
        let mut columns = Vec::with_capacity(self.plan.len());
        for (name, dtype) in &self.plan {
            let column = batch.column(name).and_then(|column| match dtype {
                Some(dtype) => column.strict_cast(dtype),
                None => Ok(column.clone()),
            });
            columns.push(column.map_err(|error| self.failed(error))?);
        }
        let batch = DataFrame::new(batch.height(), columns).map_err(|error| self.failed(error))?;
        match &mut self.waiting {
            Some(waiting) => {
                let joined = waiting.vstack_mut_owned(batch).map(|_| ());
                joined.map_err(|error| self.failed(error))?;
            }
            None => self.waiting = Some(batch),
        }
        match &self.waiting {
            Some(waiting) if waiting.height() >= BATCH || waiting.estimated_size() >= BATCH_BYTES => self.flush(),
            _ => Ok(()),
        }
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        // After a failure: a partial table helps nobody. After success it is not there any more.
        self.file = None;
        let _ = fs::remove_file(&self.partial);
    }
}

/// What becomes of a column.
enum Kept {
    /// It stays, as another type if one is named.
    As(Option<DataType>),
    /// Not every format can carry it.
    No,
}

fn kept(column: &ColumnType) -> Kept {
    match &column.dtype {
        _ if column.nested.is_some() => Kept::No,
        DataType::Datetime(TimeUnit::Microseconds, None) => Kept::As(None),
        DataType::Datetime(..) => Kept::As(Some(DataType::Datetime(TimeUnit::Microseconds, None))),
        DataType::Categorical(..) | DataType::Enum(..) | DataType::Null => Kept::As(Some(DataType::String)),
        DataType::Float16 => Kept::As(Some(DataType::Float32)),
        DataType::Decimal(..) => Kept::As(Some(DataType::Float64)),
        DataType::String | DataType::Boolean | DataType::Date => Kept::As(None),
        dtype if dtype.is_primitive_numeric() && !matches!(dtype, DataType::Int128 | DataType::UInt128) => {
            Kept::As(None)
        }
        _ => Kept::No,
    }
}

/// A file that counts what is written to it.
struct Counted {
    file: File,
    written: Arc<AtomicU64>,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A table of texts as the bytes of a Parquet file, for export.
///
/// # Errors
/// The engine's, for example when two heads are equal or a row has another length than the head.
pub fn texts_to_parquet(head: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Engine { path: Path::new("export").to_path_buf(), source };
    let column = |(index, name): (usize, &String)| {
        let texts: Option<Vec<&str>> = rows.iter().map(|row| row.get(index).map(String::as_str)).collect();
        let texts = texts.ok_or_else(|| failed(PolarsError::ShapeMismatch(format!("a row has no `{name}`").into())))?;
        Ok(Column::new(name.as_str().into(), texts))
    };
    let columns = head.iter().enumerate().map(column).collect::<Result<Vec<_>, Error>>()?;
    let mut table = DataFrame::new(rows.len(), columns).map_err(failed)?;
    let mut bytes = Vec::new();
    columnar::write_parquet(&mut table, &ParquetWriteOptions::default(), &mut bytes).map_err(failed)?;
    Ok(bytes)
}
