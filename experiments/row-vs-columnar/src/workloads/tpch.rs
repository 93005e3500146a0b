//! TPC-H queries 1 and 6, the field's yardstick, on `lineitem`. Their answers at scale factor 1 are published and checked.

use anyhow::{Context, ensure};
use dataset::tpch::{pricing_summary, revenue};
use polars::prelude::*;
use results::Answer;

use crate::formats::Source;
use crate::queries::Queries;

pub(crate) const Q1_COLUMNS: [&str; 7] =
    ["l_returnflag", "l_linestatus", "l_quantity", "l_extendedprice", "l_discount", "l_tax", "l_shipdate"];
pub(crate) const Q6_COLUMNS: [&str; 4] = ["l_quantity", "l_extendedprice", "l_discount", "l_shipdate"];

/// Rows of `lineitem` at scale factor 1.
const SF1_ROWS: u64 = 6_001_215;
/// Sums of millions of floats in any order agree with the published decimals to this part.
const PUBLISHED: f64 = 1e-9;

/// The columns, if the table has them.
pub(crate) fn columns(names: &[&str], queries: &Queries) -> Result<Vec<String>, String> {
    match names.iter().find(|name| !queries.columns.iter().any(|column| column.name == **name)) {
        None => Ok(names.iter().map(|name| (*name).to_owned()).collect()),
        Some(missing) => Err(format!("this is a query on TPC-H's lineitem, and the table has no column {missing}")),
    }
}

/// Pricing summary: four sums and a count for each of four groups, over nearly all rows.
pub(crate) fn q1(source: &Source) -> anyhow::Result<Answer> {
    let columns = Q1_COLUMNS.map(str::to_owned);
    let price = number("l_extendedprice") * (lit(1.0) - number("l_discount"));
    let query = source
        .scan(&columns)?
        .filter(col("l_shipdate").lt_eq(day(source, 1998, 9, 2)?))
        .group_by([col("l_returnflag"), col("l_linestatus")])
        .agg([
            number("l_quantity").sum().alias("quantity"),
            number("l_extendedprice").sum().alias("base"),
            price.clone().sum().alias("discounted"),
            (price * (lit(1.0) + number("l_tax"))).sum().alias("charge"),
            len().cast(DataType::Float64).alias("count"),
        ]);
    let result = source.collect(query)?.sort(["l_returnflag", "l_linestatus"], SortMultipleOptions::default())?;
    let sums = ["quantity", "base", "discounted", "charge", "count"].map(|name| result.column(name));
    let mut values = Vec::with_capacity(result.height() * sums.len());
    for row in 0..result.height() {
        for sum in &sums {
            values.push(sum.as_ref().map_err(|e| anyhow::anyhow!("{e}"))?.get(row)?.try_extract()?);
        }
    }
    Ok(Answer { rows: result.height() as u64, values, digest: None })
}

/// Forecast revenue change: one sum over the few rows that a filter on three columns lets through.
pub(crate) fn q6(source: &Source) -> anyhow::Result<Answer> {
    let columns = Q6_COLUMNS.map(str::to_owned);
    // A half of the last decimal place on either side, since a decimal that became a float is not exact.
    let inside = col("l_shipdate")
        .gt_eq(day(source, 1994, 1, 1)?)
        .and(col("l_shipdate").lt(day(source, 1995, 1, 1)?))
        .and(number("l_discount").gt_eq(lit(0.045)))
        .and(number("l_discount").lt_eq(lit(0.075)))
        .and(number("l_quantity").lt(lit(24.0)));
    let sum = (number("l_extendedprice") * number("l_discount")).sum().alias("revenue");
    let result = source.collect(source.scan(&columns)?.filter(inside).select([sum]))?;
    Ok(Answer { rows: 1, values: vec![result.column("revenue")?.get(0)?.try_extract()?], digest: None })
}

/// Compares an answer with the published one, where there is one for a table of this size.
///
/// # Errors
/// If they differ: then the table, the format or the query is wrong.
pub(crate) fn check(query: &Answer, rows: u64) -> anyhow::Result<()> {
    if rows != SF1_ROWS {
        return Ok(());
    }
    let published = match query.values.len() {
        1 => vec![revenue()],
        _ => pricing_summary()
            .iter()
            .flat_map(|g| [g.sum_quantity, g.sum_base_price, g.sum_discounted_price, g.sum_charge, g.count as f64])
            .collect(),
    };
    let expected = Answer { rows: query.rows, values: published, digest: None };
    let difference = query.disagreement(&expected, PUBLISHED);
    ensure!(difference.is_none(), "the published answer of TPC-H differs: {}", difference.unwrap_or_default());
    Ok(())
}

fn number(name: &str) -> Expr {
    col(name).cast(DataType::Float64)
}

/// A day as a literal of the type of `l_shipdate`.
fn day(source: &Source, year: i32, month: u32, day: u32) -> anyhow::Result<Expr> {
    // Days from civil date, from the first of March on (Hinnant); `chrono` would be one more dependency for three days.
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = i32::try_from((153 * m + 2) / 5 + day - 1)?;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let dtype = source.schema.get("l_shipdate").context("the table has no l_shipdate")?;
    Ok(lit(days).cast(DataType::Date).cast(dtype.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_answers_are_checked_at_scale_factor_1_alone() {
        let right = Answer { rows: 1, values: vec![123_141_078.23], digest: None };
        let wrong = Answer { values: vec![123_141_079.0], ..right.clone() };
        assert!(check(&right, SF1_ROWS).is_ok());
        assert!(check(&wrong, SF1_ROWS).unwrap_err().to_string().contains("published"));
        assert!(check(&wrong, 60_175).is_ok());
    }
}
