//! Which rows a sample holds: hashes of rows, to tell whether two samples are the same.

use std::collections::HashMap;

use dataset::value::column as named;
use polars::prelude::*;
use results::Answer;

use crate::column;
use crate::random::{key, mix};

/// Columns that are enough to tell which rows were drawn, without a look at every value.
const TELLING: usize = 4;

/// The columns that tell rows apart at little cost: the key, then whole numbers and times, then others.
pub(crate) fn telling(schema: &Schema, key: Option<&str>) -> Vec<String> {
    let rank = |name: &str, dtype: &DataType| match dtype {
        _ if key == Some(name) => 0,
        DataType::Datetime(..) | DataType::Date => 1,
        dtype if dtype.is_integer() => 1,
        DataType::Float32 | DataType::Float64 => 2,
        _ => 3,
    };
    let mut columns: Vec<(u8, String)> =
        schema.iter().map(|(name, dtype)| (rank(name, dtype), name.to_string())).collect();
    columns.sort_by_key(|(rank, _)| *rank);
    columns.truncate(TELLING);
    columns.into_iter().map(|(_, name)| name).collect()
}

/// A hash of each row over some columns; a missing text is an empty one, since CSV cannot always tell them apart.
///
/// # Errors
/// If a column is not there or of a type that no table has.
pub(crate) fn hashes(frame: &DataFrame, columns: &[String]) -> PolarsResult<Vec<u64>> {
    let mut rows = vec![0_u64; frame.height()];
    let mut fold = |values: &mut dyn Iterator<Item = u64>| {
        rows.iter_mut().zip(values).for_each(|(row, value)| *row = mix(*row ^ value).wrapping_add(value));
    };
    for name in columns {
        let series = frame.column(name)?.as_materialized_series();
        let physical = series.to_physical_repr();
        match physical.dtype() {
            DataType::String => fold(&mut physical.str()?.iter().map(|text| key(text.unwrap_or("").as_bytes()))),
            DataType::Float32 | DataType::Float64 | DataType::Boolean => {
                let numbers = column::numbers(series)?;
                fold(&mut numbers.into_iter().map(|number| key(&number.unwrap_or(f64::NAN).to_bits().to_le_bytes())));
            }
            _ => fold(&mut column::key_hashes(series)?.into_iter()),
        }
    }
    Ok(rows)
}

/// The answer of a draw: how many rows, and a hash of which, whatever their order.
///
/// # Errors
/// That of [`hashes`].
pub(crate) fn answer(frame: &DataFrame, columns: &[String]) -> PolarsResult<Answer> {
    let sum = hashes(frame, columns)?.into_iter().fold(0_u64, u64::wrapping_add);
    Ok(Answer { rows: frame.height() as u64, values: Vec::new(), digest: Some(format!("{sum:016x}")) })
}

/// The rows of a table with these numbers (ascending), read from the working table.
///
/// # Errors
/// If the table cannot be read.
pub(crate) fn fetch(table: &LazyFrame, rows: &[u32], columns: &[String]) -> PolarsResult<DataFrame> {
    let wanted: Vec<Expr> = columns.iter().map(|name| named(name)).collect();
    let frame = table.clone().select(wanted).collect()?;
    frame.take(&IdxCa::from_vec("rows".into(), rows.to_vec()))
}

/// The share of the rows of `before` that are in `after` too, each as often as it is there; `None` of no rows.
pub(crate) fn kept(before: &[u64], after: &[u64]) -> Option<f64> {
    let mut left: HashMap<u64, usize> = HashMap::new();
    after.iter().for_each(|row| *left.entry(*row).or_default() += 1);
    let still = |row: &&u64| match left.get_mut(row) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    (!before.is_empty()).then(|| before.iter().filter(still).count() as f64 / before.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_in_any_order() {
        let frame = df!("a" => [1_i64, 2, 3], "b" => [Some("x"), None, Some("")], "c" => [0.5, 1.5, 2.5]).unwrap();
        let columns = telling(frame.schema(), Some("b"));
        assert_eq!(columns, ["b", "a", "c"]);
        let turned = frame.reverse();
        assert_eq!(answer(&frame, &columns).unwrap(), answer(&turned, &columns).unwrap());
        assert_ne!(answer(&frame, &columns).unwrap(), answer(&frame.slice(0, 2), &columns).unwrap());
        let other = df!("a" => [1_i64, 2, 4], "b" => [Some("x"), None, Some("")], "c" => [0.5, 1.5, 2.5]).unwrap();
        assert_ne!(answer(&frame, &columns).unwrap(), answer(&other, &columns).unwrap());
    }

    #[test]
    fn kept_rows_are_counted_as_often_as_they_are_there() {
        assert_eq!(kept(&[1, 1, 2, 3], &[1, 2, 2]), Some(0.5));
        assert_eq!(kept(&[1], &[]), Some(0.0));
        assert_eq!(kept(&[], &[1]), None);
    }
}
