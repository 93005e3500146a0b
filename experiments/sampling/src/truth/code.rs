//! Coding a table: one column at a time, so that a table of any width stays small in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use dataset::value::column as named;
use polars::prelude::*;
use rayon::slice::ParallelSliceMut;
use results::{ColumnRole, Dataset};

use super::{FAULT, Judged, KEY, Known, MEASURE, Measure, PART, STRATUM};
use crate::column;
use crate::draw::MOST_STRATA;
use crate::partition::Partitions;

/// Most columns of each kind that are judged.
const MOST_COLUMNS: usize = 12;
/// Steps of the distribution of a column of numbers.
const STEPS: usize = 65_000;
/// The rare category that the planted fault is in has about this share of the rows.
const RARE: f64 = 0.003;
/// No category above this share is called rare, and none with fewer rows is looked for.
const RARE_MOST: f64 = 0.05;
const RARE_ROWS: usize = 10;

fn write(path: &Path, columns: Vec<Column>) -> anyhow::Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    let mut frame = DataFrame::new_infer_height(columns)?;
    dataset::columnar::write_arrow(&mut frame, &mut File::create(path)?)?;
    Ok(())
}

/// Codes a table into `folder`: `codes.arrow`, `levels.arrow` and `known.json`.
///
/// # Errors
/// If the table cannot be read or a file not be written.
pub(super) fn find(
    folder: &Path,
    table: &LazyFrame,
    columns: &BTreeMap<String, String>,
    dataset: &Dataset,
) -> anyhow::Result<()> {
    let fetch = |name: &str| -> anyhow::Result<Series> {
        let frame = table.clone().select([named(name)]).collect()?;
        Ok(frame.columns()[0].as_materialized_series().rechunk())
    };
    let chosen = |purpose: &str| columns.get(purpose).cloned();
    let mut codes = Vec::new();
    let mut levels = (Vec::new(), Vec::new());
    let mut judged = Vec::new();
    let mut rows = None;
    for (name, is_number) in judged_columns(dataset, columns) {
        let series = fetch(&name)?;
        rows = Some(series.len());
        let found = if is_number { Some(ranks(&series)?) } else { category(&series)? };
        let Some((own, below, values)) = found else { continue };
        codes.push(Column::new(judged.len().to_string().into(), own));
        judged.push(Judged { name, is_number, codes: below.len() });
        levels.0.extend(below);
        levels.1.extend(values);
    }
    let rows = match rows {
        Some(rows) => rows,
        None => table.clone().select([len()]).collect()?.columns()[0].get(0)?.try_extract()?,
    };

    let schema = table.clone().collect_schema()?;
    let mut known = Known {
        rows,
        types: schema.iter().map(|(name, dtype)| (name.to_string(), dtype.to_string())).collect(),
        columns: judged,
        key: chosen("key"),
        group: chosen("group"),
        label: chosen("label"),
        measure: None,
        partitions: None,
        fault: None,
    };
    if let Some(key) = &known.key {
        codes.push(Column::new(KEY.into(), column::key_hashes(&fetch(key)?)?));
    }
    if let Some(group) = &known.group {
        match column::categories(&fetch(group)?, MOST_STRATA)? {
            Some((strata, _)) => codes.push(Column::new(STRATUM.into(), strata)),
            None => known.group = None,
        }
    }
    if let Some(name) = chosen("partition") {
        let series = fetch(&name)?;
        let profile = dataset.columns.iter().find(|column| column.name == name);
        let is_time = profile.is_some_and(|column| column.has(ColumnRole::Time));
        known.partitions = Partitions::find(&name, &series, is_time)?;
        if let Some(partitions) = &known.partitions {
            codes.push(Column::new(PART.into(), partitions.codes(&series)?));
        }
    }
    if let Some(name) = chosen("measure") {
        let numbers = column::numbers(&fetch(&name)?)?;
        let present: Vec<f64> = numbers.iter().flatten().copied().collect();
        let mean =
            |magnitude: fn(f64) -> f64| present.iter().copied().map(magnitude).sum::<f64>() / present.len() as f64;
        let (mean, scale) = (mean(|number| number), mean(f64::abs));
        if scale > 0.0 && scale.is_finite() {
            known.measure = Some(Measure { name, mean, scale });
            let numbers: Vec<f64> = numbers.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect();
            codes.push(Column::new(MEASURE.into(), numbers));
        }
    }
    if let Some((name, fault)) = plant(&known, &codes, &levels.0)? {
        let share = fault.iter().map(|&faulty| f64::from(faulty)).sum::<f64>() / rows as f64;
        known.fault = Some((name, share));
        codes.push(Column::new(FAULT.into(), fault));
    }
    write(&folder.join("codes.arrow"), codes)?;
    write(
        &folder.join("levels.arrow"),
        vec![Column::new("below".into(), levels.0), Column::new("value".into(), levels.1)],
    )?;
    std::fs::write(folder.join("known.json"), serde_json::to_vec(&known)?)?;
    Ok(())
}

