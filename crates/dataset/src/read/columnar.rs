//! Formats that store their schema: file after file, batch after batch.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema};

use super::{ColumnType, FileReader, Progress, Reader, Stop, guarded, term};
use crate::Error;
use crate::slices::{Part, Wanted};

/// One open file of such a format.
pub(crate) trait Source: Sized + Send {
    /// Opens a file and reads its schema.
    fn open(path: &Path) -> Result<Self, Error>;

    /// Names and types of its columns.
    fn schema(&self) -> &Schema;

    /// Its rows, if its metadata tell.
    fn rows(&self) -> Option<u64>;

    /// Confines it to these rows, which are in order and apart. Asked only of what tells its [`rows`](Self::rows).
    fn select(&mut self, _rows: Vec<Range<u64>>) {}

    /// The next rows; `None` at the end.
    fn next(&mut self) -> Result<Option<DataFrame>, Error>;

    /// Share of its bytes that was read, 0 to 1.
    fn share(&self) -> f64;
}

/// Files of one schema.
pub(crate) struct Columnar<S> {
    files: Vec<PathBuf>,
    sizes: Vec<u64>,
    schema: Schema,
    total_rows: Option<u64>,
    /// What to read, if that is not all.
    selected: Option<Selected>,
    current: Option<S>,
    next_file: usize,
    rows: u64,
    /// Bytes of the files that were left, as far as they were read.
    read: f64,
}

/// Rows of a part of the files.
struct Selected {
    /// The rows of each file that has some, by its place among the files.
    rows: BTreeMap<usize, Vec<Range<u64>>>,
    /// How many slices of the whole they are.
    slices: u64,
}

impl<S: Source> Columnar<S> {
    /// Opens `files`, whose sizes in bytes are `sizes`, and compares their schemas: metadata only. Of more rows than are `wanted`
    /// slices are read, if the metadata tell the rows.
    pub(crate) fn open(files: Vec<PathBuf>, sizes: Vec<u64>, wanted: Option<Wanted>) -> Result<Self, Error> {
        let Some(first) = files.first() else {
            return Err(Error::Spec { text: String::new(), why: "no file to read".to_owned() });
        };
        let source = guarded(first, || S::open(first))?;
        let schema = source.schema().clone();
        let mut rows = vec![source.rows()];
        for path in &files[1..] {
            let other = guarded(path, || S::open(path))?;
            if let Some(difference) = difference(first, &schema, path, other.schema()) {
                return Err(Error::MixedSchemas { first: first.clone(), second: path.clone(), difference });
            }
            rows.push(other.rows());
        }
        let rows: Option<Vec<u64>> = rows.into_iter().collect();
        let total_rows = rows.as_ref().map(|rows| rows.iter().sum());
        let slices = wanted.zip(total_rows).and_then(|(wanted, total)| wanted.of(total));
        let selected = rows
            .zip(slices)
            .map(|(rows, slices)| Selected { rows: by_part(&rows, &slices), slices: slices.len() as u64 });
        Ok(Self { files, sizes, schema, total_rows, selected, current: None, next_file: 0, rows: 0, read: 0.0 })
    }

    /// Leaves the file that is being read.
    fn leave(&mut self) {
        if let Some(source) = self.current.take() {
            self.read += self.sizes[self.next_file - 1] as f64 * source.share();
        }
    }
}

impl<S: Source> Reader for Columnar<S> {
    fn columns(&self) -> Vec<ColumnType> {
        self.schema.iter().map(|(name, dtype)| ColumnType::plain(name.clone(), dtype.clone())).collect()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        loop {
            if let Some(source) = &mut self.current {
                if let Some(batch) = source.next()? {
                    self.rows += batch.height() as u64;
                    return Ok(Some(batch));
                }
                self.leave();
            }
            let rows = match &self.selected {
                None => None,
                Some(selected) => match selected.rows.range(self.next_file..).next() {
                    None => return Ok(None),
                    Some((file, rows)) => {
                        self.next_file = *file;
                        Some(rows.clone())
                    }
                },
            };
            let Some(path) = self.files.get(self.next_file) else { return Ok(None) };
            let mut source = S::open(path)?;
            if let Some(rows) = rows {
                source.select(rows);
            }
            self.current = Some(source);
            self.next_file += 1;
        }
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.current = None;
        self.next_file = 0;
        (self.rows, self.read) = (0, 0.0);
        Ok(())
    }

