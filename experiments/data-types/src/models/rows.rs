//! Features and labels of a table.

use std::path::Path;

use polars::prelude::*;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::loss::Precision;

/// Most rows that are read.
const MOST_ROWS: u32 = 100_000;

/// Most features.
const MOST_FEATURES: usize = 24;

/// Fewest rows of each class, so that a test set has some.
const FEWEST: usize = 100;

/// Features column by column, with missing values as NaN, and a label for each row.
pub(crate) struct Rows {
    features: Vec<Vec<f64>>,
    labels: Vec<bool>,
}

/// Rows for training and for testing, standardised.
pub(super) struct Split {
    pub(super) train: Vec<Vec<f64>>,
    pub(super) train_labels: Vec<bool>,
    pub(super) test: Vec<Vec<f64>>,
    pub(super) test_labels: Vec<bool>,
}

/// Reads the features and the label. The inner error is a reason to skip.
///
/// # Errors
/// If the table cannot be read.
pub(crate) fn load(table: &Path, label: &str, left_out: &[&str]) -> anyhow::Result<Result<Rows, String>> {
    let mut lazy = dataset::format::read_table(table)?;
    let schema = lazy.collect_schema()?;
    let is_feature = |name: &str, dtype: &DataType| {
        (dtype.is_primitive_numeric() || *dtype == DataType::Boolean) && name != label && !left_out.contains(&name)
    };
    // Floats first, since only they lose anything.
    let named = |wanted: bool| {
        let found = schema.iter().filter(move |(name, dtype)| is_feature(name, dtype) && dtype.is_float() == wanted);
        found.map(|(name, _)| name.clone())
    };
    let names: Vec<PlSmallStr> = named(true).chain(named(false)).take(MOST_FEATURES).collect();
    if named(true).next().is_none() {
        return Ok(Err("The table has no feature with a fraction, so no type changes a model.".to_owned()));
    }
    let numbers = names.iter().map(|name| Expr::Column(name.clone()).cast(DataType::Float64));
    let columns: Vec<Expr> = numbers.chain([Expr::Column(label.into()).alias("label of the row")]).collect();
    let frame = lazy.limit(MOST_ROWS).select(columns).collect()?;
    let Some((known, labels)) = labels(frame.column("label of the row")?.as_materialized_series())? else {
        return Ok(Err(format!("The label does not have {FEWEST} rows of each of two classes.")));
    };
    let pick = |column: &Column| -> PolarsResult<Vec<f64>> {
        let values = column.f64()?;
        Ok(known.iter().map(|&row| values.get(row).filter(|value| value.is_finite()).unwrap_or(f64::NAN)).collect())
    };
    let features = frame.columns()[..names.len()].iter().map(pick).collect::<PolarsResult<Vec<_>>>()?;
    Ok(Ok(Rows { features, labels }))
}

