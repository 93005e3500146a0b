//! The formats: how a table is written and read in each, the best way that we know.
//!
//! What all have in common is a [`Source`]: a file with a schema that gives a table of the columns that a query names. How much
//! of the query a format can push down to the file is its own affair; the query is the same.

pub(crate) mod avro;
mod fetch;
pub(crate) mod ipc;
pub(crate) mod parquet;
pub(crate) mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use polars::prelude::*;

use ipc::Ipc;
use parquet::Parquet;
use text::Text;

/// A format with its codec and layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// CSV or JSON Lines.
    Text(Text),
    /// Avro.
    Avro(avro::Codec),
    /// Parquet.
    Parquet(Parquet),
    /// Arrow IPC.
    Ipc(Ipc),
}

impl Format {
    /// The format that a variant's parameters describe.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(crate) fn from_params(params: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let text = |key: &str| params.get(key).map(String::as_str);
        let codec = text("codec").unwrap_or("none");
        let level = number::<i32>(params, "level")?;
        Ok(match text("format").context("the variant has no parameter `format`")? {
            "csv" if codec == "zstd" => Self::Text(Text::Csv { zstd: Some(level.unwrap_or(3)) }),
            "csv" => Self::Text(Text::Csv { zstd: None }),
            "jsonl" => Self::Text(Text::JsonLines),
            "avro" if codec == "zstd" => Self::Avro(avro::Codec::Zstd { level: level.unwrap_or(3) }),
            "avro" if codec == "deflate" => {
                Self::Avro(avro::Codec::Deflate { level: level.unwrap_or(6).unsigned_abs() })
            }
            "parquet" => Self::Parquet(Parquet {
                compression: Parquet::compression(codec, level)?,
                row_group_rows: number(params, "row_group_rows")?.context("Parquet needs `row_group_rows`")?,
            }),
            "ipc" => Self::Ipc(Ipc { compression: Ipc::compression(codec, level)? }),
            other => bail!("there is no format {other:?} with the codec {codec:?}"),
        })
    }

    /// The usual ending of its files.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Text(Text::Csv { zstd: None }) => "csv",
            Self::Text(Text::Csv { zstd: Some(_) }) => "csv.zst",
            Self::Text(Text::JsonLines) => "jsonl",
            Self::Avro(_) => "avro",
            Self::Parquet(_) => "parquet",
            Self::Ipc(_) => "arrow",
        }
    }

    /// Whether a few rows can be added to the end of a file.
    pub(crate) fn appends_in_place(self) -> bool {
        matches!(self, Self::Text(_) | Self::Avro(_))
    }

    /// Writes a table as a new file; what was there is lost.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write(self, table: LazyFrame, path: &Path) -> anyhow::Result<()> {
        let sink = match self {
            Self::Text(text) => text.sink(),
            Self::Parquet(parquet) => parquet.sink(),
            Self::Ipc(ipc) => ipc.sink(),
            Self::Avro(codec) => return avro::write(&table.collect()?, codec, path),
        };
        let target = SinkDestination::File { target: SinkTarget::Path(PlRefPath::try_from_path(path)?) };
        table.sink(target, sink, UnifiedSinkArgs::default())?.collect_with_engine(Engine::Streaming)?;
        Ok(())
    }

    /// Adds rows to the end of a file.
    ///
    /// # Errors
    /// If the file cannot be written, or the format cannot be appended to.
    pub(crate) fn append(self, rows: &DataFrame, path: &Path) -> anyhow::Result<()> {
        match self {
            Self::Text(text) => text.append(rows, path),
            Self::Avro(_) => avro::append(rows, path),
            Self::Parquet(_) | Self::Ipc(_) => bail!("the footer of {} stands in the way", path.display()),
        }
    }
}

fn number<T: FromStr>(params: &BTreeMap<String, String>, key: &str) -> anyhow::Result<Option<T>> {
    params
        .get(key)
        .map(|text| text.parse().map_err(|_| anyhow::anyhow!("the parameter `{key}` is {text:?}, which is no number")))
        .transpose()
}

/// A file with the schema of its table.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its format.
    pub(crate) format: Format,
    /// The file.
    pub(crate) path: PathBuf,
    /// Names and types of the columns in order.
    pub(crate) schema: SchemaRef,
}

impl Source {
    /// A lazy table of the named columns, in the order of the schema.
    ///
    /// What has no lazy reader is read here, so this call belongs to the work.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn scan(&self, columns: &[String]) -> anyhow::Result<LazyFrame> {
        Ok(match self.format {
            Format::Text(text) => text.read(&self.path, &self.schema, Some(columns))?.lazy(),
            Format::Avro(_) => avro::read(&self.path, &self.schema, Some(columns), 0)?.lazy(),
            Format::Parquet(_) => parquet::scan(&self.path)?,
            Format::Ipc(ipc) => ipc.scan(&self.path, Some(columns))?,
        })
    }

    /// The rows behind byte `from`.
    ///
    /// # Errors
    /// If the file cannot be read, or the format does not append in place.
    pub(crate) fn tail(&self, from: u64) -> anyhow::Result<DataFrame> {
        match self.format {
            Format::Text(text) => text.read_tail(&self.path, &self.schema, from),
            Format::Avro(_) => avro::read(&self.path, &self.schema, None, from),
            Format::Parquet(_) | Format::Ipc(_) => bail!("{} has no tail", self.path.display()),
        }
    }

    /// The columns as a table in memory.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn load(&self, columns: &[String]) -> anyhow::Result<DataFrame> {
        let table = self.scan(columns)?;
        let wanted: Vec<Expr> = columns.iter().map(|name| dataset::value::column(name)).collect();
        self.collect(table.select(wanted))
    }

    /// Runs a query on the engine that is the faster one for this format.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn collect(&self, query: LazyFrame) -> anyhow::Result<DataFrame> {
        let engine = if self.engine() == "streaming" { Engine::Streaming } else { Engine::InMemory };
        Ok(query.collect_with_engine(engine)?.unwrap_single())
    }

    /// Polars' engine that runs its queries: what is in memory (or mapped) already does not gain from streaming.
    pub(crate) fn engine(&self) -> &'static str {
        match self.format {
            Format::Text(_) | Format::Avro(_) | Format::Ipc(Ipc { compression: None }) => "in-memory",
            _ => "streaming",
        }
    }
}