    fn progress(&self) -> Progress {
        let size = self.sizes.get(self.file()).copied().unwrap_or(0) as f64;
        let read = self.read + self.current.as_ref().map_or(0.0, |source| size * source.share());
        let all: u64 = self.sizes.iter().sum();
        Progress { rows: self.rows, share: read / all.max(1) as f64 }
    }

    fn total_rows(&self) -> Option<u64> {
        self.total_rows
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn file(&self) -> usize {
        self.next_file.saturating_sub(1)
    }

    fn place(&self) -> PathBuf {
        self.files[self.next_file.saturating_sub(1).min(self.files.len() - 1)].clone()
    }

    fn part(&self) -> Part {
        self.selected.as_ref().map_or(Part::All, |selected| Part::Slices(selected.slices))
    }
}

impl<S: Source> FileReader for Columnar<S> {
    fn skip_to(&mut self, file: usize) {
        self.leave();
        self.next_file = file;
    }
}

/// The slices of a table that lies in parts (files, record batches) of so many `rows`, part by part, counted from the first row of
/// each.
pub(crate) fn by_part(rows: &[u64], slices: &[Range<u64>]) -> BTreeMap<usize, Vec<Range<u64>>> {
    let mut parts: BTreeMap<usize, Vec<Range<u64>>> = BTreeMap::new();
    let mut slices = slices.iter().peekable();
    let mut start = 0;
    for (part, rows) in rows.iter().enumerate() {
        let end = start + rows;
        while let Some(slice) = slices.peek().filter(|slice| slice.start < end) {
            let inside = slice.start.max(start) - start..slice.end.min(end) - start;
            if !inside.is_empty() {
                parts.entry(part).or_default().push(inside);
            }
            if slice.end > end {
                break;
            }
            slices.next();
        }
        start = end;
    }
    parts
}

/// A copy of a few rows that does not keep alive the batch which they were a part of.
///
/// # Errors
/// The engine's.
pub(crate) fn alone(rows: &DataFrame) -> PolarsResult<DataFrame> {
    let all: IdxCa = (0..rows.height() as IdxSize).collect_ca(PlSmallStr::EMPTY);
    let copied = rows.take(&all)?;
    let columns = copied.columns().iter().map(|column| {
        // Texts are views of buffers, which a copy of the views still shares.
        let Ok(texts) = column.str() else { return column.clone() };
        let arrays = texts.downcast_iter().map(|array| array.clone().gc());
        StringChunked::from_chunk_iter(column.name().clone(), arrays).into_column()
    });
    DataFrame::new(copied.height(), columns.collect())
}

/// The names and types of an Arrow schema.
///
/// # Errors
/// [`Error::Broken`] that names a column whose type the engine does not know.
pub(crate) fn schema_of(path: &Path, schema: &ArrowSchema) -> Result<Schema, Error> {
    match schema.iter_values().find_map(|field| unknown(&field.dtype).map(|name| (field, name))) {
        Some((field, name)) => Err(unknown_type(path, &field.name, name)),
        None => Ok(Schema::from_arrow_schema(schema)),
    }
}

/// The error for a column whose type the engine does not know.
pub(crate) fn unknown_type(path: &Path, column: &str, name: &str) -> Error {
    Error::Broken {
        path: path.to_path_buf(),
        what: format!("column `{column}` has the type {name}, which Benchbook cannot read"),
        advice: "Write the file without this column, or with another type (float32 in place of float16).".to_owned(),
    }
}

/// The name of a type in `dtype` that the engine does not know.
fn unknown(dtype: &ArrowDataType) -> Option<&'static str> {
    match dtype {
        ArrowDataType::Float16 => Some("float16"),
        ArrowDataType::Union(_) => Some("union"),
        ArrowDataType::Interval(_) => Some("interval"),
        ArrowDataType::Int128 | ArrowDataType::UInt128 => Some("128-bit integer"),
        ArrowDataType::List(field)
        | ArrowDataType::LargeList(field)
        | ArrowDataType::FixedSizeList(field, _)
        | ArrowDataType::Map(field, _) => unknown(&field.dtype),
        ArrowDataType::Struct(fields) => fields.iter().find_map(|field| unknown(&field.dtype)),
        ArrowDataType::Dictionary(_, values, _) => unknown(values),
        ArrowDataType::Extension(extension) => unknown(&extension.inner),
        _ => None,
    }
}

