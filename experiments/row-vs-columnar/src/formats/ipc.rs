//! Arrow IPC: the columns as they lie in memory, in batches, maybe compressed buffer by buffer.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::Context;
use polars::io::ipc::{IpcCompression, IpcReader, IpcScanOptions, IpcWriterOptions};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;
use polars_arrow::datatypes::PhysicalType;
use polars_arrow::io::ipc::format::ipc::planus::ReadAsRoot;
use polars_arrow::io::ipc::format::ipc::{MessageHeaderRef, MessageRef};
use polars_arrow::io::ipc::read::read_file_metadata;

/// Bytes between the start of a block and its message: the continuation marker and the message's length.
const MESSAGE_OFFSET: usize = 8;

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
        FileWriteFormat::Ipc(IpcWriterOptions { compression: self.compression, ..Default::default() })
    }

    /// A table over a file; `columns` are those that the query names, or all.
    ///
    /// Without compression the file is mapped: its pages *are* the columns, and only what is touched is read. With
    /// compression it is scanned like any other.
    pub(super) fn scan(self, path: &Path, columns: Option<&[String]>) -> PolarsResult<LazyFrame> {
        if self.compression.is_some() {
            let args = UnifiedScanArgs { glob: false, ..Default::default() };
            return LazyFrame::scan_ipc(PlRefPath::try_from_path(path)?, IpcScanOptions::default(), args);
        }
        let file = File::open(path)?;
        // SAFETY: the file is one that this experiment wrote into its own scratch folder, whole and then renamed, and
        // nothing writes to it or cuts it while it is mapped; so it holds valid Arrow data for as long as the map lives.
        let reader = unsafe { IpcReader::new(file).memory_mapped(Some(path.to_path_buf())) };
        Ok(reader.with_columns(columns.map(<[String]>::to_vec)).set_rechunk(false).finish()?.lazy())
    }
}

/// Bytes of each column's buffers in a file, over all batches, in the order of the schema.
pub(crate) fn column_bytes(path: &Path) -> anyhow::Result<Vec<u64>> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let metadata = read_file_metadata(&mut file)?;
    let mut totals = vec![0; metadata.schema.len()];
    for block in &metadata.blocks {
        let mut head = vec![0; usize::try_from(block.meta_data_length)?];
        file.seek(SeekFrom::Start(block.offset.unsigned_abs()))?;
        file.read_exact(&mut head)?;
        let message = MessageRef::read_as_root(head.get(MESSAGE_OFFSET..).context("a block without a message")?)?;
        let Some(MessageHeaderRef::RecordBatch(batch)) = message.header()? else {
            continue;
        };
        let mut variadic = batch.variadic_buffer_counts()?.into_iter().flatten();
        let mut buffers = batch.buffers()?.into_iter().flatten();
        for (total, field) in totals.iter_mut().zip(metadata.schema.iter_values()) {
            let own = match field.dtype().to_physical_type() {
                PhysicalType::Utf8View | PhysicalType::BinaryView => {
                    2 + usize::try_from(variadic.next().unwrap_or(0)).unwrap_or(0)
                }
                PhysicalType::LargeUtf8 | PhysicalType::Utf8 => 3,
                _ => 2,
            };
            *total += buffers.by_ref().take(own).map(|buffer| buffer.length().unsigned_abs()).sum::<u64>();
        }
    }
    Ok(totals)
}
