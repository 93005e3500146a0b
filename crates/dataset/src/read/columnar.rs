//! Formats that store their schema: file after file, batch after batch.

use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema};

use super::{ColumnType, Progress, Reader, Stop, guarded, term};
use crate::Error;

/// One open file of such a format.
pub(crate) trait Source: Sized + Send {
    /// Opens a file and reads its schema.
    fn open(path: &Path) -> Result<Self, Error>;

    /// Names and types of its columns.
    fn schema(&self) -> &Schema;

    /// Its rows, if its metadata tell.
    fn rows(&self) -> Option<u64>;

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
    current: Option<S>,
    next_file: usize,
    rows: u64,
}

impl<S: Source> Columnar<S> {
    /// Opens `files`, whose sizes in bytes are `sizes`, and compares their schemas: metadata only.
    pub(crate) fn open(files: Vec<PathBuf>, sizes: Vec<u64>) -> Result<Self, Error> {
        let Some(first) = files.first() else {
            return Err(Error::Spec { text: String::new(), why: "no file to read".to_owned() });
        };
        let source = guarded(first, || S::open(first))?;
        let schema = source.schema().clone();
        let mut total_rows = source.rows();
        for path in &files[1..] {
            let other = guarded(path, || S::open(path))?;
            if let Some(difference) = difference(first, &schema, path, other.schema()) {
                return Err(Error::MixedSchemas { first: first.clone(), second: path.clone(), difference });
            }
            total_rows = total_rows.zip(other.rows()).map(|(rows, more)| rows + more);
        }
        Ok(Self { files, sizes, schema, total_rows, current: None, next_file: 0, rows: 0 })
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
                self.current = None;
            }
            let Some(path) = self.files.get(self.next_file) else { return Ok(None) };
            self.current = Some(S::open(path)?);
            self.next_file += 1;
        }
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.current = None;
        self.next_file = 0;
        self.rows = 0;
        Ok(())
    }

    fn progress(&self) -> Progress {
        let before = self.next_file.saturating_sub(1);
        let read: u64 = self.sizes[..before].iter().sum();
        let size = self.sizes.get(before).copied().unwrap_or(0) as f64;
        let current = self.current.as_ref().map_or(1.0, S::share);
        let all: u64 = self.sizes.iter().sum();
        Progress { rows: self.rows, share: (read as f64 + size * current) / all.max(1) as f64 }
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
mod tests {
    use super::*;

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