/// The first column in which two schemas differ, in words.
fn difference(first: &Path, schema: &Schema, second: &Path, other: &Schema) -> Option<String> {
    let show = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if schema == other {
        return None;
    }
    for (name, dtype) in schema.iter() {
        match other.get(name) {
            None => return Some(format!("column `{name}` of {} is missing in {}", show(first), show(second))),
            Some(found) if found != dtype => {
                // Two types with one name differ inside: a time's unit, a decimal's scale, a list's values.
                let (one, two) = match (term(dtype), term(found)) {
                    (one, two) if one == two => (format!("{dtype:?}"), format!("{found:?}")),
                    (one, two) => (one.to_owned(), two.to_owned()),
                };
                return Some(format!("column `{name}` is {one} in {}, but {two} in {}", show(first), show(second)));
            }
            Some(_) => {}
        }
    }
    let extra = other.iter_names().find(|name| !schema.contains(name));
    Some(match extra {
        Some(name) => format!("column `{name}` of {} is missing in {}", show(second), show(first)),
        None => format!("{} and {} have their columns in different orders", show(first), show(second)),
    })
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of ranges is what is meant")]
mod tests {
    use super::*;

    #[test]
    fn slices_are_cut_at_the_ends_of_parts() {
        let cut = |rows: &[u64], slices: &[Range<u64>]| by_part(rows, slices).into_iter().collect::<Vec<_>>();
        assert_eq!(cut(&[10], &[2..4, 6..10]), [(0, vec![2..4, 6..10])]);
        assert_eq!(cut(&[5, 0, 5, 5], &[1..2, 3..12]), [(0, vec![1..2, 3..5]), (2, vec![0..5]), (3, vec![0..2])]);
        assert_eq!(cut(&[5, 5, 5], &[12..13]), [(2, vec![2..3])]);
        assert_eq!(cut(&[0, 1], &[0..1]), [(1, vec![0..1])]);
        assert_eq!(cut(&[5, 5], &[0..5, 5..6]), [(0, vec![0..5]), (1, vec![0..1])]);
    }

    #[test]
    fn the_first_difference_is_told() {
        let schema = |columns: &[(&str, DataType)]| {
            columns.iter().map(|(name, dtype)| ((*name).into(), dtype.clone())).collect::<Schema>()
        };
        let base = schema(&[("a", DataType::Int64), ("b", DataType::String)]);
        let against = |other: &[(&str, DataType)]| {
            difference(Path::new("x/1.parquet"), &base, Path::new("x/2.parquet"), &schema(other))
        };
        assert_eq!(against(&[("a", DataType::Int64), ("b", DataType::String)]), None);
        assert_eq!(
            against(&[("a", DataType::Float64), ("b", DataType::String)]).unwrap(),
            "column `a` is i64 in 1.parquet, but f64 in 2.parquet"
        );
        assert_eq!(against(&[("a", DataType::Int64)]).unwrap(), "column `b` of 1.parquet is missing in 2.parquet");
        let more = [("a", DataType::Int64), ("b", DataType::String), ("c", DataType::Date)];
        assert_eq!(against(&more).unwrap(), "column `c` of 2.parquet is missing in 1.parquet");
        assert!(against(&[("b", DataType::String), ("a", DataType::Int64)]).unwrap().contains("orders"));
    }
}
