//! CSV and JSON Lines: rows as text.
//!
//! Best known way to read them in Polars: the schema is given (guessing it would read part of the file twice), and days and
//! instants are read as texts and converted with a fixed pattern, which takes a fraction of the time of the readers' own
//! conversion (they find out the pattern anew for every value).

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use polars::io::ExternalCompression;
use polars::io::csv::write::{CsvWriter, CsvWriterOptions};
use polars::io::json::{JsonFormat, JsonWriter};
use polars::io::ndjson::NDJsonWriterOptions;
use polars::prelude::*;
use polars_time::prelude::string::StringMethods;

use crate::table::column;

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
        std::fs::File::options().append(true).open(path)?.write_all(&lines)?;
        Ok(())
    }

    /// A lazy table of the named columns, or all, over a whole file.
    pub(super) fn scan(self, path: &Path, schema: &Schema, columns: Option<&[String]>) -> PolarsResult<LazyFrame> {
        let sources = ScanSources::Paths([PlRefPath::try_from_path(path)?].into_iter().collect());
        self.scan_sources(sources, schema, columns, true)
    }

    /// A lazy table over the rows behind byte `from` of a file, where a row begins.
    pub(super) fn scan_tail(self, path: &Path, schema: &Schema, from: u64) -> anyhow::Result<LazyFrame> {
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(self.scan_sources(ScanSources::Buffers([bytes.into()].into()), schema, None, false)?)
    }

    fn scan_sources(
        self,
        sources: ScanSources,
        schema: &Schema,
        columns: Option<&[String]>,
        header: bool,
    ) -> PolarsResult<LazyFrame> {
        let named = |name: &PlSmallStr| columns.is_none_or(|columns| columns.iter().any(|c| c == name.as_str()));
        let read: Schema = schema.iter().map(|(name, dtype)| (name.clone(), self.read_as(dtype))).collect();
        let convert: Vec<Expr> = schema
            .iter()
            .filter(|(name, dtype)| named(name) && self.read_as(dtype) != **dtype)
            .map(|(name, dtype)| self.convert(name, dtype))
            .collect();
        let table = match self {
            Self::Csv { .. } => LazyCsvReader::new_with_sources(sources)
                .with_glob(false)
                .with_has_header(header)
                .with_schema(Some(read.into()))
                .finish()?,
            Self::JsonLines => LazyJsonLineReader::new_with_sources(sources).with_schema(Some(read.into())).finish()?,
        };
        Ok(if convert.is_empty() { table } else { table.with_columns(convert) })
    }

    /// The type that the reader is asked for.
    fn read_as(self, dtype: &DataType) -> DataType {
        match (self, dtype) {
            (_, DataType::Date | DataType::Datetime(..)) => DataType::String,
            // Polars' JSON reader knows no narrower integers, and takes decimals as floats unless they come as texts.
            (Self::JsonLines, DataType::Int8 | DataType::Int16) => DataType::Int32,
            (Self::JsonLines, DataType::UInt8 | DataType::UInt16) => DataType::UInt32,
            (Self::JsonLines, DataType::Decimal(..)) => DataType::String,
            (_, other) => other.clone(),
        }
    }

    fn convert(self, name: &PlSmallStr, dtype: &DataType) -> Expr {
        let field = Field::new(name.clone(), dtype.clone());
        let fast = match dtype {
            DataType::Date => Some("%Y-%m-%d"),
            DataType::Datetime(unit, _) => Some(self.pattern(*unit)),
            _ => None,
        };
        let Some(pattern) = fast else {
            return column(name).strict_cast(dtype.clone());
        };
        let dtype = dtype.clone();
        column(name).map(
            move |texts| {
                let texts = texts.str()?;
                let parsed = match &dtype {
                    DataType::Datetime(unit, _) => texts
                        .as_datetime(Some(pattern), *unit, true, false, None, &StringChunked::default())?
                        .into_column(),
                    _ => texts.as_date(Some(pattern), true)?.into_column(),
                };
                Ok(parsed)
            },
            move |_, _| Ok(field.clone()),
        )
    }

    /// How Polars' writers write an instant.
    fn pattern(self, unit: TimeUnit) -> &'static str {
        match (self, unit) {
            (Self::Csv { .. }, TimeUnit::Milliseconds) => "%Y-%m-%dT%H:%M:%S.%3f",
            (Self::Csv { .. }, TimeUnit::Microseconds) => "%Y-%m-%dT%H:%M:%S.%6f",
            (Self::Csv { .. }, TimeUnit::Nanoseconds) => "%Y-%m-%dT%H:%M:%S.%9f",
            // As many digits as the value needs, from none to nine.
            (Self::JsonLines, _) => "%Y-%m-%d %H:%M:%S%.f",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan of a query, to see what reaches the reader.
    fn plan(text: Text, query: impl FnOnce(LazyFrame) -> LazyFrame, columns: &[&str]) -> String {
        let folder = std::env::temp_dir();
        let schema = Schema::from_iter([
            Field::new("at".into(), DataType::Datetime(TimeUnit::Microseconds, None)),
            Field::new("day".into(), DataType::Date),
            Field::new("key".into(), DataType::Int64),
            Field::new("price".into(), DataType::Float64),
        ]);
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let table = text.scan(&folder.join("no such file"), &schema, Some(&columns)).unwrap();
        query(table).explain(true).unwrap()
    }

    #[test]
    fn the_reader_is_asked_for_the_named_columns_alone() {
        for text in [Text::Csv { zstd: None }, Text::JsonLines] {
            let plan = plan(text, |table| table.select([col("price")]), &["price"]);
            assert!(plan.contains("PROJECT 1/4"), "{plan}");
            assert!(!plan.contains("map"), "{plan}");
        }
    }

    #[test]
    fn a_filter_reaches_the_reader_unless_it_needs_a_conversion() {
        for text in [Text::Csv { zstd: None }, Text::JsonLines] {
            let all = ["at", "day", "key", "price"];
            let plan = plan(text, |table| table.filter(col("key").eq(lit(7))), &all);
            let (conversions, scan) = plan.split_once("SCAN").unwrap();
            assert!(scan.contains("SELECTION: ") && !conversions.contains("FILTER"), "{plan}");
        }
    }
}
