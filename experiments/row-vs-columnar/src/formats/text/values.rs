//! Text turned into values by Polars' readers.
//!
//! The schema is given: guessing it would read part of the file twice. Days and instants are read as texts and converted with
//! a fixed pattern, which takes a fraction of the time of the readers' own conversion: they find out the pattern anew for
//! every value.

use anyhow::Context;
use memchr::memchr_iter;
use polars::io::csv::read::_csv_read_internal::read_chunk;
use polars::io::csv::read::CsvParseOptions;
use polars::io::ndjson::core::parse_ndjson;
use polars::prelude::*;
use polars_time::prelude::string::StringMethods;

use super::{Text, project};

/// What is to be read of each piece.
pub(super) struct Shape {
    text: Text,
    /// Names and types of the wanted columns.
    wanted: Schema,
    /// Positions of the wanted columns among all.
    places: Vec<usize>,
    /// Keys of the wanted columns as JSON writes them.
    keys: Vec<String>,
    /// Types as the reader is asked for them: of all columns, and of the wanted ones.
    all_raw: SchemaRef,
    wanted_raw: SchemaRef,
    options: CsvParseOptions,
}

impl Shape {
    /// The named columns, or all, of a file with this schema.
    pub(super) fn new(text: Text, schema: &Schema, columns: Option<&[String]>) -> Self {
        let named = |name: &PlSmallStr| columns.is_none_or(|columns| columns.iter().any(|c| c == name.as_str()));
        let raw = |schema: &Schema| -> SchemaRef {
            Arc::new(schema.iter().map(|(name, dtype)| (name.clone(), read_as(text, dtype))).collect())
        };
        let wanted: Schema =
            schema.iter().filter(|(name, _)| named(name)).map(|(name, dtype)| (name.clone(), dtype.clone())).collect();
        Self {
            text,
            places: schema.iter_names().enumerate().filter(|(_, name)| named(name)).map(|(place, _)| place).collect(),
            keys: wanted.iter_names().map(|name| serde_json::Value::from(name.as_str()).to_string()).collect(),
            all_raw: raw(schema),
            wanted_raw: raw(&wanted),
            wanted,
            options: CsvParseOptions::default(),
        }
    }

    /// Names and types of what [`parse`](Self::parse) gives.
    pub(super) fn schema(&self) -> &Schema {
        &self.wanted
    }

    /// Reads whole records.
    pub(super) fn parse(&self, piece: &[u8]) -> anyhow::Result<DataFrame> {
        // Copying fields out pays as long as it spares the parser most of them.
        let few = self.places.len() * 2 <= self.all_raw.len();
        let raw = match self.text {
            Text::Csv { .. } if few => {
                let places: Vec<usize> = (0..self.places.len()).collect();
                self.csv(&project::csv(piece, &self.places), &self.wanted_raw, &places)?
            }
            Text::Csv { .. } => self.csv(piece, &self.all_raw, &self.places)?,
            Text::JsonLines => match few.then(|| project::json(piece, &self.keys)).flatten() {
                Some(members) => parse_ndjson(&members, None, &self.wanted_raw, false)?,
                None => parse_ndjson(piece, None, &self.wanted_raw, false)?,
            },
        };
        let columns = raw.columns().iter().zip(self.wanted.iter_values()).map(|(raw, dtype)| self.convert(raw, dtype));
        Ok(DataFrame::new_infer_height(columns.collect::<anyhow::Result<Vec<_>>>()?)?)
    }

    fn csv(&self, records: &[u8], schema: &Schema, places: &[usize]) -> PolarsResult<DataFrame> {
        let rows = memchr_iter(b'\n', records).count() + 1;
        let length = records.len();
        read_chunk(records, &self.options, schema, false, places, 0, rows, None, usize::MAX, length, Some(0))
    }

    /// A column as it was read, as the type that it has in the table.
    fn convert(&self, raw: &Column, dtype: &DataType) -> anyhow::Result<Column> {
        if raw.dtype() == dtype {
            return Ok(raw.clone());
        }
        let converted = match dtype {
            DataType::Date => raw.str()?.as_date(Some("%Y-%m-%d"), true)?.into_column(),
            DataType::Datetime(unit, _) => raw
                .str()?
                .as_datetime(Some(self.pattern(*unit)), *unit, true, false, None, &StringChunked::default())?
                .into_column(),
            other => raw.strict_cast(other)?,
        };
        // These conversions make a null of what they cannot read.
        let lost = converted.null_count().checked_sub(raw.null_count()).filter(|lost| *lost == 0);
        lost.with_context(|| format!("a text cannot be read as {dtype}"))?;
        Ok(converted)
    }

    /// How Polars' writers write an instant.
    fn pattern(&self, unit: TimeUnit) -> &'static str {
        match (self.text, unit) {
            (Text::Csv { .. }, TimeUnit::Milliseconds) => "%Y-%m-%dT%H:%M:%S.%3f",
            (Text::Csv { .. }, TimeUnit::Microseconds) => "%Y-%m-%dT%H:%M:%S.%6f",
            (Text::Csv { .. }, TimeUnit::Nanoseconds) => "%Y-%m-%dT%H:%M:%S.%9f",
            // As many digits as the value needs, from none to nine.
            (Text::JsonLines, _) => "%Y-%m-%d %H:%M:%S%.f",
        }
    }
}

/// The type that the reader is asked for.
fn read_as(text: Text, dtype: &DataType) -> DataType {
    match (text, dtype) {
        (_, DataType::Date | DataType::Datetime(..)) => DataType::String,
        // Polars' JSON reader knows no narrower integers, and takes decimals as floats unless they come as texts.
        (Text::JsonLines, DataType::Int8 | DataType::Int16) => DataType::Int32,
        (Text::JsonLines, DataType::UInt8 | DataType::UInt16) => DataType::UInt32,
        (Text::JsonLines, DataType::Decimal(..)) => DataType::String,
        (_, other) => other.clone(),
    }
}
