//! The table in its normal form: only columns and values that every format can carry, so that all store the same.

use dataset::value::column;
use polars::prelude::*;

/// A column that is left out of every format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Its name.
    pub(crate) name: String,
    /// Why, as a noun: `nested`, `time of day`.
    pub(crate) why: &'static str,
}

/// The table in its normal form, and what had to be left out.
///
/// Categories become texts, instants lose their time zone (the instant stays), and a float that is not finite becomes a
/// null, because JSON has no way to write one.
///
/// # Errors
/// If the table's schema cannot be read.
pub(crate) fn normal(mut table: LazyFrame) -> PolarsResult<(LazyFrame, Vec<LeftOut>)> {
    let schema = table.collect_schema()?;
    let mut kept = Vec::new();
    let mut left_out = Vec::new();
    for (name, dtype) in schema.iter() {
        let this = column(name);
        match stored(this, dtype) {
            Ok(expr) => kept.push(expr),
            Err(why) => left_out.push(LeftOut { name: name.to_string(), why }),
        }
    }
    Ok((table.select(kept), left_out))
}

fn stored(this: Expr, dtype: &DataType) -> Result<Expr, &'static str> {
    Ok(match dtype {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::String
        | DataType::Date
        | DataType::Datetime(_, None)
        | DataType::Decimal(..) => this,
        DataType::Float32 | DataType::Float64 => {
            when(this.clone().is_finite()).then(this).otherwise(lit(Null {}).cast(dtype.clone()))
        }
        DataType::Datetime(unit, Some(_)) => this.cast(DataType::Int64).cast(DataType::Datetime(*unit, None)),
        DataType::Categorical(..) | DataType::Enum(..) => this.cast(DataType::String),
        DataType::List(_) | DataType::Array(..) | DataType::Struct(_) => return Err("nested"),
        DataType::Binary | DataType::BinaryOffset => return Err("binary"),
        DataType::Time => return Err("time of day"),
        DataType::Duration(_) => return Err("duration"),
        DataType::Null => return Err("without a type"),
        _ => return Err("of a type that not every format has"),
    })
}
