//! Arrow IPC, record batch by record batch, without mapping the file into memory.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_arrow::datatypes::ArrowSchema;
use polars_arrow::io::ipc::read::{
    FileReader, StreamReader, StreamState, get_row_count, read_file_metadata, read_stream_metadata,
};

use super::columnar::{Source, schema_of};
use crate::Error;

/// Rows of a batch: a bigger record batch is handed on in slices.
const SLICE: usize = 128 << 10;

/// An open file of the file format or the stream format.
pub(crate) struct Arrow<B> {
    path: PathBuf,
    schema: Schema,
    rows: Option<u64>,
    batches: B,
    /// A record batch that is handed on in slices, and the rows of it that were.
    pending: Option<(DataFrame, usize)>,
    size: u64,
    seen: u64,
}

/// The record batches of a file.
pub(crate) trait Batches: Sized + Send {
    /// The format's name in errors.
    const NAME: &str;

    /// Starts to read, and tells the schema and, if the metadata do, the rows.
    fn start(reader: BufReader<File>) -> PolarsResult<(Self, ArrowSchema, Option<u64>)>;

    /// The next one.
    fn next(&mut self) -> PolarsResult<Option<DataFrame>>;
}

impl Batches for FileReader<BufReader<File>> {
    const NAME: &str = "Arrow";

    fn start(mut reader: BufReader<File>) -> PolarsResult<(Self, ArrowSchema, Option<u64>)> {
        let rows = get_row_count(&mut reader)?;
        reader.rewind()?;
        let metadata = read_file_metadata(&mut reader)?;
        let schema = metadata.schema.as_ref().clone();
        Ok((Self::new(reader, metadata, None, None), schema, u64::try_from(rows).ok()))
    }

    fn next(&mut self) -> PolarsResult<Option<DataFrame>> {
        Ok(Iterator::next(self).transpose()?.map(DataFrame::from))
    }
}

impl Batches for StreamReader<BufReader<File>> {
    const NAME: &str = "Arrow stream";

    fn start(mut reader: BufReader<File>) -> PolarsResult<(Self, ArrowSchema, Option<u64>)> {
        let metadata = read_stream_metadata(&mut reader)?;
        let schema = metadata.schema.clone();
        Ok((Self::new(reader, metadata, None), schema, None))
    }

    fn next(&mut self) -> PolarsResult<Option<DataFrame>> {
        match Iterator::next(self).transpose()? {
            Some(StreamState::Some(batch)) => Ok(Some(DataFrame::from(batch))),
            // A file does not grow: "waiting" is its end.
            Some(StreamState::Waiting) | None => Ok(None),
        }
    }
}

/// The file format.
pub(crate) type ArrowFile = Arrow<FileReader<BufReader<File>>>;

/// The stream format.
pub(crate) type ArrowStream = Arrow<StreamReader<BufReader<File>>>;

impl<B: Batches> Source for Arrow<B> {
    fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |error| Error::read(path, error);
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        let (batches, schema, rows) =
            B::start(BufReader::new(file)).map_err(|error| Error::broken(path, B::NAME, error))?;
        let schema = schema_of(path, &schema)?;
        Ok(Self { path: path.to_path_buf(), schema, rows, batches, pending: None, size, seen: 0 })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.rows
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        loop {
            if let Some((batch, done)) = &mut self.pending
                && *done < batch.height()
            {
                let slice = batch.slice(i64::try_from(*done).unwrap_or(i64::MAX), SLICE);
                *done += slice.height();
                return Ok(Some(slice));
            }
            let next = self.batches.next().map_err(|error| Error::broken(&self.path, B::NAME, error))?;
            let Some(batch) = next else { return Ok(None) };
            self.seen += batch.estimated_size() as u64;
            self.pending = Some((batch, 0));
        }
    }

    fn share(&self) -> f64 {
        // Compression hides how far this is; the row count of the metadata is used before this ever is.
        (self.seen as f64 / self.size.max(1) as f64).min(1.0)
    }
}

/// A whole Arrow stream.
///
/// # Errors
/// [`Error::Broken`] or [`Error::Unreadable`].
pub(crate) fn read_stream(path: &Path) -> Result<DataFrame, Error> {
    let mut stream = ArrowStream::open(path)?;
    let mut whole = DataFrame::empty_with_schema(stream.schema());
    while let Some(batch) = stream.next()? {
        whole.vstack_mut_owned(batch).map_err(|error| Error::broken(path, "Arrow stream", error))?;
    }
    Ok(whole)
}
