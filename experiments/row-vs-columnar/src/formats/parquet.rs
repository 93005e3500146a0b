//! Parquet: columns in row groups, each column chunk with its own encoding, compression and statistics.

use std::fs::File;
use std::path::Path;

use anyhow::Context;
use polars::io::parquet::metadata::FileMetadataRef;
use polars::polars_utils::compression::{GzipLevel, ZstdLevel};
use polars::prelude::*;

/// How a Parquet file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parquet {
    /// Codec and level.
    pub(crate) compression: ParquetCompression,
    /// Most rows of a row group.
    pub(crate) row_group_rows: usize,
}

impl Parquet {
    /// The codec called `codec`, with a level where it has one.
    pub(super) fn compression(codec: &str, level: Option<i32>) -> anyhow::Result<ParquetCompression> {
        Ok(match codec {
            "none" => ParquetCompression::Uncompressed,
            "snappy" => ParquetCompression::Snappy,
            "lz4" => ParquetCompression::Lz4Raw,
            "gzip" => ParquetCompression::Gzip(level.map(|l| GzipLevel::try_new(l.unsigned_abs() as u8)).transpose()?),
            "zstd" => ParquetCompression::Zstd(level.map(ZstdLevel::try_new).transpose()?),
            other => anyhow::bail!("Parquet has no codec called {other:?}"),
        })
    }

    pub(super) fn sink(self) -> FileWriteFormat {
        FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions {
            compression: self.compression,
            row_group_size: Some(self.row_group_rows),
            ..Default::default()
        }))
    }
}

/// A lazy table over a file.
pub(super) fn scan(path: &Path) -> PolarsResult<LazyFrame> {
    super::fetch::parquet_footer(&mut File::open(path)?)?;
    LazyFrame::scan_parquet(PlRefPath::try_from_path(path)?, ScanArgsParquet { glob: false, ..Default::default() })
}

/// The rows of each row group, and the compressed bytes of each of its columns in the order of the schema.
pub(crate) fn row_groups(path: &Path) -> anyhow::Result<Vec<(usize, Vec<u64>)>> {
    let metadata = metadata(path)?;
    Ok(metadata
        .row_groups
        .iter()
        .map(|group| {
            let bytes = group.parquet_columns().iter().map(|chunk| chunk.compressed_size().unsigned_abs()).collect();
            (group.num_rows(), bytes)
        })
        .collect())
}

fn metadata(path: &Path) -> anyhow::Result<FileMetadataRef> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    Ok(Arc::clone(ParquetReader::new(file).get_metadata()?))
}
