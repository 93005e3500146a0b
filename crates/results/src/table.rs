//! Tables that a case records beside its samples: what a metric of one number cannot say.

use serde::{Deserialize, Serialize};

use crate::Unit;

/// A table that a case found while it was prepared: a row for each column of the data, each partition, each candidate.
///
/// Its texts are the experiment's own words. A name of a column of the data goes into [`Cell::Column`], so that a page can
/// hide it; a value of the data goes nowhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedTable {
    /// Columns in order.
    pub columns: Vec<TableColumn>,
    /// Rows in order, each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Rows beyond [`RecordedTable::MOST_ROWS`], which are not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A column of a recorded table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableColumn {
    /// Name for people.
    pub label: String,
    /// Unit of its numbers.
    #[serde(default, skip_serializing_if = "Unit::is_number")]
    pub unit: Unit,
}

/// A cell of a recorded table. In JSON: a number, a text, `{"column": "name"}` or `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "WireCell", into = "WireCell")]
pub enum Cell {
    /// A number in the column's unit. One that is not finite is read back as missing.
    Number(f64),
    /// Words of the experiment, never a value of the data.
    Text(String),
    /// Name of a column of the data.
    Column(String),
    /// Not known here.
    Missing,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WireCell {
    Number(f64),
    Text(String),
    Column { column: String },
    Missing,
}

impl From<WireCell> for Cell {
    fn from(cell: WireCell) -> Self {
        match cell {
            WireCell::Number(number) => Self::Number(number),
            WireCell::Text(text) => Self::Text(text),
            WireCell::Column { column } => Self::Column(column),
            WireCell::Missing => Self::Missing,
        }
    }
}

impl From<Cell> for WireCell {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Number(number) if !number.is_finite() => Self::Missing,
            Cell::Number(number) => Self::Number(number),
            Cell::Text(text) => Self::Text(text),
            Cell::Column(column) => Self::Column { column },
            Cell::Missing => Self::Missing,
        }
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }
}

impl RecordedTable {
    /// Rows that are kept: a page must stay readable, and a results file small.
    pub const MOST_ROWS: usize = 200;

    /// A table with these columns (label and unit) and rows.
    #[must_use]
    pub fn new(columns: &[(&str, Unit)], rows: Vec<Vec<Cell>>) -> Self {
        let columns = columns.iter().map(|(label, unit)| TableColumn { label: (*label).to_owned(), unit: *unit });
        Self { columns: columns.collect(), rows, more: 0 }
    }

    /// The same table with at most [`RecordedTable::MOST_ROWS`] rows; the others are counted.
    #[must_use]
    pub fn cut(mut self) -> Self {
        let beyond = self.rows.len().saturating_sub(Self::MOST_ROWS);
        self.rows.truncate(Self::MOST_ROWS);
        self.more += beyond as u64;
        self
    }

    /// What is wrong with its shape, as a clause; `None` if every row has a cell for each column.
    #[must_use]
    pub fn defect(&self) -> Option<String> {
        let columns = self.columns.len();
        let (i, row) = self.rows.iter().enumerate().find(|(_, row)| row.len() != columns)?;
        Some(format!("row {i} has {} cells, and there are {columns} columns", row.len()))
    }
}
