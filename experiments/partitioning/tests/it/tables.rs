//! Small tables for the tests.

use polars::prelude::*;
use results::ColumnRole;

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// What a profile would find in [`log`].
pub(crate) const ROLES: [(&str, ColumnRole); 7] = [
    ("id", ColumnRole::Key),
    ("at", ColumnRole::Time),
    ("kind", ColumnRole::Category),
    ("country", ColumnRole::Category),
    ("user", ColumnRole::Filter),
    ("item", ColumnRole::Filter),
    ("price", ColumnRole::Measure),
];

/// A log of purchases in miniature, over `days` days from the 20th of January 2024, in the order of time.
pub(crate) fn log(rows: usize, days: i64) -> DataFrame {
    let n = rows as i64;
    let noise = |i: i64, by: i64| (i * by + 13) % 10_007;
    let start = 19_742 * DAY;
    df!(
        "id" => (0..n).collect::<Vec<i64>>(),
        "at" => (0..n).map(|i| start + i * (days * DAY - 1) / n).collect::<Vec<i64>>(),
        "user" => (0..n).map(|i| noise(i, 7919) % 500).collect::<Vec<i64>>(),
        "item" => (0..n).map(|i| noise(i, 104_729) % 900).collect::<Vec<i64>>(),
        "price" => (0..n).map(|i| (i % 11 != 0).then(|| noise(i, 31) as f64 / 7.0 - 200.0)).collect::<Vec<Option<f64>>>(),
        "kind" => (0..n).map(|i| ["a/b", "ünïcödé 🦀", "x=y %", "plain"][(noise(i, 71) % 4) as usize]).collect::<Vec<&str>>(),
        "country" => (0..n).map(|i| (i % 9 != 0).then(|| format!("C{}", noise(i, 3) % 9))).collect::<Vec<Option<String>>>(),
        "note" => (0..n).map(|i| (i % 7 != 2).then(|| format!("note {}", i % 10))).collect::<Vec<Option<String>>>(),
    )
    .unwrap()
    .lazy()
    .with_column(col("at").cast(DataType::Datetime(TimeUnit::Microseconds, None)))
    .collect()
    .unwrap()
}
