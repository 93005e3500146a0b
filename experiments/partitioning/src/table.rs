//! The table that every layout stores: the columns that the queries name, and as many others as memory allows.

use std::collections::BTreeMap;
use std::path::Path;

use dataset::value::column;
use polars::prelude::*;
use results::Dataset;

/// Bytes in memory of the stored columns, about: sorting and checking needs some of it twice.
const MEMORY: f64 = 512e6;
/// Most columns: beyond, a folder of many files is nothing but footers.
const MOST_COLUMNS: usize = 60;
/// Bytes of a text whose length the profile does not know.
const TEXT: f64 = 16.0;

/// The table with the columns that are stored.
#[derive(Clone)]
pub(crate) struct Table {
    /// The rows, lazily.
    pub(crate) rows: LazyFrame,
    /// The stored columns, in the table's order.
    pub(crate) columns: Vec<String>,
    /// How many columns the whole table has.
    pub(crate) of: usize,
}

impl Table {
    /// The working table at `path`, with the chosen columns and those of the others that fit into memory beside them.
    ///
    /// # Errors
    /// If the working table cannot be read.
    pub(crate) fn open(
        path: &Path,
        chosen: &BTreeMap<String, String>,
        dataset: Option<&Dataset>,
        rows: u64,
    ) -> anyhow::Result<Self> {
        let mut table = dataset::format::read_table(path)?;
        let schema = table.collect_schema()?;
        let width = |name: &str, dtype: &DataType| {
            let profile = dataset.and_then(|dataset| dataset.columns.iter().find(|column| column.name == name));
            bytes(dtype, profile.and_then(|column| column.mean_bytes))
        };
        let is_chosen = |name: &str| chosen.values().any(|chosen| chosen == name);
        let needed = schema.iter().filter(|(name, _)| is_chosen(name));
        let mut room = MEMORY - rows as f64 * needed.map(|(name, dtype)| width(name, dtype)).sum::<f64>();
        let mut places = MOST_COLUMNS.saturating_sub(chosen.len());
        let mut columns = Vec::new();
        for (name, dtype) in schema.iter() {
            let cost = rows as f64 * width(name, dtype);
            let fits = cost <= room && places > 0;
            if is_chosen(name) {
                columns.push(name.to_string());
            } else if fits {
                room -= cost;
                places -= 1;
                columns.push(name.to_string());
            }
        }
        // A dictionary is a way to store texts; what is asked of a column is its texts, in their order.
        let is_dictionary =
            |name: &String| matches!(schema.get(name), Some(DataType::Categorical(..) | DataType::Enum(..)));
        let texts = |name: &String| column(name).cast(DataType::String);
        let selected: Vec<Expr> =
            columns.iter().map(|name| if is_dictionary(name) { texts(name) } else { column(name) }).collect();
        Ok(Self { rows: table.select(selected), columns, of: schema.len() })
    }

    /// The named columns in memory.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn load(&self, names: &[&str]) -> PolarsResult<DataFrame> {
        let selected: Vec<Expr> = names.iter().map(|name| column(name)).collect();
        let mut frame = self.rows.clone().select(selected).collect()?;
        frame.rechunk_mut_par();
        Ok(frame)
    }

    /// All stored columns in memory.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn load_all(&self) -> PolarsResult<DataFrame> {
        self.load(&self.columns.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Bytes of a value in memory, about.
fn bytes(dtype: &DataType, text: Option<f64>) -> f64 {
    match dtype {
        DataType::Boolean => 0.125,
        DataType::Int8 | DataType::UInt8 => 1.0,
        DataType::Int16 | DataType::UInt16 => 2.0,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 | DataType::Date => 4.0,
        DataType::Decimal(..) => 16.0,
        // A text is a view of 16 bytes, which holds short ones itself.
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => 16.0 + text.unwrap_or(TEXT),
        _ => 8.0,
    }
}
