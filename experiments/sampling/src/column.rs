//! Columns of a table as numbers: hashes of keys, codes of categories, magnitudes.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::*;

use crate::random;

/// Hash of a missing key: such rows are kept or left out together.
const MISSING: u64 = 0x6d69_7373_696e_6700;

/// The hash of each value. Whole numbers of any width, days and instants hash alike if they are the same number.
///
/// # Errors
/// If the column has a type that is no key (a float, say).
pub(crate) fn key_hashes(series: &Series) -> PolarsResult<Vec<u64>> {
    let physical = series.to_physical_repr();
    Ok(match physical.dtype() {
        DataType::String => {
            physical.str()?.iter().map(|text| text.map_or(MISSING, |text| random::key(text.as_bytes()))).collect()
        }
        DataType::UInt64 => hash_numbers(physical.u64()?.iter().map(|number| number.map(u64::to_le_bytes))),
        dtype if dtype.is_integer() => {
            let numbers = physical.strict_cast(&DataType::Int64)?;
            hash_numbers(numbers.i64()?.iter().map(|number| number.map(i64::to_le_bytes)))
        }
        other => polars_bail!(ComputeError: "a column of type {other} is no key to hash"),
    })
}

fn hash_numbers(numbers: impl Iterator<Item = Option<[u8; 8]>>) -> Vec<u64> {
    numbers.map(|bytes| bytes.map_or(MISSING, |bytes| random::key(&bytes))).collect()
}

/// Categories of a column: a code per row and the number of codes. 0 is missing; the others are in the order of the values,
/// so that they do not depend on which row comes first. `None` if there are more than `most`.
///
/// # Errors
/// If the column has a type that has no categories.
pub(crate) fn categories(series: &Series, most: usize) -> PolarsResult<Option<(Vec<u16>, usize)>> {
    let physical = series.to_physical_repr();
    if physical.dtype() == &DataType::String {
        return Ok(codes(|| physical.str().into_iter().flat_map(|texts| texts.iter()), most));
    }
    if physical.dtype().is_float() {
        // Their bits tell them apart; a missing number and one that is none are the same.
        let bits: Vec<Option<u64>> = numbers(series)?.into_iter().map(|number| number.map(f64::to_bits)).collect();
        return Ok(codes(|| bits.iter().copied(), most));
    }
    let numbers = physical.cast(&DataType::Int64)?;
    Ok(codes(|| numbers.i64().into_iter().flat_map(|numbers| numbers.iter()), most))
}

fn codes<T: Ord + std::hash::Hash + Copy, I: Iterator<Item = Option<T>>>(
    values: impl Fn() -> I,
    most: usize,
) -> Option<(Vec<u16>, usize)> {
    let mut different = BTreeSet::new();
    for value in values().flatten() {
        if different.insert(value) && different.len() > most {
            return None;
        }
    }
    let known: HashMap<T, u16> = different.into_iter().zip(1..).collect();
    let codes = values().map(|value| value.map_or(0, |value| known[&value])).collect();
    Some((codes, known.len() + 1))
}

/// The numbers of a column; what is missing or not finite is `None`. Days and instants count from 1970, trues are ones.
///
/// # Errors
/// If it holds no numbers.
pub(crate) fn numbers(series: &Series) -> PolarsResult<Vec<Option<f64>>> {
    let numbers = series.to_physical_repr().cast(&DataType::Float64)?;
    Ok(numbers.f64()?.iter().map(|number| number.filter(|number| number.is_finite())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_any_width_hash_alike() {
        let wide = key_hashes(&Series::new("x".into(), [Some(5_i64), None, Some(7)])).unwrap();
        assert_eq!(wide, key_hashes(&Series::new("x".into(), [Some(5_u8), None, Some(7)])).unwrap());
        assert_eq!(wide[1], MISSING);
        assert!(key_hashes(&Series::new("x".into(), [0.5])).is_err());
        let text = key_hashes(&Series::new("x".into(), ["a", "b"])).unwrap();
        assert_ne!(text[0], text[1]);
    }

    #[test]
    fn categories_do_not_depend_on_the_order_of_rows() {
        let series = Series::new("x".into(), [Some("b"), None, Some("a"), Some("b")]);
        assert_eq!(categories(&series, 2).unwrap(), Some((vec![2, 0, 1, 2], 3)));
        assert_eq!(categories(&series, 1).unwrap(), None);
        let series = Series::new("x".into(), [Some(0.5), Some(f64::NAN), None, Some(0.0)]);
        assert_eq!(categories(&series, 2).unwrap(), Some((vec![2, 0, 0, 1], 3)));
        let series = Series::new("x".into(), [Some(true), Some(false), None]);
        assert_eq!(categories(&series, 2).unwrap(), Some((vec![2, 1, 0], 3)));
    }

    #[test]
    fn numbers_that_are_none_are_missing() {
        let series = Series::new("x".into(), [Some(1.5), Some(f64::NAN), None]);
        assert_eq!(numbers(&series).unwrap(), [Some(1.5), None, None]);
    }
}
