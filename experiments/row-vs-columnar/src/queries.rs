//! The numbers that every lane must agree on: which range is filtered, which key is looked up, what weights are divided by.
//!
//! They are found once per run and kept in `queries.json` beside the derived files, where the Python lanes read them too.
//! The file holds values of the reader's data; it never leaves the scratch folder.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use dataset::value::{Value, column, kind};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::answer::{self, Scale};
use crate::table::LeftOut;

/// The share of the rows that the filter lets through, about.
const FILTER_SHARE: f64 = 0.01;
/// A range that lets more than this share through is not selective.
const FILTER_MOST: f64 = 0.2;
/// Rows of a small batch.
const BATCH_ROWS: usize = 1000;

/// What all queries of a run refer to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queries {
    /// Rows of the table.
    pub(crate) rows: u64,
    /// Its columns in order.
    pub(crate) columns: Vec<QueryColumn>,
    /// How many columns are left out of every format, by reason.
    pub(crate) left_out: BTreeMap<String, usize>,
    /// The column that is read alone.
    pub(crate) one: String,
    /// The tenth of the columns.
    pub(crate) tenth: Vec<String>,
    /// The filter, or why there is none.
    pub(crate) filter: Result<Filter, String>,
    /// The grouping column, or why there is none.
    pub(crate) group: Result<String, String>,
    /// The column that is added up, or why there is none.
    pub(crate) measure: Result<String, String>,
    /// The row to look up, or why there is none.
    pub(crate) lookup: Result<Lookup, String>,
    /// Rows of the batch that is appended.
    pub(crate) batch_rows: u64,
}

/// A column as the lanes need to know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct QueryColumn {
    /// Its name.
    pub(crate) name: String,
    /// Its type as Polars names it: `i64`, `str`, `decimal[10,2]`.
    pub(crate) dtype: String,
    /// How its weight is taken: `number`, `text`, `bool`, `date`, `ms`, `us` or `ns`.
    pub(crate) kind: String,
    /// Its weight in the whole table; 1 if it has none.
    pub(crate) scale: f64,
    /// Its bytes in memory.
    pub(crate) bytes: u64,
}

/// A range of a column, both ends included, as the column's physical values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// The column.
    pub(crate) column: String,
    /// The lower end.
    pub(crate) low: Value,
    /// The upper end.
    pub(crate) high: Value,
    /// Whether the table lies in this column's order as it comes.
    pub(crate) sorted: bool,
}

/// A row to look up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lookup {
    /// The column.
    pub(crate) column: String,
    /// Its value in the row.
    pub(crate) key: Value,
}

impl Queries {
    /// Reads the file at `path`, or finds out the queries of `table` and writes it.
    ///
    /// `columns` are the chosen columns by purpose, `dataset` tells how they are sorted.
    ///
    /// # Errors
    /// If the table cannot be read or the file not written.
    pub(crate) fn load_or_find(
        path: &Path,
        table: &LazyFrame,
        left_out: &[LeftOut],
        columns: &BTreeMap<String, String>,
        dataset: Option<&results::Dataset>,
    ) -> anyhow::Result<Self> {
        measure::scratch::remembered(path, || Self::find(table, left_out, columns, dataset))
    }

