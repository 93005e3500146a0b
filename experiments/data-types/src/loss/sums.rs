//! Summaries of a column: in the narrow type itself, and accumulated wider.

use half::{bf16, f16};
use serde::{Deserialize, Serialize};

use super::Precision;

/// The sum as a loop in the type itself would make it: every partial sum is rounded.
pub(crate) fn naive_sum(values: impl Iterator<Item = f64>, precision: Precision) -> f64 {
    match precision {
        Precision::F64 => values.sum(),
        Precision::F32 => f64::from(values.map(|value| value as f32).sum::<f32>()),
        Precision::F16 => values.map(f16::from_f64).fold(f16::ZERO, |sum, value| sum + value).to_f64(),
        Precision::Bf16 => values.map(bf16::from_f64).fold(bf16::ZERO, |sum, value| sum + value).to_f64(),
    }
}

/// Relative errors of summaries of a column whose values were rounded. An overflow counts as an error of 1: everything is lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summaries {
    /// Of the sum, added up in the type itself; relative to the sum of magnitudes, so that a sum near zero is no division by it.
    pub(crate) naive_sum: f64,
    /// Whether that sum became infinite.
    pub(crate) overflows: bool,
    /// Of the sum, added up in 64 bits.
    pub(crate) wide_sum: f64,
    /// Of the standard deviation, computed in 64 bits.
    pub(crate) spread: f64,
}

impl Summaries {
    /// The summaries of values that are finite.
    pub(crate) fn of(values: &[f64], precision: Precision) -> Self {
        let rounded = || values.iter().map(|&value| precision.round(value));
        let magnitude: f64 = values.iter().map(|value| value.abs()).sum();
        let exact: f64 = compensated(values.iter().copied());
        let naive = naive_sum(values.iter().copied(), precision);
        Self {
            naive_sum: lost(naive, exact, magnitude),
            overflows: !naive.is_finite(),
            wide_sum: lost(compensated(rounded()), exact, magnitude),
            spread: lost(spread(rounded()), spread(values.iter().copied()), spread(values.iter().copied())),
        }
    }
}

/// The error of `found` beside `exact`, relative to `scale` and never beyond 1.
fn lost(found: f64, exact: f64, scale: f64) -> f64 {
    if found == exact {
        return 0.0;
    }
    let error = ((found - exact) / scale).abs();
    if error.is_finite() { error.min(1.0) } else { 1.0 }
}

/// A sum whose rounding errors are carried along (Kahan and Babuška).
fn compensated(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut carried) = (0.0_f64, 0.0);
    for value in values {
        let next = sum + value;
        carried += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    if sum.is_finite() { sum + carried } else { sum }
}

/// The standard deviation, by the means that stay accurate (Welford).
fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let apart = value - mean;
        mean += apart / count;
        squares += apart * (value - mean);
    }
    if count > 1.0 { f64::sqrt(squares / count) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_naive_sum_of_ones_stands_still() {
        // Half floats have the whole numbers up to 2048, brain floats up to 256, floats up to 2²⁴.
        let ones = || std::iter::repeat_n(1.0, 20_000);
        assert_eq!(naive_sum(ones(), Precision::F16), 2048.0);
        assert_eq!(naive_sum(ones(), Precision::Bf16), 256.0);
        assert_eq!(naive_sum(ones(), Precision::F32), 20_000.0);
        assert_eq!(naive_sum(std::iter::repeat_n(1.0, 20_000_000), Precision::F32), 16_777_216.0);
    }

    #[test]
    fn a_naive_sum_overflows_and_a_wide_one_does_not() {
        let values = vec![60.0; 4000];
        let half = Summaries::of(&values, Precision::F16);
        assert!(half.overflows && half.naive_sum == 1.0, "{half:?}");
        assert_eq!((half.wide_sum, half.spread), (0.0, 0.0));
        assert!(!Summaries::of(&values, Precision::Bf16).overflows);
    }

    #[test]
    fn a_value_beyond_the_range_loses_every_summary() {
        let half = Summaries::of(&[1.0, 2.0, 1e9], Precision::F16);
        assert_eq!((half.wide_sum, half.spread), (1.0, 1.0));
        assert_eq!(Summaries::of(&[], Precision::F16).wide_sum, 0.0);
    }

    #[test]
    fn sums_near_zero_are_no_division_by_zero() {
        let values: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
        assert!(Summaries::of(&values, Precision::F16).wide_sum < 1e-3);
    }
}
