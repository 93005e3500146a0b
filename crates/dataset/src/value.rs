//! Values of the reader's columns, in a form that queries, files and lanes in other languages can share.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

/// A physical value: what a file stores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// Integers, days and instants that fit.
    Int(i64),
    /// Integers beyond.
    UInt(u64),
    /// Floats.
    Float(f64),
    /// Texts.
    Text(String),
}

impl Value {
    /// The value, if it is one that a filter can hold: none that is missing, nested or not finite.
    #[must_use]
    pub fn of(value: &AnyValue<'_>) -> Option<Self> {
        Some(match value {
            AnyValue::Boolean(v) => Self::Bool(*v),
            AnyValue::String(text) => Self::Text((*text).to_owned()),
            AnyValue::StringOwned(text) => Self::Text(text.to_string()),
            AnyValue::Float32(v) if v.is_finite() => Self::Float(f64::from(*v)),
            AnyValue::Float64(v) if v.is_finite() => Self::Float(*v),
            AnyValue::Float32(_) | AnyValue::Float64(_) => return None,
            AnyValue::UInt64(v) => i64::try_from(*v).map_or(Self::UInt(*v), Self::Int),
            other => Self::Int(other.try_extract::<i64>().ok()?),
        })
    }

    /// A scalar of a column's own type, so that statistics of a file can be compared with it.
    ///
    /// # Errors
    /// If the type cannot hold the value.
    pub fn scalar(&self, dtype: &DataType) -> PolarsResult<Scalar> {
        let name = PlSmallStr::EMPTY;
        let physical = match self {
            Self::Bool(v) => Series::new(name, [*v]),
            Self::Int(v) => Series::new(name, [*v]),
            Self::UInt(v) => Series::new(name, [*v]),
            Self::Float(v) => Series::new(name, [*v]),
            Self::Text(v) => Series::new(name, [v.as_str()]),
        };
        let value = physical.strict_cast(&dtype.to_physical())?.cast(dtype)?;
        Ok(Scalar::new(dtype.clone(), value.get(0)?.into_static()))
    }

    /// The same as an expression.
    ///
    /// # Errors
    /// If the type cannot hold the value.
    pub fn literal(&self, dtype: &DataType) -> PolarsResult<Expr> {
        Ok(lit(self.scalar(dtype)?))
    }
}

/// What the physical values of a column of this type are: `number`, `text`, `bool`, `date`, `ms`, `us` or `ns`.
#[must_use]
pub fn kind(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Boolean => "bool",
        DataType::String => "text",
        DataType::Date => "date",
        DataType::Datetime(TimeUnit::Milliseconds, _) => "ms",
        DataType::Datetime(TimeUnit::Microseconds, _) => "us",
        DataType::Datetime(TimeUnit::Nanoseconds, _) => "ns",
        _ => "number",
    }
}

/// An expression for a column of exactly this name; `col` would read `*` and `^…$` as patterns.
pub fn column(name: &str) -> Expr {
    Expr::Column(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first value of a column, as it is stored.
    fn first(column: &Column) -> Option<Value> {
        Value::of(&column.as_materialized_series().to_physical_repr().get(0).unwrap())
    }

    #[test]
    fn a_value_goes_through_json_and_finds_its_row_again() {
        let of = |series: Series, dtype: &DataType| series.cast(dtype).unwrap().into_column();
        let name = || PlSmallStr::from("*");
        let time = DataType::Datetime(TimeUnit::Microseconds, None);
        for (values, kind_of, json) in [
            (of(Series::new(name(), [true, false]), &DataType::Boolean), "bool", "true"),
            (of(Series::new(name(), [-3_i64, 4]), &DataType::Int8), "number", "-3"),
            (of(Series::new(name(), [u64::MAX, 4]), &DataType::UInt64), "number", "18446744073709551615"),
            (of(Series::new(name(), [0.5, 4.0]), &DataType::Float32), "number", "0.5"),
            (of(Series::new(name(), ["a'b", "x"]), &DataType::String), "text", "\"a'b\""),
            (of(Series::new(name(), [19_000_i32, 4]), &DataType::Date), "date", "19000"),
            (of(Series::new(name(), [-1_i64, 4]), &time), "us", "-1"),
        ] {
            let dtype = values.dtype().clone();
            assert_eq!(kind(&dtype), kind_of);
            let value = first(&values).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), json, "{dtype}");
            let back: Value = serde_json::from_str(json).unwrap();
            assert_eq!(back, value, "{dtype}");
            let found = values.into_frame().lazy().filter(column("*").eq(back.literal(&dtype).unwrap()));
            assert_eq!(found.collect().unwrap().height(), 1, "{dtype}");
        }
    }

    #[test]
    fn what_no_filter_can_hold_is_none() {
        let missing = Column::new("x".into(), [None::<i64>]);
        let endless = Column::new("x".into(), [f64::INFINITY]);
        assert_eq!((first(&missing), first(&endless)), (None, None));
        assert!(Value::Int(300).scalar(&DataType::Int8).is_err());
    }
}
