//! Parquet in slices of row groups, so that a file of any size takes little memory.
//!
//! The file is mapped while a slice is read: up to a row group of it counts as resident, which the system takes back
//! when it needs the memory.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::io::HiveOptions;
use polars::prelude::*;

use super::columnar::{Source, schema_of};
use crate::Error;

/// Bytes that a slice takes in memory, about.
const SLICE: usize = 24 << 20;

/// An open Parquet file.
pub(crate) struct Parquet {
    path: PathBuf,
    schema: Schema,
    rows: u64,
    /// Slices to come: offset and length in rows.
    slices: VecDeque<(usize, usize)>,
    slices_in_all: usize,
}

impl Parquet {
    fn scan(path: &Path) -> PolarsResult<LazyFrame> {
        // Partitions in the path are added by the caller, for all formats alike.
        let hive_options = HiveOptions { enabled: Some(false), ..HiveOptions::default() };
        let args = ScanArgsParquet { glob: false, hive_options, ..Default::default() };
        LazyFrame::scan_parquet(PlRefPath::try_from_path(path)?, args)
    }
}

impl Source for Parquet {
    fn open(path: &Path) -> Result<Self, Error> {
        let broken = |error| Error::broken(path, "Parquet", error);
        let file = File::open(path).map_err(|error| Error::read(path, error))?;
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().map_err(broken)?;
        let columns = metadata.schema_descr.columns().len().max(1);
        let groups = metadata.row_groups.iter().map(|group| {
            let bytes = group.total_byte_size().max(group.num_rows() * columns * 8);
            (group.num_rows(), bytes)
        });
        let slices = slices(groups);
        let rows = metadata.num_rows as u64;
        let schema = schema_of(path, reader.schema().map_err(broken)?.as_ref())?;
        let slices_in_all = slices.len();
        Ok(Self { path: path.to_path_buf(), schema, rows, slices, slices_in_all })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        let Some((offset, length)) = self.slices.pop_front() else { return Ok(None) };
        let slice = Self::scan(&self.path)
            .and_then(|lazy| lazy.slice(i64::try_from(offset).unwrap_or(i64::MAX), length as IdxSize).collect());
        slice.map(Some).map_err(|error| Error::broken(&self.path, "Parquet", error))
    }

    fn share(&self) -> f64 {
        1.0 - self.slices.len() as f64 / self.slices_in_all.max(1) as f64
    }
}

/// Slices of about [`SLICE`] bytes, from the rows and bytes of the row groups: small groups are joined, big ones are cut.
fn slices(groups: impl Iterator<Item = (usize, usize)>) -> VecDeque<(usize, usize)> {
    let mut slices = VecDeque::new();
    let (mut start, mut length, mut size) = (0, 0, 0);
    for (rows, bytes) in groups {
        if length > 0 && size + bytes > SLICE {
            slices.push_back((start, length));
            (start, length, size) = (start + length, 0, 0);
        }
        let parts = bytes.div_ceil(SLICE).max(1);
        if parts == 1 {
            length += rows;
            size += bytes;
            continue;
        }
        let part = rows.div_ceil(parts).max(1);
        let end = start + rows;
        while start < end {
            let rows = part.min(end - start);
            slices.push_back((start, rows));
            start += rows;
        }
    }
    if length > 0 {
        slices.push_back((start, length));
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_all_rows_in_order() {
        let cases: [&[(usize, usize)]; 6] = [
            &[],
            &[(0, 0)],
            &[(10, 100)],
            &[(10, SLICE / 2), (20, SLICE / 2), (30, SLICE / 2)],
            &[(5, 100), (1000, SLICE * 10 + 1), (7, 100)],
            &[(1, SLICE * 3)],
        ];
        for groups in cases {
            let slices = slices(groups.iter().copied());
            let mut next = 0;
            for (start, length) in &slices {
                assert_eq!(*start, next, "{groups:?}");
                assert!(*length > 0);
                next += length;
            }
            assert_eq!(next, groups.iter().map(|group| group.0).sum::<usize>(), "{groups:?}");
        }
        assert_eq!(slices([(10, SLICE / 2), (20, SLICE / 2), (30, SLICE / 2)].into_iter()).len(), 2);
        assert_eq!(slices([(1000, SLICE * 10)].into_iter()).len(), 10);
    }
}