    fn find(
        table: &LazyFrame,
        left_out: &[LeftOut],
        chosen: &BTreeMap<String, String>,
        dataset: Option<&results::Dataset>,
    ) -> anyhow::Result<Self> {
        let schema = table.clone().collect_schema()?;
        let read = |name: &str| -> anyhow::Result<Column> {
            let frame = table.clone().select([column(name)]).collect()?;
            Ok(frame.columns()[0].clone())
        };
        let mut rows = 0;
        let mut columns = Vec::with_capacity(schema.len());
        // One column at a time, so that a table of any size needs the memory of a column.
        for (name, dtype) in schema.iter() {
            let column = read(name)?;
            rows = column.len() as u64;
            let weight = answer::weigh(&column)?;
            columns.push(QueryColumn {
                name: name.to_string(),
                dtype: dtype.to_string(),
                kind: kind(dtype).to_owned(),
                scale: Scale::new(rows, weight.total).total,
                bytes: column.as_materialized_series().estimated_size() as u64,
            });
        }

        let purpose = |name: &str, what: &str| -> Result<String, String> {
            let column = chosen.get(name).ok_or_else(|| format!("no column of this table can serve as {what}"))?;
            match schema.contains(column) {
                true => Ok(column.clone()),
                false => Err(format!("the column that was to serve as {what} cannot be stored in every format")),
            }
        };
        let measure = purpose("measure", "a number to add up");
        let filter = match purpose("filter", "a filter with a selective range") {
            Ok(name) => {
                let profile = dataset.and_then(|d| d.columns.iter().find(|c| c.name == name));
                let sorted = profile.is_some_and(results::Column::is_sorted);
                range(&read(&name)?, sorted)?
            }
            Err(why) => Err(why),
        };
        let lookup = match purpose("key", "a key") {
            Ok(name) => Ok(middle(&read(&name)?)?),
            Err(why) => Err(why),
        };
        let one = chosen.get("measure").filter(|name| schema.contains(name)).cloned();
        let one = one.or_else(|| columns.first().map(|c| c.name.clone())).context("the table has no column")?;
        Ok(Self {
            rows,
            tenth: tenth(&columns, &one),
            group: purpose("group", "a grouping"),
            batch_rows: rows.min(BATCH_ROWS as u64),
            left_out: left_out.iter().fold(BTreeMap::new(), |mut counts, column| {
                *counts.entry(column.why.to_owned()).or_default() += 1;
                counts
            }),
            columns,
            one,
            filter,
            measure,
            lookup: lookup.and_then(|found| found),
        })
    }

    /// Names of all columns.
    pub(crate) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Scales of the named columns in their order.
    pub(crate) fn scales(&self, names: &[String]) -> Vec<Scale> {
        names.iter().map(|name| self.scale(name)).collect()
    }

    /// The scale of a column.
    pub(crate) fn scale(&self, name: &str) -> Scale {
        let total = self.columns.iter().find(|column| column.name == name).map_or(1.0, |column| column.scale);
        Scale::new(self.rows, total)
    }

    /// Bytes in memory of the named columns.
    pub(crate) fn bytes(&self, names: &[String]) -> u64 {
        self.columns.iter().filter(|column| names.contains(&column.name)).map(|column| column.bytes).sum()
    }
}

/// A tenth of the columns: every tenth from the one that is read alone, so that the types mix as in the table.
fn tenth(columns: &[QueryColumn], one: &str) -> Vec<String> {
    let first = columns.iter().position(|column| column.name == one).unwrap_or(0) % 10;
    let chosen: Vec<String> = columns.iter().skip(first).step_by(10).map(|column| column.name.clone()).collect();
    if chosen.is_empty() { vec![one.to_owned()] } else { chosen }
}

/// A range around the middle of the values that lets about one row in a hundred through, or why there is none.
fn range(values: &Column, sorted: bool) -> anyhow::Result<Result<Filter, String>> {
    let rows = values.len();
    let ordered = values.as_materialized_series().drop_nulls().sort(SortOptions::default())?;
    let present = ordered.len();
    let half = (rows as f64 * FILTER_SHARE / 2.0) as usize;
    let (low, high) = ((present / 2).saturating_sub(half), (present / 2 + half).min(present.saturating_sub(1)));
    let none = || "no range of the filter column lets few enough rows through".to_owned();
    if present == 0 {
        return Ok(Err(none()));
    }
    let physical = ordered.to_physical_repr().into_owned();
    let (low, high) = (physical.get(low)?, physical.get(high)?);
    let passing = physical.iter().filter(|value| *value >= low && *value <= high).count();
    if passing as f64 > rows as f64 * FILTER_MOST {
        return Ok(Err(none()));
    }
    Ok(match (Value::of(&low), Value::of(&high)) {
        (Some(low), Some(high)) => Ok(Filter { column: values.name().to_string(), low, high, sorted }),
        _ => Err(none()),
    })
}

/// The key of the row in the middle, or of the next one that has one.
fn middle(keys: &Column) -> anyhow::Result<Result<Lookup, String>> {
    let physical = keys.as_materialized_series().to_physical_repr().into_owned();
    let found = (physical.len() / 2..physical.len())
        .map(|row| physical.get(row))
        .find(|key| key.as_ref().is_ok_and(|key| !key.is_null()))
        .transpose()?;
    let key = found.as_ref().and_then(Value::of);
    Ok(key
        .map(|key| Lookup { column: keys.name().to_string(), key })
        .ok_or_else(|| "the key column has no value in the second half of the table".to_owned()))
}
