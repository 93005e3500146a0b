//! How the table is partitioned: by a span of its time column, or by the values of a category.

use dataset::value::column as named;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

/// Most partitions.
const MOST: usize = 100;
/// Fewest rows of a partition on average: more than the samples that are taken from one.
const FEWEST_ROWS: i64 = 2_000;
/// Spans of time that people partition by, in days.
const DAYS: [i64; 5] = [1, 7, 30, 91, 365];

/// The partitions of a table. Holds values of the reader's data: it never leaves the scratch folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Partitions {
    /// The column.
    pub(crate) column: String,
    /// Where one ends and the next begins.
    pub(crate) kind: Kind,
    /// Whether rows without a value have a partition of their own, the last one.
    pub(crate) missing: bool,
}

/// What a partition holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A span of a column that counts.
    Spans {
        /// Where the first begins, as the column's physical value.
        low: i64,
        /// How long each is.
        width: i64,
        /// How many there are.
        count: usize,
        /// What one is called: `7 days`.
        label: String,
    },
    /// One value.
    Texts(Vec<String>),
    /// One value of a column of whole numbers or booleans.
    Numbers(Vec<i64>),
}

impl Partitions {
    /// Finds the partitions of a column, or `None` if there would be fewer than two.
    ///
    /// # Errors
    /// If the column has a type that is not partitioned by.
    pub(crate) fn find(column: &str, series: &Series, is_time: bool) -> PolarsResult<Option<Self>> {
        let missing = series.null_count() > 0;
        let rows = series.len() as i64;
        let kind = if is_time { spans(series, rows)? } else { values(series)? };
        let found = kind.map(|kind| Self { column: column.to_owned(), kind, missing });
        Ok(found.filter(|found| found.count() >= 2))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        let valued = match &self.kind {
            Kind::Spans { count, .. } => *count,
            Kind::Texts(values) => values.len(),
            Kind::Numbers(values) => values.len(),
        };
        valued + usize::from(self.missing)
    }

    /// What one is, in words.
    pub(crate) fn label(&self) -> String {
        match &self.kind {
            Kind::Spans { label, .. } => label.clone(),
            Kind::Texts(_) | Kind::Numbers(_) => "one value".to_owned(),
        }
    }

    /// The partition of each row.
    ///
    /// # Errors
    /// If the column is not the one that the partitions were found on.
    pub(crate) fn codes(&self, series: &Series) -> PolarsResult<Vec<u16>> {
        let physical = series.to_physical_repr();
        let last = (self.count() - 1) as u16;
        Ok(match &self.kind {
            Kind::Texts(values) => {
                let code = |text: &str| values.binary_search_by(|v| v.as_str().cmp(text)).unwrap_or_default() as u16;
                physical.str()?.iter().map(|text| text.map_or(last, code)).collect()
            }
            Kind::Numbers(values) => {
                let code = |number: i64| values.binary_search(&number).unwrap_or_default() as u16;
                whole(series)?.iter().map(|number| number.map_or(last, code)).collect()
            }
            Kind::Spans { low, width, count, .. } => {
                let code = |number: i64| (number.saturating_sub(*low) / width).clamp(0, *count as i64 - 1) as u16;
                whole(series)?.iter().map(|number| number.map_or(last, code)).collect()
            }
        })
    }

    /// Whether a row is in one of these partitions: the condition that a reader would write.
    ///
    /// # Errors
    /// If a bound is no value of the column's type.
    pub(crate) fn condition(&self, chosen: &[usize], dtype: &DataType) -> PolarsResult<Expr> {
        let column = || named(&self.column);
        let mut condition: Option<Expr> = None;
        let mut chosen = chosen.iter().copied().peekable();
        while let Some(part) = chosen.next() {
            let one = if self.missing && part + 1 == self.count() {
                column().is_null()
            } else {
                match &self.kind {
                    Kind::Texts(values) => column().eq(lit(values[part].as_str())),
                    Kind::Numbers(values) => column().eq(literal(values[part], dtype)?),
                    Kind::Spans { low, width, count, .. } => {
                        // Neighbours are one range.
                        let mut end = part + 1;
                        while chosen.next_if(|&next| next == end && next < *count).is_some() {
                            end += 1;
                        }
                        let bound = |part: usize| literal(low.saturating_add(width.saturating_mul(part as i64)), dtype);
                        column().gt_eq(bound(part)?).and(column().lt(bound(end)?))
                    }
                }
            };
            condition = Some(match condition {
                None => one,
                Some(before) => before.or(one),
            });
        }
        Ok(condition.unwrap_or_else(|| lit(false)))
    }
}

fn whole(series: &Series) -> PolarsResult<Int64Chunked> {
    Ok(series.to_physical_repr().strict_cast(&DataType::Int64)?.i64()?.clone())
}

/// A value of the column's own type, so that the file's statistics can be compared with it.
fn literal(value: i64, dtype: &DataType) -> PolarsResult<Expr> {
    let value = Series::new(PlSmallStr::EMPTY, [value]).cast(&dtype.to_physical())?.cast(dtype)?;
    Ok(lit(Scalar::new(dtype.clone(), value.get(0)?.into_static())))
}

