//! Arrow IPC, record batch by record batch, without mapping the file into memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_arrow::datatypes::ArrowSchema;
use polars_arrow::io::ipc::read::{
    FileReader, StreamReader, StreamState, get_row_count_from_blocks, read_file_metadata, read_stream_metadata,
};

use super::columnar::{Source, alone, by_part, schema_of};
use crate::Error;

/// Rows of a batch: a bigger record batch is handed on in slices.
const SLICE: usize = 128 << 10;

/// Bytes from which on a record batch of which only slices are wanted is read column by column.
const BIG: i64 = 256 << 20;

/// An open file of the file format or the stream format.
pub(crate) struct Arrow<B> {
    path: PathBuf,
    schema: Schema,
    /// The rows of each record batch, if the metadata tell.
    rows: Option<Vec<u64>>,
    batches: B,
    /// The parts of record batches that are still to be read, if these are not all.
    selected: Option<VecDeque<(usize, Vec<Range<usize>>)>>,
    /// A record batch that is handed on in slices, and the rows of it that were.
    pending: Option<(DataFrame, usize)>,
    size: u64,
    seen: u64,
}

/// The record batches of a file.
pub(crate) trait Batches: Sized + Send {
    /// The format's name in errors.
    const NAME: &str;

    /// Starts to read, and tells the schema and, if the metadata do, the rows of each record batch.
    fn start(reader: BufReader<File>) -> PolarsResult<(Self, ArrowSchema, Option<Vec<u64>>)>;

    /// The next one.
    fn next(&mut self) -> PolarsResult<Option<DataFrame>>;

    /// These rows of the record batch of this number, of the file at `path`. Asked only where the rows are told.
    fn part(&mut self, path: &Path, batch: usize, rows: &[Range<usize>]) -> PolarsResult<DataFrame>;
}

impl Batches for FileReader<BufReader<File>> {
    const NAME: &str = "Arrow";

    fn start(mut reader: BufReader<File>) -> PolarsResult<(Self, ArrowSchema, Option<Vec<u64>>)> {
        let metadata = read_file_metadata(&mut reader)?;
        let rows = metadata.blocks.iter().map(|block| {
            let rows = get_row_count_from_blocks(&mut reader, std::slice::from_ref(block))?;
            Ok(u64::try_from(rows).unwrap_or(0))
        });
        let rows = rows.collect::<PolarsResult<_>>()?;
        reader.rewind()?;
        let schema = metadata.schema.as_ref().clone();
        Ok((Self::new(reader, metadata, None, None), schema, Some(rows)))
    }

    fn next(&mut self) -> PolarsResult<Option<DataFrame>> {
        Ok(Iterator::next(self).transpose()?.map(DataFrame::from))
    }

    fn part(&mut self, path: &Path, batch: usize, rows: &[Range<usize>]) -> PolarsResult<DataFrame> {
        if self.metadata().blocks.get(batch).is_none_or(|block| block.body_length < BIG) {
            self.set_current_block(batch);
            return cut(&Batches::next(self)?.unwrap_or_default(), rows);
        }
        let mut columns = Vec::new();
        for column in 0..self.metadata().schema.len() {
            let file = BufReader::new(File::open(path)?);
            let mut one = Self::new(file, self.metadata().clone(), Some(vec![column]), None);
            one.set_current_block(batch);
            columns.extend(cut(&Batches::next(&mut one)?.unwrap_or_default(), rows)?.into_columns());
        }
        DataFrame::new(rows.iter().map(Range::len).sum(), columns)
    }
}

/// Slices of a record batch, as one table of their own.
fn cut(batch: &DataFrame, rows: &[Range<usize>]) -> PolarsResult<DataFrame> {
    let mut parts = batch.clear();
    for rows in rows {
        let part = batch.slice(i64::try_from(rows.start).unwrap_or(i64::MAX), rows.len());
        parts.vstack_mut_owned(part)?;
    }
    alone(&parts)
}

impl Batches for StreamReader<BufReader<File>> {
    const NAME: &str = "Arrow stream";

    fn start(mut reader: BufReader<File>) -> PolarsResult<(Self, ArrowSchema, Option<Vec<u64>>)> {
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

    fn part(&mut self, _: &Path, _: usize, _: &[Range<usize>]) -> PolarsResult<DataFrame> {
        Err(PolarsError::ComputeError("a stream has no places".into()))
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
        Ok(Self { path: path.to_path_buf(), schema, rows, batches, selected: None, pending: None, size, seen: 0 })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        self.rows.as_ref().map(|rows| rows.iter().sum())
    }

    fn select(&mut self, rows: Vec<Range<u64>>) {
        let batches = self.rows.as_deref().unwrap_or_default();
        let mut selected = VecDeque::new();
        for (batch, rows) in by_part(batches, &rows) {
            let places = |rows: &Range<u64>| rows.start as usize..rows.end as usize;
            // As many as are handed on at once.
            for rows in chunked(rows.iter().map(places), SLICE) {
                selected.push_back((batch, rows));
            }
        }
        self.selected = Some(selected);
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        if let Some(selected) = &mut self.selected {
            let Some((batch, rows)) = selected.pop_front() else { return Ok(None) };
            let part = self.batches.part(&self.path, batch, &rows);
            return part.map(Some).map_err(|error| Error::broken(&self.path, B::NAME, error));
        }
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

/// Ranges in lists of at most `most` rows; longer ones are cut.
fn chunked(ranges: impl Iterator<Item = Range<usize>>, most: usize) -> Vec<Vec<Range<usize>>> {
    let mut lists: Vec<Vec<Range<usize>>> = Vec::new();
    let mut room = 0;
    for mut range in ranges {
        while !range.is_empty() {
            if room == 0 {
                lists.push(Vec::new());
                room = most;
            }
            let end = range.end.min(range.start + room);
            if let Some(list) = lists.last_mut() {
                list.push(range.start..end);
            }
            room -= end - range.start;
            range.start = end;
        }
    }
    lists
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

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of ranges is what is meant")]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_handed_on_in_lists_of_bounded_length() {
        let lists = |ranges: &[Range<usize>]| chunked(ranges.iter().cloned(), 10);
        assert_eq!(lists(&[0..3, 5..7]), [vec![0..3, 5..7]]);
        assert_eq!(lists(&[0..10, 15..16]), [vec![0..10], vec![15..16]]);
        assert_eq!(lists(&[4..29, 30..31]), [vec![4..14], vec![14..24], vec![24..29, 30..31]]);
        assert!(lists(&[]).is_empty());
    }
}
