//! Small tables for the tests.

use polars::prelude::*;

/// A log of purchases in miniature: every type that formats carry, nulls, quotes, line breaks, empty texts, a time that rises.
pub(crate) fn log(rows: usize) -> DataFrame {
    let n = rows as i64;
    let noise = |i: i64| (i * 7919 + 13) % 1009;
    let texts = ["plain", "", "a \"quoted\", one", "two\nlines", "null", "NaN", "ünïcödé 🦀", " spaces ", "007", "1e5"];
    df!(
        "id" => (0..n).map(|i| 1_000_000_007 * i - 5).collect::<Vec<i64>>(),
        "at" => (0..n).map(|i| 1_700_000_000_000_000 + i * 61_000_001).collect::<Vec<i64>>(),
        "day" => (0..n).map(|i| (19_000 + i / 10) as i32).collect::<Vec<i32>>(),
        "price" => (0..n).map(|i| (i % 11 != 0).then(|| noise(i) as f64 / 7.0 - 20.0)).collect::<Vec<Option<f64>>>(),
        "ratio" => (0..n).map(|i| if i % 13 == 0 { f32::NAN } else { noise(i) as f32 / 3.0 }).collect::<Vec<f32>>(),
        "count" => (0..n).map(|i| (i % 5 != 1).then_some((i % 100) as i16 - 50)).collect::<Vec<Option<i16>>>(),
        "small" => (0..n).map(|i| (i % 256) as u8).collect::<Vec<u8>>(),
        "hash" => (0..n).map(|i| (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect::<Vec<u64>>(),
        "paid" => (0..n).map(|i| (i % 3 != 0).then_some(i % 2 == 0)).collect::<Vec<Option<bool>>>(),
        "country" => (0..n).map(|i| ["DE", "FR", "US"][(noise(i) % 3) as usize]).collect::<Vec<&str>>(),
        "note" => (0..n).map(|i| (i % 7 != 2).then(|| texts[(i % 10) as usize])).collect::<Vec<Option<&str>>>(),
        "nothing" => vec![None::<i64>; rows],
    )
    .unwrap()
    .lazy()
    .with_columns([
        col("day").cast(DataType::Date),
        col("at").cast(DataType::Datetime(TimeUnit::Nanoseconds, None)).alias("at_ns"),
        (col("at") / lit(1000)).cast(DataType::Datetime(TimeUnit::Milliseconds, None)).alias("at_ms"),
        col("count").cast(DataType::Decimal(10, 2)).alias("amount"),
    ])
    .with_column(col("at").cast(DataType::Datetime(TimeUnit::Microseconds, None)))
    .collect()
    .unwrap()
}
