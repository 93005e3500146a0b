//! The columns with fractions of a table: as they are, and in memory in one type.

use std::path::Path;

use half::{bf16, f16};
use polars::prelude::*;
use results::Answer;

use super::Precision;
use crate::kernels::{Dots, Stored};

/// Most values that are looked at together: 64 MB of doubles.
const MOST_VALUES: usize = 8 << 20;

/// Most columns.
const MOST_COLUMNS: usize = 64;

/// Fewest rows of a wide table.
const FEWEST_ROWS: usize = 1000;

/// Values of a column, without those that are missing or not finite.
pub(crate) struct Table {
    /// Names and values.
    pub(crate) columns: Vec<(String, Vec<f64>)>,
}

/// Reads the float columns of a table, as many rows as fit. The inner error is a reason to skip.
///
/// # Errors
/// If the table cannot be read.
pub(crate) fn load(table: &Path) -> anyhow::Result<Result<Table, String>> {
    let mut lazy = dataset::format::read_table(table)?;
    let schema = lazy.collect_schema()?;
    let names: Vec<PlSmallStr> = schema
        .iter()
        .filter(|(_, dtype)| matches!(dtype, DataType::Float32 | DataType::Float64))
        .map(|(name, _)| name.clone())
        .take(MOST_COLUMNS)
        .collect();
    if names.is_empty() {
        return Ok(Err("The table has no column of floats, so there is no precision to lose.".to_owned()));
    }
    let rows = u32::try_from((MOST_VALUES / names.len()).max(FEWEST_ROWS))?;
    let columns = names.iter().map(|name| Expr::Column(name.clone()).cast(DataType::Float64)).collect::<Vec<_>>();
    let frame = lazy.limit(rows).select(columns).collect()?;
    let mut columns = Vec::with_capacity(names.len());
    for column in frame.columns() {
        let values: Vec<f64> = column.f64()?.iter().flatten().filter(|value| value.is_finite()).collect();
        if !values.is_empty() {
            columns.push((column.name().to_string(), values));
        }
    }
    if columns.is_empty() {
        return Ok(Err("No column of floats has a value.".to_owned()));
    }
    Ok(Ok(Table { columns }))
}

impl Table {
    /// Values of all columns.
    pub(crate) fn values(&self) -> usize {
        self.columns.iter().map(|(_, values)| values.len()).sum()
    }
}

/// Columns in memory in one type, ready to be added up.
pub(crate) struct Features {
    stored: Typed,
    /// Of each column the sum of magnitudes, if every one fits into every type.
    magnitudes: Vec<Option<f64>>,
}

enum Typed {
    F64(Columns<f64>),
    F32(Columns<f32>),
    F16(Columns<f16>),
    Bf16(Columns<bf16>),
}

struct Columns<S: Stored> {
    columns: Vec<Vec<S>>,
    ones: Vec<S::Query>,
    dots: Dots<S>,
}

impl Features {
    /// Rounds the columns to a type.
    pub(crate) fn new(table: &Table, precision: Precision) -> Self {
        let stored = match precision {
            Precision::F64 => Typed::F64(Columns::new(table, 1.0, |value| value)),
            Precision::F32 => Typed::F32(Columns::new(table, 1.0, |value| value as f32)),
            Precision::F16 => Typed::F16(Columns::new(table, 1.0, f16::from_f64)),
            Precision::Bf16 => Typed::Bf16(Columns::new(table, 1.0, bf16::from_f64)),
        };
        let weigh = |(_, values): &(String, Vec<f64>)| {
            let fits = values.iter().all(|value| value.abs() <= f16::MAX.to_f64());
            fits.then(|| values.iter().map(|value| value.abs()).sum::<f64>().max(f64::MIN_POSITIVE))
        };
        Self { stored, magnitudes: table.columns.iter().map(weigh).collect() }
    }

    /// The instruction set.
    pub(crate) fn level(&self) -> &'static str {
        match &self.stored {
            Typed::F64(columns) => columns.dots.level,
            Typed::F32(columns) => columns.dots.level,
            Typed::F16(columns) => columns.dots.level,
            Typed::Bf16(columns) => columns.dots.level,
        }
    }

    /// Adds up every column, accumulated wider: products with ones in registers of floats for a block of values, blocks
    /// in 64 bits. The answer holds sums as shares of the columns' magnitudes, which keeps the reader's values out of it; a column
    /// with a value that some type cannot hold is added up as well, and left out of the answer of every type.
    pub(crate) fn sums(&self) -> Answer {
        let sums = match &self.stored {
            Typed::F64(columns) => columns.sums(),
            Typed::F32(columns) => columns.sums(),
            Typed::F16(columns) => columns.sums(),
            Typed::Bf16(columns) => columns.sums(),
        };
        let shares = sums.into_iter().zip(&self.magnitudes).filter_map(|(sum, magnitude)| Some(sum / (*magnitude)?));
        let total: f64 = shares.map(|share| 1.0 + share).sum();
        Answer { rows: self.magnitudes.len() as u64, values: vec![1.0 + total], digest: None }
    }
}

/// Values of a block that is added up in the type of the registers.
const BLOCK: usize = 1024;

impl<S: Stored> Columns<S>
where
    S::Score: Into<f64>,
{
    fn new(table: &Table, one: S::Query, round: impl Fn(f64) -> S) -> Self {
        let columns =
            table.columns.iter().map(|(_, values)| values.iter().map(|&value| round(value)).collect()).collect();
        Self { columns, ones: vec![one; BLOCK], dots: S::dots() }
    }

    fn sums(&self) -> Vec<f64> {
        let sum = |column: &Vec<S>| {
            column.chunks(BLOCK).map(|block| self.dots.one(block, &self.ones[..block.len()]).into()).sum::<f64>()
        };
        self.columns.iter().map(sum).collect()
    }
}
