//! Hive partitions: `day=2024-01-03/` in a path is a column of the rows in the file.

use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::{ColumnType, Progress, Reader, Stop};
use crate::Error;
use crate::slices::Part;

/// The name that writers give to the partition of nulls.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The partitions in a path below the data set's root: pairs of column and value.
pub(crate) fn of(relative: &Path) -> Vec<(String, Option<String>)> {
    let folders = relative.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|folder| {
            let (key, value) = folder.as_os_str().to_str()?.split_once('=')?;
            let value = (value != NULL).then(|| decode(value));
            (!key.is_empty()).then(|| (decode(key), value))
        })
        .collect()
}

/// `%20` and the like, which writers put in place of bytes that a path cannot hold.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = (byte == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// A reader whose files lie in partitions.
pub(crate) struct Partitioned {
    inner: Box<dyn Reader>,
    /// New columns: name and type.
    columns: Vec<(PlSmallStr, DataType)>,
    /// Their values by file.
    values: Vec<Vec<AnyValue<'static>>>,
}

impl Partitioned {
    /// Adds the columns of `partitions` (one list for each file) to what `inner` reads, unless the files have them.
    ///
    /// # Errors
    /// [`Error::MixedSchemas`] if the files lie in partitions of different names.
    pub(crate) fn new(
        inner: Box<dyn Reader>,
        files: &[PathBuf],
        partitions: &[Vec<(String, Option<String>)>],
    ) -> Result<Self, Error> {
        let keys = |file: usize| partitions[file].iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>();
        if let Some(other) = (1..partitions.len()).find(|&file| keys(file) != keys(0)) {
            return Err(Error::MixedSchemas {
                first: files[0].clone(),
                second: files[other].clone(),
                difference: format!("the partitions are {:?} and {:?}", keys(0), keys(other)),
            });
        }
        let known = inner.columns();
        let new: Vec<usize> = (0..partitions.first().map_or(0, Vec::len))
            .filter(|&key| known.iter().all(|column| column.name != partitions[0][key].0))
            .collect();
        let number = |key: usize| {
            partitions.iter().all(|file| file[key].1.as_ref().is_none_or(|value| value.parse::<i64>().is_ok()))
        };
        let numbers: Vec<bool> = new.iter().map(|&key| number(key)).collect();
        let value = |file: usize, key: usize, number: bool| match &partitions[file][key].1 {
            None => AnyValue::Null,
            Some(value) if number => AnyValue::Int64(value.parse().unwrap_or_default()),
            Some(value) => AnyValue::StringOwned(value.into()),
        };
        let row = |file| new.iter().zip(&numbers).map(|(&key, &number)| value(file, key, number)).collect();
        Ok(Self {
            columns: new
                .iter()
                .zip(&numbers)
                .map(|(&key, &number)| {
                    let name = partitions[0][key].0.as_str().into();
                    (name, if number { DataType::Int64 } else { DataType::String })
                })
                .collect(),
            values: (0..partitions.len()).map(row).collect(),
            inner,
        })
    }
}

impl Reader for Partitioned {
    fn columns(&self) -> Vec<ColumnType> {
        let new = self.columns.iter().map(|(name, dtype)| ColumnType::plain(name.clone(), dtype.clone()));
        self.inner.columns().into_iter().chain(new).collect()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        let Some(mut batch) = self.inner.next()? else { return Ok(None) };
        let file = self.inner.file();
        for ((name, dtype), value) in self.columns.iter().zip(&self.values[file]) {
            let scalar = Scalar::new(dtype.clone(), value.clone());
            let column = Column::new_scalar(name.clone(), scalar, batch.height());
            batch.with_column(column).map_err(|error| Error::broken(&self.inner.place(), "partition", error))?;
        }
        Ok(Some(batch))
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.inner.restart()
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }

    fn total_rows(&self) -> Option<u64> {
        self.inner.total_rows()
    }

    fn notes(&self) -> Vec<String> {
        self.inner.notes()
    }

    fn file(&self) -> usize {
        self.inner.file()
    }

    fn place(&self) -> PathBuf {
        self.inner.place()
    }

    fn part(&self) -> Part {
        self.inner.part()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_a_sign_are_partitions() {
        let of = |path: &str| of(Path::new(path));
        assert_eq!(of("a.parquet"), []);
        assert_eq!(of("x=1.parquet"), []);
        assert_eq!(
            of("day=2024-01-03/country=C%C3%B4te%20d/part=0.parquet"),
            [("day".into(), Some("2024-01-03".into())), ("country".into(), Some("Côte d".into()))]
        );
        assert_eq!(of("day=__HIVE_DEFAULT_PARTITION__/a.csv"), [("day".into(), None)]);
        assert_eq!(of("a%zz=%/b.csv"), [("a%zz".into(), Some("%".into()))]);
    }
}
