//! Tables for the tests.

use polars::prelude::*;
use results::ColumnRole;

/// The roles that a profile would find in [`log`].
pub(crate) const ROLES: [(&str, ColumnRole); 7] = [
    ("id", ColumnRole::Key),
    ("at", ColumnRole::Time),
    ("country", ColumnRole::Category),
    ("kind", ColumnRole::Category),
    ("price", ColumnRole::Measure),
    ("score", ColumnRole::Measure),
    ("label", ColumnRole::Label),
];

/// A log of purchases in miniature, in the order of time: a skewed price with nulls, a rare country, a label that follows a
/// number, texts with quotes and line breaks.
pub(crate) fn log(rows: usize) -> DataFrame {
    let n = rows as i64;
    let noise = |i: i64, salt: i64| {
        let mixed = (i.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(salt * 7_919)) as u64;
        ((mixed >> 33) ^ (mixed >> 51)) % 10_007
    };
    let unit = |i: i64, salt: i64| noise(i, salt) as f64 / 10_007.0;
    let country = |i: i64| match noise(i, 1) {
        0..=39 => "MT",
        40..=3_000 => "FR",
        3_001..=5_000 => "US",
        _ => "DE",
    };
    let texts = ["plain", "", "a \"quoted\", one", "two\nlines", "null", "ünïcödé 🦀", " spaces "];
    df!(
        "id" => (0..n).map(|i| 1_000_003 * i - 5).collect::<Vec<i64>>(),
        "at" => (0..n).map(|i| 1_700_000_000_000_000 + i * 300_000_000).collect::<Vec<i64>>(),
        "price" => (0..n).map(|i| (i % 11 != 0).then(|| 1.0 + 90.0 * unit(i, 2).powi(4))).collect::<Vec<Option<f64>>>(),
        "score" => (0..n).map(|i| unit(i, 3) * 2.0 - 1.0).collect::<Vec<f64>>(),
        "country" => (0..n).map(country).collect::<Vec<&str>>(),
        "kind" => (0..n).map(|i| (i % 17 != 3).then(|| ["a/b", "c", "d"][(noise(i, 4) % 3) as usize])).collect::<Vec<_>>(),
        "note" => (0..n).map(|i| (i % 7 != 2).then(|| texts[(i % 7) as usize])).collect::<Vec<Option<&str>>>(),
        "label" => (0..n).map(|i| i64::from(unit(i, 3) + unit(i, 5) * 0.8 > 0.9)).collect::<Vec<i64>>(),
    )
    .unwrap()
    .lazy()
    .with_column(col("at").cast(DataType::Datetime(TimeUnit::Microseconds, None)))
    .collect()
    .unwrap()
}
