//! Values of the reader's columns, in a form that queries, files and lanes can share.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

/// A physical value: what a file stores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
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
    pub(crate) fn of(value: &AnyValue<'_>) -> Option<Self> {
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
    pub(crate) fn scalar(&self, dtype: &DataType) -> PolarsResult<Scalar> {
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
    pub(crate) fn literal(&self, dtype: &DataType) -> PolarsResult<Expr> {
        Ok(lit(self.scalar(dtype)?))
    }
}

/// An expression for a column of exactly this name; `col` would read `*` and `^…$` as patterns.
pub(crate) fn column(name: &str) -> Expr {
    Expr::Column(name.into())
}
