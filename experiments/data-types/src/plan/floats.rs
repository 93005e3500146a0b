//! Floats that are something else in disguise: whole numbers, decimals, single precision.

use polars::prelude::*;

use super::{Small, Width};

/// Whole numbers that a double holds without gaps end here.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Most decimal places that are looked for: prices and rates have no more.
const PLACES: u32 = 4;

/// What was found.
pub(super) struct Found {
    pub(super) to: Small,
    /// Decimal places that all values keep to, if that alone makes no smaller type.
    pub(super) places: Option<u32>,
}

/// The smallest type of a column of floats.
pub(super) fn smallest(column: &Series) -> PolarsResult<Found> {
    let wide = column.cast(&DataType::Float64)?;
    let values = wide.f64()?;
    if values.null_count() == values.len() {
        return Ok(Found { to: Small::Same, places: None });
    }
    let single = *column.dtype() == DataType::Float32;
    if let Some(width) = whole(values, 0, single) {
        return Ok(Found { to: if is_bits(values) { Small::Boolean } else { Small::Int(width) }, places: None });
    }
    let is_single =
        *column.dtype() == DataType::Float64 && all(values, |value| value.is_nan() || f64::from(value as f32) == value);
    let to = if is_single { Small::Float32 } else { Small::Same };
    let Some((places, width)) = (1..=PLACES).find_map(|places| Some((places, whole(values, places, single)?))) else {
        return Ok(Found { to, places: None });
    };
    let bytes = if to == Small::Float32 || single { 4 } else { 8 };
    // Of two types of one size the float is taken: its values need no unit.
    let to = if width.bytes() < bytes { Small::Scaled(places, width) } else { to };
    Ok(Found { to, places: Some(places).filter(|_| !matches!(to, Small::Scaled(..))) })
}

/// How many of the unit make a whole.
pub(super) fn scale(places: u32) -> f64 {
    10_f64.powi(places.cast_signed())
}

/// Floats as whole numbers of so many decimal places.
pub(crate) fn scaled(column: &Series, places: u32, width: Width) -> PolarsResult<Series> {
    let values = column.cast(&DataType::Float64)?;
    let whole = values.f64()?.apply_values(|value| (value * scale(places)).round());
    whole.into_series().strict_cast(&width.dtype())
}

/// The way back.
pub(super) fn unscaled(column: &Series, places: u32) -> PolarsResult<Series> {
    let whole = column.cast(&DataType::Float64)?;
    Ok(whole.f64()?.apply_values(|value| value / scale(places)).into_series())
}

/// The width of the values as whole numbers of `places` decimal places, if they are that exactly; `single`: rounded to single
/// precision, which is how they are stored.
fn whole(values: &Float64Chunked, places: u32, single: bool) -> Option<Width> {
    let unit = scale(places);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let is_whole = all(values, |value| {
        let scaled = (value * unit).round();
        low = low.min(scaled);
        high = high.max(scaled);
        // A negative zero would lose its sign.
        let back = scaled / unit;
        let back = if single { f64::from(back as f32) } else { back };
        scaled.abs() <= EXACT && back == value && (value != 0.0 || value.is_sign_positive())
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
        (found.to, found.places)
    }

    #[test]
    fn disguises() {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(look(&some(&[1.0, 2.0, 300.0])), (Small::Int(Width::I16), None));
        assert_eq!(look(&some(&[0.0, 1.0])), (Small::Boolean, None));
        assert_eq!(look(&some(&[0.5, 0.25, f64::NAN])), (Small::Float32, None));
        assert_eq!(look(&some(&[19.99, 0.01, -3.5])), (Small::Scaled(2, Width::I16), None));
        assert_eq!(look(&some(&[19.99, -2e6])), (Small::Scaled(2, Width::I32), None));
        assert_eq!(look(&some(&[19.99, 3e9])), (Small::Same, Some(2)), "cents in 64 bits save nothing");
        assert_eq!(look(&some(&[0.5, 1e6])), (Small::Float32, Some(1)), "of two types of one size the float");
        assert_eq!(look(&some(&[0.5, 0.25])), (Small::Scaled(2, Width::I8), None));
        assert_eq!(look(&some(&[12.345678])), (Small::Same, None), "more places than prices have");
        assert_eq!(look(&some(&[19.99, -0.0])), (Small::Same, None), "a negative zero would lose its sign");
        assert_eq!(look(&some(&[0.1 + 0.2])), (Small::Same, None));
        assert_eq!(look(&some(&[1.0, -0.0])), (Small::Float32, None));
        assert_eq!(look(&some(&[1.0, f64::INFINITY])), (Small::Float32, None));
        assert_eq!(look(&some(&[1e17])), (Small::Same, None), "beyond the whole numbers that doubles hold");
        assert_eq!(look(&[Some(2.0), None]), (Small::Int(Width::I8), None));
        assert_eq!(look(&[None, None]), (Small::Same, None));
    }

    #[test]
    fn every_cent_up_to_a_million_comes_back_to_the_last_bit() {
        for (places, step) in [(1, 7), (2, 1), (3, 3), (4, 11)] {
            let values: Vec<f64> =
                (-1_000_000..100_000_000_i64).step_by(step * 97).map(|n| n as f64 / scale(places)).collect();
            let column = Series::new("x".into(), values);
            let back = unscaled(&scaled(&column, places, Width::I32).unwrap(), places).unwrap();
            let bits = |column: &Series| column.f64().unwrap().iter().map(|v| v.map(f64::to_bits)).collect::<Vec<_>>();
            assert_eq!(bits(&column), bits(&back), "{places} places");
        }
    }

    #[test]
    fn single_precision_may_be_whole_or_cents_but_not_smaller_single() {
        let look = |values: &[f32]| smallest(&Series::new("x".into(), values)).unwrap().to;
        assert_eq!(look(&[1.0 / 3.0, 1.5]), Small::Same);
        assert_eq!(look(&[2.0, 300.0]), Small::Int(Width::I16));
        assert_eq!(look(&[12.34, 0.07]), Small::Scaled(2, Width::I16));
        assert_eq!(look(&[12.34, 900.07]), Small::Same, "cents in 32 bits save nothing");
    }
}