fn values(series: &Series) -> PolarsResult<Option<Kind>> {
    let physical = series.to_physical_repr();
    if let Ok(texts) = physical.str() {
        let values: std::collections::BTreeSet<&str> = texts.iter().flatten().collect();
        return Ok((values.len() <= MOST).then(|| Kind::Texts(values.into_iter().map(str::to_owned).collect())));
    }
    let values: std::collections::BTreeSet<i64> = whole(series)?.iter().flatten().collect();
    Ok((values.len() <= MOST).then(|| Kind::Numbers(values.into_iter().collect())))
}

/// The shortest span of time with enough rows on average; of a plain number, equal parts of its range.
fn spans(series: &Series, rows: i64) -> PolarsResult<Option<Kind>> {
    let numbers = whole(series)?;
    let (Some(low), Some(high)) = (numbers.min(), numbers.max()) else { return Ok(None) };
    let range = high.saturating_sub(low).saturating_add(1);
    let day = match series.dtype() {
        DataType::Date => Some(1),
        DataType::Datetime(TimeUnit::Milliseconds, _) => Some(86_400_000),
        DataType::Datetime(TimeUnit::Microseconds, _) => Some(86_400_000_000),
        DataType::Datetime(TimeUnit::Nanoseconds, _) => Some(86_400_000_000_000),
        _ => None,
    };
    let most = (rows / FEWEST_ROWS).clamp(2, MOST as i64);
    if let Some(day) = day {
        // Spans begin where days do.
        let low = low.div_euclid(day) * day;
        let range = high.saturating_sub(low).saturating_add(1);
        for days in DAYS {
            let count = (range - 1) / (days * day) + 1;
            if (2..=most).contains(&count) {
                let label = if days == 1 { "one day".to_owned() } else { format!("{days} days") };
                return Ok(Some(Kind::Spans { low, width: days * day, count: count as usize, label }));
            }
        }
    }
    let width = (range - 1) / most + 1;
    let count = ((range - 1) / width + 1) as usize;
    let label = "an equal part of its range".to_owned();
    Ok((count >= 2).then_some(Kind::Spans { low, width, count, label }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The condition of each partition lets exactly its rows through.
    fn agree(series: &Series, is_time: bool) -> Partitions {
        let found = Partitions::find("x y", series, is_time).unwrap().unwrap();
        let codes = found.codes(series).unwrap();
        let frame = df!("row" => 0..series.len() as i64).unwrap();
        let frame = frame.hstack(&[series.clone().with_name("x y".into()).into_column()]).unwrap();
        let count = found.count();
        let sets: Vec<Vec<usize>> =
            (0..count).map(|part| vec![part]).chain([(0..count).collect(), vec![0, count - 1], vec![]]).collect();
        for chosen in sets {
            let condition = found.condition(&chosen, series.dtype()).unwrap();
            let rows = frame.clone().lazy().filter(condition).collect().unwrap();
            let rows: Vec<i64> = rows.column("row").unwrap().i64().unwrap().into_no_null_iter().collect();
            let expected: Vec<i64> =
                (0..codes.len() as i64).filter(|&row| chosen.contains(&usize::from(codes[row as usize]))).collect();
            assert_eq!(rows, expected, "{chosen:?} of {found:?}");
        }
        found
    }

    #[test]
    fn conditions_and_codes_agree() {
        let day = 86_400_000_000_i64;
        let times: Vec<Option<i64>> = (0..30_000).map(|i| (i % 50 != 0).then_some(i * day / 1_000 - 5)).collect();
        let times = Series::new("x".into(), &times).cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
        let found = agree(&times, true);
        assert!(found.missing && matches!(&found.kind, Kind::Spans { label, .. } if label == "7 days"), "{found:?}");
        let days = Series::new("x".into(), (0..9_000_i32).map(|i| i % 3).collect::<Vec<_>>());
        assert_eq!(agree(&days.cast(&DataType::Date).unwrap(), true).label(), "one day");
        let words: Vec<Option<&str>> = (0..100).map(|i| [Some("a/b"), None, Some(""), Some("*")][i % 4]).collect();
        agree(&Series::new("x".into(), words), false);
        agree(&Series::new("x".into(), [Some(3_i64), None, Some(-1)]), false);
        agree(&Series::new("x".into(), [Some(true), None, Some(false)]), false);
        agree(&Series::new("x".into(), (0..10_000_i64).map(|i| i * i).collect::<Vec<_>>()), true);
    }

    #[test]
    fn one_value_is_no_partitioning() {
        let constant = Series::new("x".into(), [5_i64, 5, 5]);
        assert_eq!(Partitions::find("x", &constant, false).unwrap(), None);
        assert_eq!(Partitions::find("x", &constant, true).unwrap(), None);
        assert_eq!(Partitions::find("x", &Series::new("x".into(), [None::<i64>, None]), true).unwrap(), None);
        let many = Series::new("x".into(), (0..1_000_i64).map(|i| i.to_string()).collect::<Vec<_>>());
        assert_eq!(Partitions::find("x", &many, false).unwrap(), None);
    }
}
