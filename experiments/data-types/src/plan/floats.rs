//! Floats that are something else in disguise: whole numbers, single precision, decimals.

use polars::prelude::*;

use super::{Small, Width};

/// Whole numbers that a double holds without gaps end here.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Most decimal places that are looked for: prices and rates have no more.
const PLACES: u32 = 4;

/// What was found.
pub(super) struct Found {
    pub(super) to: Small,
    pub(super) places: Option<(u32, Width)>,
}

/// The smallest type of a column of floats.
pub(super) fn smallest(column: &Series) -> PolarsResult<Found> {
    let wide = column.cast(&DataType::Float64)?;
    let values = wide.f64()?;
    if values.null_count() == values.len() {
        return Ok(Found { to: Small::Same, places: None });
    }
    if let Some(width) = whole(values, 0) {
        return Ok(Found { to: if is_bits(values) { Small::Boolean } else { Small::Int(width) }, places: None });
    }
    let is_single =
        *column.dtype() == DataType::Float64 && all(values, |value| value.is_nan() || f64::from(value as f32) == value);
    let to = if is_single { Small::Float32 } else { Small::Same };
    let places = (1..=PLACES).find_map(|places| Some((places, whole(values, places)?)));
    Ok(Found { to, places })
}

/// The width of the values as whole numbers of `places` decimal places, if they are that exactly.
fn whole(values: &Float64Chunked, places: u32) -> Option<Width> {
    let unit = 10_f64.powi(places.cast_signed());
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let is_whole = all(values, |value| {
        let scaled = (value * unit).round();
        low = low.min(scaled);
        high = high.max(scaled);
        // A negative zero would lose its sign.
        scaled.abs() <= EXACT && scaled / unit == value && (value != 0.0 || value.is_sign_positive())
    });
    if is_whole { Width::of(low as i128, high as i128) } else { None }
}

fn is_bits(values: &Float64Chunked) -> bool {
    (values.min(), values.max()) == (Some(0.0), Some(1.0))
}

/// Whether every value that is there passes.
fn all(values: &Float64Chunked, mut passes: impl FnMut(f64) -> bool) -> bool {
    values.downcast_iter().all(|array| array.non_null_values_iter().all(&mut passes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(values: &[Option<f64>]) -> (Small, Option<u32>) {
        let found = smallest(&Series::new("x".into(), values)).unwrap();
        (found.to, found.places.map(|(places, _)| places))
    }

    #[test]
    fn disguises() {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(look(&some(&[1.0, 2.0, 300.0])), (Small::Int(Width::I16), None));
        assert_eq!(look(&some(&[0.0, 1.0])), (Small::Boolean, None));
        assert_eq!(look(&some(&[0.5, 0.25, f64::NAN])), (Small::Float32, None));
        assert_eq!(look(&some(&[19.99, 0.01, -3.5])), (Small::Same, Some(2)));
        assert_eq!(look(&some(&[0.1 + 0.2])), (Small::Same, None));
        assert_eq!(look(&some(&[1.0, -0.0])), (Small::Float32, None));
        assert_eq!(look(&some(&[1.0, f64::INFINITY])), (Small::Float32, None));
        assert_eq!(look(&some(&[1e17])), (Small::Same, None), "beyond the whole numbers that doubles hold");
        assert_eq!(look(&[Some(2.0), None]), (Small::Int(Width::I8), None));
        assert_eq!(look(&[None, None]), (Small::Same, None));
    }

    #[test]
    fn single_precision_may_be_whole_but_not_smaller_single() {
        let column = Series::new("x".into(), [0.5_f32, 1.5]);
        assert_eq!(smallest(&column).unwrap().to, Small::Same);
    }
}
