//! The work that is timed: a question put to Polars' own scan of a layout, and the list of files that it starts from.

use anyhow::{Context, bail};
use dataset::value::{Value, column};
use polars::io::HiveOptions;
use polars::prelude::*;
use results::Answer;
use walkdir::WalkDir;

use crate::layout::{Grain, Says, text};
use crate::queries::{Filter, Queries, Query};
use crate::time;
use crate::write::Written;

/// Names within a result, which holds no column of the reader's.
const COUNT: &str = "count";
const SUM: &str = "sum";

/// Puts a query to a layout: counts the rows that pass and adds up the measure over them.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn ask(written: &Written, query: Query, queries: &Queries, schema: &Schema) -> anyhow::Result<Answer> {
    if query == Query::List {
        return list(written);
    }
    let mut table = scan(written)?;
    if let Some(filter) = queries.filter(query).map_err(anyhow::Error::msg)? {
        table = table.filter(predicate(written, filter, queries, schema)?);
    }
    let measure = column(&queries.measure.column);
    let sum = if queries.measure.number { measure.cast(DataType::Float64).sum() } else { measure.count() };
    let wanted = table.select([len().alias(COUNT), sum.cast(DataType::Float64).alias(SUM)]);
    let result = wanted.collect_with_engine(Engine::Streaming)?.unwrap_single();
    let count: u64 = result.column(COUNT)?.get(0)?.try_extract()?;
    let sum: f64 = result.column(SUM)?.get(0)?.try_extract()?;
    // Near 1, so that a relative tolerance is one of the column's whole weight; and no sum of the reader's shows.
    Ok(Answer { rows: count, values: vec![1.0 + sum / queries.measure.total], digest: None })
}

/// A lazy table over a layout. The folders' keys are texts, as they stand in the names.
///
/// # Errors
/// If the files cannot be found.
pub(crate) fn scan(written: &Written) -> PolarsResult<LazyFrame> {
    let hive_options = if written.keys.is_empty() {
        HiveOptions::new_disabled()
    } else {
        let schema: Schema = written.keys.iter().map(|key| Field::new(key.into(), DataType::String)).collect();
        HiveOptions { schema: Some(Arc::new(schema)), try_parse_dates: false, ..HiveOptions::new_enabled() }
    };
    let args = ScanArgsParquet { glob: false, hive_options, ..Default::default() };
    LazyFrame::scan_parquet(PlRefPath::try_from_path(&written.root)?, args)
}

/// A filter as a reader of this layout writes it: on the folders' keys as far as they go, and on the column where the
/// folders leave something open.
fn predicate(written: &Written, filter: &Filter, queries: &Queries, schema: &Schema) -> anyhow::Result<Expr> {
    let is = |purpose: &str| queries.column(purpose) == Some(filter.column.as_str());
    let mut parts = Vec::new();
    for (key, grain) in written.keys.iter().zip(&written.grains) {
        let (low, high) = match (grain, &filter.low, &filter.high) {
            (Grain::Category, value, _) if is("category") => (text(value), text(value)),
            (Grain::Day, Value::Int(low), Value::Int(high)) if is("time") => {
                let name = |tick: &i64| time::day_name(tick.div_euclid(written.per_day));
                name(low).zip(name(high)).context("the filter has no day")?
            }
            (Grain::Month, Value::Int(low), Value::Int(high)) if is("time") => {
                let name = |tick: &i64| time::month(tick.div_euclid(written.per_day)).map(time::month_name);
                name(low).zip(name(high)).context("the filter has no month")?
            }
            _ => continue,
        };
        parts.push(if low == high {
            column(key).eq(lit(low))
        } else {
            column(key).gt_eq(lit(low)).and(column(key).lt_eq(lit(high)))
        });
    }
    let says = |keys: &[crate::layout::Key]| -> Vec<Says> {
        keys.iter().map(|key| key.says(filter, queries, written.per_day)).collect()
    };
    let open = written.files.iter().any(|file| {
        let says = says(&file.keys);
        !says.contains(&Says::Nothing) && !says.contains(&Says::Everything)
    });
    if open || parts.is_empty() {
        parts.push(filter.inside(schema.try_get(&filter.column)?)?);
    }
    parts.into_iter().reduce(Expr::and).context("the filter says nothing")
}

/// Finds the files of a layout, as an engine does that no catalog tells them, and compares them with those that were written.
fn list(written: &Written) -> anyhow::Result<Answer> {
    let mut found = 0;
    for entry in WalkDir::new(&written.root) {
        let entry = entry?;
        found +=
            usize::from(entry.file_type().is_file() && entry.path().extension().is_some_and(|ext| ext == "parquet"));
    }
    if found != written.files.len() {
        bail!("{found} files were found, and {} were written", written.files.len());
    }
    Ok(Answer { rows: written.rows, ..Answer::default() })
}
