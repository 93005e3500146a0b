//! Small tables for the tests.

use polars::prelude::*;
use results::ColumnRole;

/// The roles that a profile would find in [`log`].
pub(crate) const ROLES: [(&str, ColumnRole); 8] = [
    ("id", ColumnRole::Key),
    ("country", ColumnRole::Category),
    ("count", ColumnRole::Measure),
    ("price", ColumnRole::Measure),
    ("x", ColumnRole::Measure),
    ("wide", ColumnRole::Measure),
    ("review", ColumnRole::Text),
    ("label", ColumnRole::Label),
];

/// Words of reviews.
const WORDS: [&str; 30] = [
    "good", "bad", "fast", "slow", "nice", "item", "late", "broken", "love", "it", "would", "buy", "again", "cheap",
    "best", "worst", "ever", "size", "fits", "colour", "price", "value", "box", "open", "return", "new", "old", "gift",
    "star", "the",
];

/// A log of purchases in miniature: types wider than their values, nulls, texts, features that a label follows.
pub(crate) fn log(rows: usize) -> DataFrame {
    let n = rows as i64;
    let noise = |i: i64, salt: i64| ((i * 7919 + salt * 104_729 + 13) * 31 % 10_007) as f64 / 10_007.0;
    let x = |i: i64| noise(i, 1) * 4.0 - 2.0;
    let review = |i: i64| {
        let word = |j: i64| WORDS[(noise(i, 100 + j).powi(2) * 30.0) as usize % 30];
        (0..6 + i % 9).map(word).collect::<Vec<_>>().join(" ")
    };
    df!(
        "id" => (0..n).map(|i| 10_000_000 + i).collect::<Vec<i64>>(),
        "at" => (0..n).map(|i| 1_700_000_000_000_000 + i * 61_000_001).collect::<Vec<i64>>(),
        "midnight" => (0..n).map(|i| (19_000 + i % 300) * 86_400_000_000).collect::<Vec<i64>>(),
        "country" => (0..n).map(|i| ["DE", "FR", "United States of America"][(noise(i, 2) * 3.0) as usize]).collect::<Vec<&str>>(),
        "count" => (0..n).map(|i| (i % 11 != 0).then_some(i % 90)).collect::<Vec<Option<i64>>>(),
        "price" => (0..n).map(|i| (i % 13 != 0).then(|| (noise(i, 3) * 20_000.0).round() / 100.0)).collect::<Vec<Option<f64>>>(),
        "x" => (0..n).map(x).collect::<Vec<f64>>(),
        "wide" => (0..n).map(|i| noise(i, 4) * 1e6 + 1.0 / 3.0).collect::<Vec<f64>>(),
        "integral" => (0..n).map(|i| (i % 300) as f64).collect::<Vec<f64>>(),
        "single" => (0..n).map(|i| f64::from(noise(i, 5) as f32)).collect::<Vec<f64>>(),
        "flag" => (0..n).map(|i| i % 2).collect::<Vec<i64>>(),
        "digits" => (0..n).map(|i| (i * 37 % 5000).to_string()).collect::<Vec<String>>(),
        "day" => (0..n).map(|i| format!("2024-{:02}-{:02}", i % 12 + 1, i % 28 + 1)).collect::<Vec<String>>(),
        "review" => (0..n).map(|i| (i % 50 != 7).then(|| review(i))).collect::<Vec<Option<String>>>(),
        "nothing" => vec![None::<i64>; rows],
        "label" => (0..n).map(|i| i64::from(x(i) + noise(i, 6) > 0.5)).collect::<Vec<i64>>(),
    )
    .unwrap()
    .lazy()
    .with_columns([
        col("at").cast(DataType::Datetime(TimeUnit::Microseconds, None)),
        col("midnight").cast(DataType::Datetime(TimeUnit::Microseconds, None)),
    ])
    .collect()
    .unwrap()
}