/// The rows that have a label, and it as yes and no: above the median of a number, the most common one of other values.
fn labels(column: &Series) -> PolarsResult<Option<(Vec<usize>, Vec<bool>)>> {
    let column = if *column.dtype() == DataType::Boolean { column.cast(&DataType::UInt8)? } else { column.clone() };
    let labelled: Vec<(usize, bool)> = if column.dtype().is_primitive_numeric() {
        let values = column.cast(&DataType::Float64)?;
        let values: Vec<(usize, f64)> =
            values.f64()?.iter().enumerate().filter_map(|(row, value)| Some((row, value?))).collect();
        let mut sorted: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        // Where more than half of the values are the largest one, they are yes and all others no.
        let Some(&middle) = sorted.get(sorted.len() / 2) else { return Ok(None) };
        let below = sorted.iter().rev().find(|value| **value < middle);
        let limit = if sorted.last() == Some(&middle) { below.copied().unwrap_or(middle) } else { middle };
        values.into_iter().map(|(row, value)| (row, value > limit)).collect()
    } else {
        let texts = column.cast(&DataType::String)?;
        let texts = texts.str()?;
        let mut counts = std::collections::BTreeMap::new();
        texts.iter().flatten().for_each(|text| *counts.entry(text).or_insert(0_u64) += 1);
        let Some((common, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return Ok(None) };
        texts.iter().enumerate().filter_map(|(row, text)| Some((row, text? == common))).collect()
    };
    let positive = labelled.iter().filter(|(_, label)| *label).count();
    let enough = positive >= FEWEST && labelled.len() - positive >= FEWEST;
    Ok(enough.then(|| labelled.into_iter().unzip()))
}

impl Rows {
    /// Number of features.
    pub(crate) fn features(&self) -> usize {
        self.features.len()
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Rounds the features to a type, and draws at most `train` rows for training and `test` other ones for testing.
    ///
    /// Missing values, and those that became infinite, take the mean of the training rows; then every feature gets the mean 0
    /// and the spread 1 of the training rows.
    pub(super) fn split(&self, precision: Precision, train: usize, test: usize, seed: u64) -> Split {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        let train = train.min(order.len() * 2 / 3);
        let (train, rest) = order.split_at(train);
        let test = &rest[..test.min(rest.len())];
        let mut split = Split {
            train: vec![Vec::with_capacity(self.features()); train.len()],
            train_labels: train.iter().map(|&row| self.labels[row]).collect(),
            test: vec![Vec::with_capacity(self.features()); test.len()],
            test_labels: test.iter().map(|&row| self.labels[row]).collect(),
        };
        for feature in &self.features {
            let value = |row: usize| Some(precision.round(feature[row])).filter(|value| value.is_finite());
            let known: Vec<f64> = train.iter().filter_map(|&row| value(row)).collect();
            let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
            let variance = known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / known.len().max(1) as f64;
            let spread = if variance > 0.0 { variance.sqrt() } else { 1.0 };
            for (rows, to) in [(train, &mut split.train), (test, &mut split.test)] {
                for (&row, to) in rows.iter().zip(to) {
                    to.push((value(row).unwrap_or(mean) - mean) / spread);
                }
            }
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_every_kind_become_yes_and_no() {
        let n = 400;
        let share = |column: Series| {
            labels(&column).unwrap().map(|(rows, yes)| (rows.len(), yes.iter().filter(|yes| **yes).count()))
        };
        let column = |values: Vec<i64>| Series::new("x".into(), values);
        assert_eq!(share(column((0..n).map(|i| i64::from(i % 4 == 0)).collect())), Some((400, 100)));
        assert_eq!(share(column((0..n).map(|i| i64::from(i % 4 != 0)).collect())), Some((400, 300)));
        assert_eq!(share(column((0..n).collect())), Some((400, 199)));
        assert_eq!(share(column(vec![1; 400])), None);
        assert_eq!(share(column(vec![])), None);
        let texts: Vec<Option<&str>> =
            (0..n).map(|i| [Some("a"), Some("b"), Some("a"), None][i as usize % 4]).collect();
        assert_eq!(share(Series::new("x".into(), texts)), Some((300, 200)));
        let yes: Vec<bool> = (0..n).map(|i| i % 2 == 0).collect();
        assert_eq!(share(Series::new("x".into(), yes)), Some((400, 200)));
    }

    #[test]
    fn a_split_is_standardised_and_fills_what_is_missing() {
        let features =
            vec![(0..900).map(|i| if i % 9 == 0 { f64::NAN } else { f64::from(i) }).collect(), vec![7.0; 900]];
        let rows = Rows { features, labels: (0..900).map(|i| i % 2 == 0).collect() };
        let split = rows.split(Precision::F64, 500, 1000, 1);
        assert_eq!((split.train.len(), split.test.len()), (500, 400));
        let column: Vec<f64> = split.train.iter().map(|row| row[0]).collect();
        let mean = column.iter().sum::<f64>() / 500.0;
        assert!(mean.abs() < 1e-9 && column.contains(&0.0));
        assert!(split.train.iter().chain(&split.test).all(|row| row[1] == 0.0 && row.iter().all(|v| v.is_finite())));
        // Another seed draws other rows; the type does not.
        let again = rows.split(Precision::Bf16, 500, 1000, 1);
        assert_eq!(again.train_labels, split.train_labels);
        assert_ne!(rows.split(Precision::F64, 500, 1000, 2).train, split.train);
    }
}
