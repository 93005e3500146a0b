//! Counts and sums: over a range of rows, and for each group.

use dataset::value::column;
use polars::prelude::*;
use results::Answer;

use crate::formats::Source;
use crate::queries::Queries;

/// Names within a result that holds no column of the reader's.
const COUNT: &str = "count";
const SUM: &str = "sum";

/// Counts the rows in the filter's range and adds up the measure over them.
///
/// Without pushdown the file is read whole, with all its columns, and filtered in memory.
pub(crate) fn filter(source: &Source, queries: &Queries, pushdown: bool) -> anyhow::Result<Answer> {
    let filter = queries.filter.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
    let measure = queries.measure.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
    let dtype = source.schema.try_get(&filter.column)?;
    let inside = column(&filter.column)
        .gt_eq(filter.low.literal(dtype)?)
        .and(column(&filter.column).lt_eq(filter.high.literal(dtype)?));
    let query = |table: LazyFrame| table.filter(inside).select([len().alias(COUNT), sum(source, measure).alias(SUM)]);
    let result = if pushdown {
        source.collect(query(source.scan(&[filter.column.clone(), measure.clone()])?))?
    } else {
        query(source.load(&queries.names())?.lazy()).collect()?
    };
    let count: u64 = result.column(COUNT)?.get(0)?.try_extract()?;
    let sum: f64 = result.column(SUM)?.get(0)?.try_extract()?;
    Ok(Answer { rows: count, values: vec![queries.scale(measure).signed(sum)], digest: None })
}

/// Counts the rows of each group and adds up the measure in it.
pub(crate) fn group(source: &Source, queries: &Queries) -> anyhow::Result<Answer> {
    let group = queries.group.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
    let measure = queries.measure.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
    // The key keeps its name, since another one would be a pass over the rows; so the others must differ from it.
    let [count, total] = [COUNT, SUM].map(|name| format!("{name} of {group}"));
    let query = source
        .scan(&[group.clone(), measure.clone()])?
        .group_by([column(group)])
        .agg([len().alias(&count), sum(source, measure).alias(&total)]);
    let result = source.collect(query)?;
    let counts = result.column(&count)?.cast(&DataType::Float64)?;
    let counts = counts.f64()?;
    let sums = result.column(&total)?.cast(&DataType::Float64)?;
    let rows = queries.rows.max(1) as f64;
    let squares: f64 = counts.into_no_null_iter().map(|count| (count / rows).powi(2)).sum();
    // Weighted by the groups' sizes, so that a value in the wrong group shows.
    let weighted: f64 =
        counts.into_no_null_iter().zip(sums.f64()?.iter()).map(|(n, sum)| n / rows * sum.unwrap_or(0.0)).sum();
    let values = vec![squares, queries.scale(measure).signed(weighted)];
    Ok(Answer { rows: result.height() as u64, values, digest: None })
}

/// The sum in 64 bits; a cast to the type that a column has already would be one more pass over the rows.
fn sum(source: &Source, measure: &str) -> Expr {
    match source.schema.get(measure) {
        Some(DataType::Float64) => column(measure).sum(),
        _ => column(measure).cast(DataType::Float64).sum(),
    }
}
