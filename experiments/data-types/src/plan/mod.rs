//! The smallest type of each column that loses nothing, found on all of its values and proved by the way back.
//!
//! One column of the table is in memory at a time. What is found is kept in the scratch folder for all cases.

mod floats;
mod integers;
mod texts;

use std::path::Path;

use measure::scratch;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::scheme::Scheme;

pub(crate) use floats::scaled;
pub(crate) use integers::Width;
pub(crate) use texts::{categories, dates};

/// A type that loses nothing of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Small {
    /// The type that it has.
    Same,
    /// Whole numbers of a width.
    Int(Width),
    /// Whole numbers of a width that count the last of so many decimal places: cents for prices.
    Scaled(u32, Width),
    /// True and false, a bit each.
    Boolean,
    /// Single precision, where every value is exactly one.
    Float32,
    /// Days without a time.
    Date,
    /// A number for each of so many different texts.
    Enum(u32),
}

impl Small {
    /// How many of the stored numbers make a whole under a scheme: 100 for cents, 1 for everything that needs no unit.
    pub(crate) fn scale(self, scheme: Scheme) -> f64 {
        match (self, scheme) {
            (Self::Scaled(places, _), Scheme::Lossless | Scheme::Single) => floats::scale(places),
            _ => 1.0,
        }
    }

    /// Its name in Polars.
    pub(crate) fn name(self, same: &str) -> String {
        match self {
            Self::Same => same.to_owned(),
            Self::Int(width) => width.name().to_owned(),
            Self::Scaled(places, width) => format!("{} of {}", width.name(), unit(places)),
            Self::Boolean => "Boolean".to_owned(),
            Self::Float32 => "Float32".to_owned(),
            Self::Date => "Date".to_owned(),
            Self::Enum(values) => format!("Enum of {values}"),
        }
    }
}

/// What so many decimal places are called.
pub(crate) fn unit(places: u32) -> &'static str {
    match places {
        1 => "tenths",
        2 => "hundredths",
        3 => "thousandths",
        _ => "ten-thousandths",
    }
}

/// What a column is in disguise; it takes more than a cast to make use of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Disguise {
    /// All values keep to so many decimal places; whole numbers of that unit would take no less.
    Decimals(u32),
    /// All texts are hexadecimal numbers of one length, up to 64 bits.
    Hexadecimal,
}

/// What was found out about a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColumnPlan {
    /// Its name.
    pub(crate) name: String,
    /// Its type, as Polars names it.
    pub(crate) from: String,
    /// The smallest type that loses nothing.
    pub(crate) to: Small,
    /// What else it is in disguise, which no cast turns it into.
    pub(crate) disguise: Option<Disguise>,
    /// Bytes by Polars' own estimate under each scheme, in the order of [`Scheme::TABLE`].
    pub(crate) bytes: [u64; Scheme::TABLE.len()],
    /// Whether a float is left that single precision would change.
    pub(crate) rounds: bool,
}

impl ColumnPlan {
    /// Bytes under a scheme.
    pub(crate) fn bytes(&self, scheme: Scheme) -> u64 {
        Scheme::TABLE.iter().position(|other| *other == scheme).map_or(0, |at| self.bytes[at])
    }
}

/// The plan of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Rows that were looked at: all of them.
    pub(crate) rows: u64,
    /// The columns in order.
    pub(crate) columns: Vec<ColumnPlan>,
}

impl Plan {
    /// The plan of this run's table: made by the first case that asks.
    ///
    /// # Errors
    /// If the table cannot be read, or a type that should lose nothing does.
    pub(crate) fn load_or_make(folder: &Path, table: &Path) -> anyhow::Result<Self> {
        scratch::remembered(&folder.join("plan.json"), || Self::make(table))
    }

    fn make(table: &Path) -> anyhow::Result<Self> {
        let mut lazy = dataset::format::read_table(table)?;
        let schema = lazy.collect_schema()?;
        let mut plan = Self { rows: 0, columns: Vec::with_capacity(schema.len()) };
        for name in schema.iter_names() {
            let column = dataset::format::read_table(table)?.select([Expr::Column(name.clone())]).collect()?;
            let column = column.column(name)?.as_materialized_series().rechunk();
            plan.rows = column.len() as u64;
            plan.columns.push(look(&column)?);
        }
        Ok(plan)
    }