/// The columns that a sample is judged by, and whether each is one of numbers: times first, since samples differ most in them.
fn judged_columns(dataset: &Dataset, columns: &BTreeMap<String, String>) -> Vec<(String, bool)> {
    let is_category = |column: &results::Column| {
        column.has(ColumnRole::Category) || columns.get("label") == Some(&column.name) || column.dtype == "bool"
    };
    let key = columns.get("key");
    let mut numbers: Vec<&results::Column> = dataset
        .columns
        .iter()
        .filter(|column| (column.is_number() || column.is_time()) && !is_category(column) && column.varies())
        .filter(|column| key != Some(&column.name) || column.is_time())
        .collect();
    let chosen = |column: &results::Column| columns.get("measure") == Some(&column.name);
    numbers.sort_by_key(|column| (!column.is_time(), !chosen(column), !column.has(ColumnRole::Measure)));
    let mut categories: Vec<&results::Column> =
        dataset.columns.iter().filter(|column| is_category(column) && column.varies()).collect();
    let purpose = |column: &results::Column| {
        let is = |purpose: &str| columns.get(purpose) == Some(&column.name);
        (!is("label"), !is("group"))
    };
    categories.sort_by_key(|column| purpose(column));
    let take = |columns: Vec<&results::Column>, is_number: bool| {
        columns.into_iter().take(MOST_COLUMNS).map(move |column| (column.name.clone(), is_number)).collect::<Vec<_>>()
    };
    [take(numbers, true), take(categories, false)].concat()
}

type Coded = (Vec<u16>, Vec<f64>, Vec<f32>);

/// Codes of a column of numbers, the share below each, and a standardised number for each.
fn ranks(series: &Series) -> anyhow::Result<Coded> {
    let numbers = column::numbers(series)?;
    let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
    sorted.par_sort_unstable_by(f64::total_cmp);
    let mut steps = sorted.clone();
    steps.dedup();
    if steps.len() > STEPS {
        steps = (0..STEPS).map(|step| sorted[step * sorted.len() / STEPS]).collect();
        steps.dedup();
    }
    drop(sorted);
    let code = |number: Option<f64>| number.map_or(0, |number| steps.partition_point(|&step| step <= number) as u16);
    let codes: Vec<u16> = numbers.iter().map(|&number| code(number)).collect();

    let mut counts = vec![0_u64; steps.len() + 1];
    let mut sums = vec![0.0; steps.len() + 1];
    for (&code, number) in codes.iter().zip(&numbers) {
        counts[usize::from(code)] += 1;
        sums[usize::from(code)] += number.unwrap_or(0.0);
    }
    let present = (numbers.len() as u64 - counts[0]).max(1) as f64;
    let mean = sums.iter().sum::<f64>() / present;
    let variance = numbers.iter().flatten().map(|number| (number - mean).powi(2)).sum::<f64>() / present;
    let deviation = if variance > 0.0 && variance.is_finite() { variance.sqrt() } else { 1.0 };
    let value = |(code, (&sum, &count)): (usize, (&f64, &u64))| {
        // Far tails are cut, so that no single row decides over a model.
        if code == 0 || count == 0 { 0.0 } else { ((sum / count as f64 - mean) / deviation).clamp(-5.0, 5.0) as f32 }
    };
    let values = sums.iter().zip(&counts).enumerate().map(value).collect();
    Ok((codes, cumulative(&counts, numbers.len()), values))
}

fn category(series: &Series) -> anyhow::Result<Option<Coded>> {
    let Some((codes, kinds)) = column::categories(series, MOST_STRATA)? else { return Ok(None) };
    let mut counts = vec![0_u64; kinds];
    codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
    let below = cumulative(&counts, codes.len());
    Ok(Some((codes, below, vec![0.0; kinds])))
}

fn cumulative(counts: &[u64], rows: usize) -> Vec<f64> {
    let mut sum = 0;
    let share = |&count: &u64| {
        sum += count;
        sum as f64 / rows.max(1) as f64
    };
    counts.iter().map(share).collect()
}

/// Plants a fault in a rare category, all rows of which lose a value: for each row 1 if it is one of them. The category is one of
/// the column that strata are taken by, if that has a rare one. `None` if no category is rare.
fn plant(known: &Known, codes: &[Column], below: &[f64]) -> anyhow::Result<Option<(String, Vec<u16>)>> {
    let mut best: Option<((bool, f64), usize, u16)> = None;
    let mut start = 0;
    for (number, judged) in known.columns.iter().enumerate() {
        let own = &below[start..start + judged.codes];
        start += judged.codes;
        if judged.is_number || known.label.as_deref() == Some(&judged.name) {
            continue;
        }
        for code in 1..judged.codes {
            let share = own[code] - own[code - 1];
            let rows = share * known.rows as f64;
            let distance = (known.group.as_deref() != Some(&judged.name), (share / RARE).ln().abs());
            let rare = rows >= RARE_ROWS as f64 - 0.5 && share <= RARE_MOST;
            if rare && best.is_none_or(|(least, ..)| distance < least) {
                best = Some((distance, number, code as u16));
            }
        }
    }
    let Some((_, number, rare)) = best else { return Ok(None) };
    let own = codes[number].u16()?;
    let fault = own.into_no_null_iter().map(|code| u16::from(code == rare)).collect();
    Ok(Some((known.columns[number].name.clone(), fault)))
}
