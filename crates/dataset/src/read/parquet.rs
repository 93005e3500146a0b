//! Parquet in slices of row groups, so that a file of any size takes little memory. Pages that hold no row of a slice are not decoded.
//!
//! The file is mapped while a slice is read: up to a row group of it counts as resident, which the system takes back
//! when it needs the memory.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

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
    /// The footer, which is read once.
    metadata: FileMetadataRef,
    /// Slices to come: offset and length in rows.
    slices: VecDeque<(usize, usize)>,
    slices_in_all: usize,
}

impl Source for Parquet {
    fn open(path: &Path) -> Result<Self, Error> {
        let broken = |error| Error::broken(path, "Parquet", error);
        let file = File::open(path).map_err(|error| Error::read(path, error))?;
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().map_err(broken)?.clone();
        let columns = metadata.schema_descr.columns().len().max(1);
        let groups = metadata.row_groups.iter().map(|group| {
            let bytes = group.total_byte_size().max(group.num_rows() * columns * 8);
            (group.num_rows(), bytes)
        });
        let slices = slices(groups);
        let rows = metadata.num_rows as u64;
        let schema = schema_of(path, reader.schema().map_err(broken)?.as_ref())?;
        let slices_in_all = slices.len();
        Ok(Self { path: path.to_path_buf(), schema, rows, metadata, slices, slices_in_all })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn select(&mut self, rows: Vec<Range<u64>>) {
        self.slices = within(&self.slices, &rows);
        self.slices_in_all = self.slices.len();
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        let Some(slice) = self.slices.pop_front() else { return Ok(None) };
        let file = File::open(&self.path).map_err(|error| Error::read(&self.path, error))?;
        let mut reader = ParquetReader::new(file).with_slice(Some(slice));
        reader.set_metadata(self.metadata.clone());
        reader.finish().map(Some).map_err(|error| Error::broken(&self.path, "Parquet", error))
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

/// The parts of `slices` that `rows` hold; both are in order and apart.
fn within(slices: &VecDeque<(usize, usize)>, rows: &[Range<u64>]) -> VecDeque<(usize, usize)> {
    let mut parts = VecDeque::new();
    let mut slices = slices.iter().peekable();
    for rows in rows {
        let (from, to) = (rows.start as usize, rows.end as usize);
        while slices.next_if(|(start, length)| start + length <= from).is_some() {}
        let mut at = from;
        while let Some((start, length)) = slices.peek().filter(|_| at < to) {
            let end = (start + length).min(to);
            parts.push_back((at, end - at));
            at = end;
            if at < to {
                slices.next();
            }
        }
    }
    parts
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of ranges is what is meant")]
mod tests {
    use super::*;

    #[test]
    fn selected_rows_are_cut_like_the_slices() {
        let slices = VecDeque::from([(0, 10), (10, 10), (20, 5)]);
        for (rows, parts) in [
            (vec![0..25], vec![(0, 10), (10, 10), (20, 5)]),
            (vec![3..5, 7..8], vec![(3, 2), (7, 1)]),
            (vec![8..12, 19..20, 24..25], vec![(8, 2), (10, 2), (19, 1), (24, 1)]),
            (vec![10..20], vec![(10, 10)]),
            (vec![], vec![]),
        ] {
            assert_eq!(within(&slices, &rows), parts, "{rows:?}");
        }
    }

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
