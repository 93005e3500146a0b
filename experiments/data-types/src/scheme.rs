//! The schemes: which type each column of a table has.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use polars::prelude::*;

use crate::plan::{ColumnPlan, Small, categories, dates, scaled};

/// A rule for the types of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Every number in 64 bits, every text a text: what a reader of CSV gives that is told nothing.
    Wide,
    /// The types that the table came with.
    AsIs,
    /// The smallest types that lose nothing.
    Lossless,
    /// The same, and what is still a float in 64 bits takes 32.
    Single,
    /// Numbers as texts: what a table looks like whose identifiers were never looked at.
    Texts,
}

impl Scheme {
    /// The schemes that a whole table is measured under.
    pub(crate) const TABLE: [Self; 4] = [Self::Wide, Self::AsIs, Self::Lossless, Self::Single];

    /// The scheme that a variant's parameters describe.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(crate) fn from_params(params: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        Ok(match params.get("table").context("the variant has no parameter `table`")?.as_str() {
            "wide" => Self::Wide,
            "as-is" => Self::AsIs,
            "lossless" => Self::Lossless,
            "single" => Self::Single,
            "texts" => Self::Texts,
            other => bail!("there is no scheme {other:?}"),
        })
    }

    /// A column in the scheme's type.
    ///
    /// # Errors
    /// If a value does not fit, which a plan of this very column rules out.
    pub(crate) fn convert(self, column: &Series, plan: &ColumnPlan) -> PolarsResult<Series> {
        match self {
            Self::AsIs => Ok(column.clone()),
            Self::Wide => match column.dtype() {
                DataType::UInt64 => Ok(column.clone()),
                dtype if dtype.is_integer() => column.cast(&DataType::Int64),
                dtype if dtype.is_float() => column.cast(&DataType::Float64),
                _ => Ok(column.clone()),
            },
            Self::Texts => column.cast(&DataType::String),
            Self::Lossless => lossless(column, plan.to),
            Self::Single => {
                let column = lossless(column, plan.to)?;
                if *column.dtype() == DataType::Float64 { column.cast(&DataType::Float32) } else { Ok(column) }
            }
        }
    }
}

fn lossless(column: &Series, to: Small) -> PolarsResult<Series> {
    match to {
        Small::Same => Ok(column.clone()),
        Small::Int(width) => column.strict_cast(&width.dtype()),
        Small::Scaled(places, width) => scaled(column, places, width),
        Small::Boolean => column.strict_cast(&DataType::Boolean),
        Small::Float32 => column.cast(&DataType::Float32),
        Small::Date if *column.dtype() == DataType::String => dates(column),
        Small::Date => column.cast(&DataType::Date),
        Small::Enum(_) => column.strict_cast(&categories(column)?),
    }
}
