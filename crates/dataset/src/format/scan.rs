//! A lazy table over files of one format.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use polars::io::HiveOptions;
use polars::io::avro::AvroReader;
use polars::io::ipc::IpcScanOptions;
use polars::prelude::*;

use super::Format;
use crate::Error;
use crate::read::sniff;

/// A lazy table over `paths`, in their sorted order. Hive partitions in the paths become columns of Parquet tables.
///
/// Avro and Arrow streams have no lazy reader: they are read here, whole, and the returned table starts from memory.
/// The types of CSV and JSON Lines are guessed from their first rows: name them with [`scan_with_schema`] where
/// answers must agree across formats.
///
/// # Errors
/// [`Error::Broken`], [`Error::Unreadable`] and the like, naming the first file; a lazy read may fail later.
pub fn scan(paths: &[PathBuf], format: Format) -> Result<LazyFrame, Error> {
    scan_any(paths, format, None)
}

/// [`scan`] with the names and types of the columns, which text formats do not store. Other formats ignore it.
///
/// # Errors
/// As [`scan`].
pub fn scan_with_schema(paths: &[PathBuf], format: Format, schema: SchemaRef) -> Result<LazyFrame, Error> {
    scan_any(paths, format, Some(schema))
}

/// The working table that [`open`](crate::open) made.
///
/// # Errors
/// [`Error::Broken`] or [`Error::Unreadable`] if the file is gone or not whole.
pub fn read_table(path: &Path) -> Result<LazyFrame, Error> {
    scan(&[path.to_path_buf()], Format::ArrowFile)
}

/// The casts that a table needs before it can be written as `format`: Avro knows only 32- and 64-bit signed integers.
///
/// The working table otherwise holds only types that every format carries.
#[must_use]
pub fn casts_for(format: Format, schema: &Schema) -> Vec<Expr> {
    if format != Format::Avro {
        return Vec::new();
    }
    let cast = |name: &PlSmallStr, to| col(name.clone()).strict_cast(to);
    schema
        .iter()
        .filter_map(|(name, dtype)| match dtype {
            DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => Some(cast(name, DataType::Int32)),
            DataType::UInt32 => Some(cast(name, DataType::Int64)),
            // Hashes use all 64 bits: as text they stay exact.
            DataType::UInt64 => Some(cast(name, DataType::String)),
            _ => None,
        })
        .collect()
}

/// The folder above all partitions: what the paths share, up to the first `key=value`.
fn partition_root(paths: &[PathBuf]) -> PathBuf {
    let mut root = paths.first().and_then(|path| path.parent()).unwrap_or(Path::new("")).to_path_buf();
    while !paths.iter().all(|path| path.starts_with(&root)) && root.pop() {}
    while root.file_name().is_some_and(|name| name.to_string_lossy().contains('=')) && root.pop() {}
    root
}

fn scan_any(paths: &[PathBuf], format: Format, schema: Option<SchemaRef>) -> Result<LazyFrame, Error> {
    let mut paths = paths.to_vec();
    paths.sort();
    let Some(first) = paths.first().cloned() else {
        return Err(Error::Spec { text: String::new(), why: "no file to scan".to_owned() });
    };
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(Error::NoSuchPath { path: missing.clone() });
    }
    let engine = |error| Error::broken(&first, format.name(), error);
    let sources = || -> Result<ScanSources, Error> {
        let paths: Result<Vec<_>, _> = paths.iter().map(|path| PlRefPath::try_from_path(path)).collect();
        Ok(ScanSources::Paths(paths.map_err(engine)?.into()))
    };
    match format {
        Format::Csv | Format::Tsv | Format::CsvGz | Format::CsvZst => {
            let dialect = sniff::dialect(&first, format)?;
            LazyCsvReader::new_with_sources(sources()?)
                .with_glob(false)
                .with_separator(dialect.separator)
                .with_eol_char(dialect.line_end)
                .with_try_parse_dates(true)
                .with_schema(schema)
                .finish()
                .map_err(engine)
        }
        Format::JsonLines | Format::JsonLinesGz | Format::JsonLinesZst => {
            LazyJsonLineReader::new_with_sources(sources()?).with_schema(schema).finish().map_err(engine)
        }
        Format::Parquet => {
            // Partition values stay what the path says: `day=2024-01-03` is a text, so that it compares with one.
            let hive_start_idx = partition_root(&paths).to_string_lossy().len();
            let hive_options = HiveOptions { hive_start_idx, try_parse_dates: false, ..HiveOptions::new_enabled() };
            let args = ScanArgsParquet { glob: false, hive_options, ..Default::default() };
            LazyFrame::scan_parquet_sources(sources()?, args).map_err(engine)
        }
        Format::ArrowFile => {
            let args = UnifiedScanArgs { glob: false, ..Default::default() };
            LazyFrame::scan_ipc_sources(sources()?, IpcScanOptions::default(), args).map_err(engine)
        }
        Format::Avro => {
            let frames = paths.iter().map(|path| {
                let file = File::open(path).map_err(|error| Error::read(path, error))?;
                let frame = AvroReader::new(BufReader::new(file)).finish();
                Ok(frame.map_err(|error| Error::broken(path, format.name(), error))?.lazy())
            });
            concat(frames.collect::<Result<Vec<_>, Error>>()?, UnionArgs::default()).map_err(engine)
        }
        Format::ArrowStream => {
            let frames = paths.iter().map(|path| crate::read::arrow::read_stream(path).map(IntoLazy::lazy));
            concat(frames.collect::<Result<Vec<_>, Error>>()?, UnionArgs::default()).map_err(engine)
        }
    }
}
