//! CSV and JSON Lines: rows as text.
//!
//! The best way that we know to read them: the file is cut into pieces of whole records ([`pieces`]), every core takes some;
//! a query of few columns first copies their fields out ([`project`]); then Polars' own readers turn text into values, with
//! the schema given ([`values`]). Polars' lazy scans do the cutting too, but on stable Rust they look at every byte by
//! itself (their vector code needs a nightly compiler), which would make text look slower than its readers know it.

mod pieces;
mod project;
mod values;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use polars::io::ExternalCompression;
use polars::io::csv::write::{CsvWriter, CsvWriterOptions};
use polars::io::json::{JsonFormat, JsonWriter};
use polars::io::ndjson::NDJsonWriterOptions;
use polars::polars_utils::mmap::MMapSemaphore;
use polars::prelude::*;
use polars_core::utils::accumulate_dataframes_vertical_unchecked;

use pieces::Cut;
use values::Shape;

/// Which text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// Comma-separated values with a header, maybe in zstd.
    Csv {
        /// The level of zstd, if it is compressed.
        zstd: Option<i32>,
    },
    /// One JSON object a line.
    JsonLines,
}

impl Text {
    /// How a whole table is written.
    pub(super) fn sink(self) -> FileWriteFormat {
        match self {
            Self::Csv { zstd } => FileWriteFormat::Csv(CsvWriterOptions {
                compression: match zstd {
                    None => ExternalCompression::Uncompressed,
                    Some(level) => ExternalCompression::Zstd { level: Some(level.unsigned_abs()) },
                },
                check_extension: false,
                ..Default::default()
            }),
            Self::JsonLines => {
                FileWriteFormat::NDJson(NDJsonWriterOptions { check_extension: false, ..Default::default() })
            }
        }
    }

    /// Appends rows to a file: lines behind the last one, or a frame of zstd behind the last one.
    pub(super) fn append(self, frame: &DataFrame, path: &Path) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        match self {
            Self::Csv { .. } => CsvWriter::new(&mut lines).include_header(false).finish(&mut frame.clone())?,
            Self::JsonLines => {
                JsonWriter::new(&mut lines).with_json_format(JsonFormat::JsonLines).finish(&mut frame.clone())?;
            }
        }
        if let Self::Csv { zstd: Some(level) } = self {
            lines = zstd::bulk::compress(&lines, level)?;
        }
        File::options().append(true).open(path)?.write_all(&lines)?;
        Ok(())
    }

    /// Reads the named columns, or all, of a whole file.
    pub(super) fn read(self, path: &Path, schema: &Schema, columns: Option<&[String]>) -> anyhow::Result<DataFrame> {
        let file = File::open(path)?;
        let header = matches!(self, Self::Csv { .. });
        let shape = Shape::new(self, schema, columns);
        if let Self::Csv { zstd: Some(_) } = self {
            let cut = Cut::Quoted { header };
            return all(pieces::of_reader(zstd::Decoder::new(file)?, cut, |piece| shape.parse(piece))?, &shape);
        }
        let map = MMapSemaphore::new_from_file(&file)?;
        let cut = if header { Cut::Quoted { header } } else { Cut::Lines };
        all(pieces::of_bytes(map.as_ref(), cut, |piece| shape.parse(piece))?, &shape)
    }

    /// Reads all columns of the rows behind byte `from` of a file, where a row begins.
    pub(super) fn read_tail(self, path: &Path, schema: &Schema, from: u64) -> anyhow::Result<DataFrame> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        match self {
            Self::Csv { zstd: Some(_) } => zstd::Decoder::new(file)?.read_to_end(&mut bytes)?,
            _ => file.read_to_end(&mut bytes)?,
        };
        let shape = Shape::new(self, schema, None);
        let cut = if self == Self::JsonLines { Cut::Lines } else { Cut::Quoted { header: false } };
        all(pieces::of_bytes(&bytes, cut, |piece| shape.parse(piece))?, &shape)
    }
}

/// The pieces' rows in order.
fn all(parts: Vec<DataFrame>, shape: &Shape) -> anyhow::Result<DataFrame> {
    if parts.is_empty() {
        return Ok(DataFrame::empty_with_schema(shape.schema()));
    }
    Ok(accumulate_dataframes_vertical_unchecked(parts))
}
