//! Columnar files as experiments write and map them.
//!
//! Polars' readers and writers are generic over the file: through these functions they are compiled once, here, and not again
//! in every experiment.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use polars::io::ipc::IpcReader;
use polars::prelude::*;

/// Writes a table as a Parquet file; its bytes. Row groups are of one size, about that of the options: where it matters which
/// rows are read together, [`write_row_groups`] is exact.
///
/// # Errors
/// The engine's: a type that Parquet does not have, a target that cannot be written.
pub fn write_parquet(
    frame: &mut DataFrame,
    options: &ParquetWriteOptions,
    target: &mut dyn Write,
) -> PolarsResult<u64> {
    options.to_writer(target).finish(frame)
}

/// Writes tables of one schema as a Parquet file, each as a row group of its own; the bytes of the file. `parallel`: columns are
/// compressed on all cores. No more than one table is asked for at a time.
///
/// # Errors
/// Those of `groups`, and those of [`write_parquet`].
pub fn write_row_groups(
    groups: &mut dyn Iterator<Item = PolarsResult<DataFrame>>,
    schema: &Schema,
    options: &ParquetWriteOptions,
    parallel: bool,
    target: &mut dyn Write,
) -> PolarsResult<u64> {
    let mut writer = options.to_writer(target).set_parallel(parallel).batched(schema)?;
    for group in groups {
        writer.write_batch(&group?)?;
    }
    writer.finish()
}

/// Writes a table as an uncompressed Arrow IPC file, each of its chunks as a record batch.
///
/// # Errors
/// The engine's: a type that Arrow does not have, a target that cannot be written.
pub fn write_arrow(frame: &mut DataFrame, target: &mut dyn Write) -> PolarsResult<()> {
    IpcWriter::new(target).finish(frame)
}

/// Maps an open, uncompressed Arrow IPC file into memory: its pages *are* the columns, and only what is touched is read. Its record
/// batches stay apart, since joining them would read them all; `columns` are those that are wanted, or all.
///
/// # Errors
/// If it cannot be read, or is no Arrow file with these columns.
///
/// # Safety
/// As long as the table lives, nobody changes the file or cuts it short, and what it holds is valid Arrow data.
pub unsafe fn map_arrow(file: File, path: &Path, columns: Option<Vec<String>>) -> PolarsResult<DataFrame> {
    // SAFETY: the caller's promise.
    let reader = unsafe { IpcReader::new(BufReader::new(file)).memory_mapped(Some(path.to_path_buf())) };
    reader.with_columns(columns).set_rechunk(false).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> DataFrame {
        df!("n" => (0..10_i64).collect::<Vec<_>>(), "t" => (0..10).map(|i| format!("text {i}")).collect::<Vec<_>>())
            .unwrap()
    }

    #[test]
    fn an_arrow_file_gives_back_its_rows_in_their_batches() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.arrow");
        let mut chunked = table().slice(0, 4);
        chunked.vstack_mut(&table().slice(4, 6)).unwrap();
        write_arrow(&mut chunked, &mut File::create(&path).unwrap()).unwrap();
        // SAFETY: it was written above, and is left alone.
        let map = |columns| unsafe { map_arrow(File::open(&path).unwrap(), &path, columns) };
        let all = map(None).unwrap();
        assert!(all.equals(&table()));
        assert_eq!(all.first_col_n_chunks(), 2);
        assert_eq!(map(Some(vec!["t".to_owned()])).unwrap().get_column_names(), ["t"]);
        assert!(map(Some(vec!["x".to_owned()])).is_err());
        std::fs::write(&path, "ARROW1 and nothing more").unwrap();
        assert!(map(None).is_err());
    }

    #[test]
    fn a_parquet_file_gives_back_its_rows_in_their_groups() {
        let options = ParquetWriteOptions { row_group_size: Some(4), ..Default::default() };
        let mut whole = Vec::new();
        assert_eq!(write_parquet(&mut table(), &options, &mut whole).unwrap(), whole.len() as u64);

        let table = table();
        let mut groups = [(0, 7), (7, 3)].into_iter().map(|(first, rows)| Ok(table.slice(first, rows)));
        let mut parts = Vec::new();
        let bytes = write_row_groups(&mut groups, table.schema(), &ParquetWriteOptions::default(), false, &mut parts);
        assert_eq!(bytes.unwrap(), parts.len() as u64);

        for (file, rows) in [(whole, vec![5, 5]), (parts, vec![7, 3])] {
            let mut reader = ParquetReader::new(std::io::Cursor::new(file));
            let groups = &reader.get_metadata().unwrap().row_groups;
            assert_eq!(groups.iter().map(|group| group.num_rows()).collect::<Vec<_>>(), rows);
            assert!(reader.finish().unwrap().equals(&table));
        }

        let broken = PolarsError::ComputeError("the source broke".into());
        let failed = write_row_groups(
            &mut [Err(broken)].into_iter(),
            table.schema(),
            &ParquetWriteOptions::default(),
            false,
            &mut Vec::new(),
        );
        assert!(failed.unwrap_err().to_string().contains("the source broke"));
    }
}