    /// The plan of a column.
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnPlan> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Bytes of the whole table under a scheme.
    pub(crate) fn bytes(&self, scheme: Scheme) -> u64 {
        self.columns.iter().map(|column| column.bytes(scheme)).sum()
    }
}

/// Looks at every value of a column.
///
/// # Errors
/// If a type that should lose nothing does: then it is a mistake of ours, and nothing may be advised.
pub(crate) fn look(column: &Series) -> anyhow::Result<ColumnPlan> {
    let mut disguise = None;
    let to = match column.dtype() {
        dtype if dtype.is_integer() => integers::smallest(column)?,
        DataType::Float32 | DataType::Float64 => {
            let found = floats::smallest(column)?;
            disguise = found.places.map(Disguise::Decimals);
            found.to
        }
        DataType::String => {
            let to = texts::smallest(column)?;
            disguise = (to == Small::Same && texts::is_hexadecimal(column)?).then_some(Disguise::Hexadecimal);
            to
        }
        DataType::Datetime(..) => texts::midnights(column)?,
        _ => Small::Same,
    };
    let mut plan = ColumnPlan {
        name: column.name().to_string(),
        from: name(column.dtype()),
        to,
        disguise,
        bytes: [0; Scheme::TABLE.len()],
        rounds: to == Small::Same && *column.dtype() == DataType::Float64,
    };
    // A type is only smaller if it is: a dictionary of long texts may not be.
    let before = size(column);
    for (at, scheme) in Scheme::TABLE.into_iter().enumerate() {
        let converted = scheme.convert(column, &plan)?;
        plan.bytes[at] = size(&converted);
        if scheme == Scheme::Lossless && plan.bytes[at] >= before {
            plan.to = Small::Same;
            plan.bytes[at] = before;
        } else if scheme == Scheme::Lossless {
            prove(column, &converted, plan.to)?;
        }
    }
    Ok(plan)
}

/// Goes the way back and compares, value by value, to the last bit.
fn prove(column: &Series, converted: &Series, to: Small) -> anyhow::Result<()> {
    let back = match (converted.dtype(), column.dtype()) {
        (DataType::Boolean, dtype) if dtype.is_integer() => converted.cast(&DataType::UInt8)?.cast(dtype)?,
        (_, dtype) => match to {
            Small::Scaled(places, _) => floats::unscaled(converted, places)?.cast(dtype)?,
            _ => converted.cast(dtype)?,
        },
    };
    anyhow::ensure!(
        column.equals_missing(&back),
        "a column of {} was to fit into {}, and does not; please report this",
        column.dtype(),
        converted.dtype()
    );
    Ok(())
}

/// Bytes by Polars' own estimate, and those of the texts behind the numbers of an Enum, which the estimate leaves out.
pub(crate) fn size(column: &Series) -> u64 {
    let texts: usize = match column.dtype() {
        DataType::Enum(categories, _) => {
            let beside = |text: Option<&str>| text.map_or(0, |text| if text.len() > 12 { text.len() } else { 0 });
            categories.categories().iter().map(|text| 16 + beside(text)).sum()
        }
        _ => 0,
    };
    (column.estimated_size() + texts) as u64
}

/// A type's name in Polars.
fn name(dtype: &DataType) -> String {
    match dtype {
        DataType::Datetime(..) => "Datetime".to_owned(),
        DataType::Decimal(..) => "Decimal".to_owned(),
        DataType::Int8 => "Int8".to_owned(),
        DataType::Int16 => "Int16".to_owned(),
        DataType::Int32 => "Int32".to_owned(),
        DataType::Int64 => "Int64".to_owned(),
        DataType::UInt8 => "UInt8".to_owned(),
        DataType::UInt16 => "UInt16".to_owned(),
        DataType::UInt32 => "UInt32".to_owned(),
        DataType::UInt64 => "UInt64".to_owned(),
        DataType::Float32 => "Float32".to_owned(),
        DataType::Float64 => "Float64".to_owned(),
        DataType::Boolean => "Boolean".to_owned(),
        DataType::String => "String".to_owned(),
        DataType::Date => "Date".to_owned(),
        other => other.to_string(),
    }
}
