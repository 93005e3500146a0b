//! Arrow IPC: the columns as they lie in memory, in batches, maybe compressed buffer by buffer.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use anyhow::Context;
use polars::io::ipc::{IpcCompression, IpcScanOptions, IpcWriterOptions};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;
use polars_arrow::datatypes::PhysicalType;
use polars_arrow::io::ipc::format::ipc::planus::ReadAsRoot;
use polars_arrow::io::ipc::format::ipc::{MessageHeaderRef, MessageRef};
use polars_arrow::io::ipc::read::{FileMetadata, read_file_metadata};

/// Bytes between the start of a block and its message: the continuation marker and the message's length.
const MESSAGE_OFFSET: usize = 8;

/// Rows of a compressed batch.
const BATCH_ROWS: usize = 32_768;

/// How an Arrow IPC file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ipc {
    /// Codec of the buffers, if any.
    pub(crate) compression: Option<IpcCompression>,
}

impl Ipc {
    pub(super) fn compression(codec: &str, level: Option<i32>) -> anyhow::Result<Option<IpcCompression>> {
        Ok(match codec {
            "none" => None,
            "lz4" => Some(IpcCompression::LZ4),
            "zstd" => Some(IpcCompression::ZSTD(level.map(ZstdLevel::try_new).transpose()?.unwrap_or_default())),
            other => anyhow::bail!("Arrow IPC has no codec called {other:?}"),
        })
    }

    pub(super) fn sink(self) -> FileWriteFormat {
        // Batches are decompressed side by side: with larger ones a table of this size would not keep all cores busy.
        let record_batch_size = self.compression.map(|_| BATCH_ROWS);
        FileWriteFormat::Ipc(IpcWriterOptions {
            compression: self.compression,
            record_batch_size,
            ..Default::default()
        })
    }

    /// A table over a file; `columns` are those that the query names, or all.
    ///
    /// Without compression the file is mapped: its pages *are* the columns, and only what is touched is read. With
    /// compression it is scanned like any other.
    pub(super) fn scan(self, path: &Path, columns: Option<&[String]>) -> anyhow::Result<LazyFrame> {
        if self.compression.is_some() {
            let args = UnifiedScanArgs { glob: false, ..Default::default() };
            return Ok(LazyFrame::scan_ipc(PlRefPath::try_from_path(path)?, IpcScanOptions::default(), args)?);
        }
        let mut file = File::open(path)?;
        announce(&mut file, columns)?;
        // SAFETY: the file is one that this experiment wrote into its own scratch folder, whole and then renamed, and
        // nothing writes to it or cuts it while it is mapped; so it holds valid Arrow data for as long as the map lives.
        Ok(unsafe { dataset::columnar::map_arrow(file, path, columns.map(<[String]>::to_vec)) }?.lazy())
    }
}

/// Announces the buffers of the named columns, if they are no more than half of the file.
fn announce(file: &mut File, columns: Option<&[String]>) -> anyhow::Result<()> {
    let metadata = read_file_metadata(file)?;
    let Some(columns) = columns.filter(|columns| columns.len() * 2 <= metadata.schema.len()) else {
        return Ok(());
    };
    let wanted: Vec<bool> =
        metadata.schema.iter_names().map(|name| columns.iter().any(|c| c == name.as_str())).collect();
    let buffers = buffers(file, &metadata)?;
    super::fetch::announce(file, buffers.into_iter().filter(|(column, _)| wanted[*column]).map(|(_, range)| range));
    Ok(())
}

/// Bytes of each column's buffers in a file, over all batches, in the order of the schema.
pub(crate) fn column_bytes(path: &Path) -> anyhow::Result<Vec<u64>> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let metadata = read_file_metadata(&mut file)?;
    let mut totals = vec![0; metadata.schema.len()];
    for (column, range) in buffers(&mut file, &metadata)? {
        totals[column] += range.end - range.start;
    }
    Ok(totals)
}

/// Where the buffers of each column lie in a file.
fn buffers(file: &mut File, metadata: &FileMetadata) -> anyhow::Result<Vec<(usize, Range<u64>)>> {
    let mut found = Vec::new();
    for block in &metadata.blocks {
        let mut head = vec![0; usize::try_from(block.meta_data_length)?];
        file.seek(SeekFrom::Start(block.offset.unsigned_abs()))?;
        file.read_exact(&mut head)?;
        let message = MessageRef::read_as_root(head.get(MESSAGE_OFFSET..).context("a block without a message")?)?;
        let Some(MessageHeaderRef::RecordBatch(batch)) = message.header()? else {
            continue;
        };
        let body = block.offset.unsigned_abs() + head.len() as u64;
        let mut variadic = batch.variadic_buffer_counts()?.into_iter().flatten();
        let mut buffers = batch.buffers()?.into_iter().flatten();
        for (column, field) in metadata.schema.iter_values().enumerate() {
            let own = match field.dtype().to_physical_type() {
                PhysicalType::Utf8View | PhysicalType::BinaryView => {
                    2 + usize::try_from(variadic.next().unwrap_or(0)).unwrap_or(0)
                }
                PhysicalType::LargeUtf8 | PhysicalType::Utf8 => 3,
                _ => 2,
            };
            found.extend(buffers.by_ref().take(own).map(|buffer| {
                let start = body + buffer.offset().unsigned_abs();
                (column, start..start + buffer.length().unsigned_abs())
            }));
        }
    }
    Ok(found)
}
