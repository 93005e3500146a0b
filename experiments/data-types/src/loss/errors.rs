//! The errors of single values, and of their order.

use serde::{Deserialize, Serialize};

use super::Precision;

/// What rounding does to the values of a column. Shares are fractions, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Errors {
    /// Largest relative error of a value that stays finite and is not zero.
    pub(crate) largest: f64,
    /// Mean relative error of these values.
    pub(crate) mean: f64,
    /// Share of the values that become infinite.
    pub(crate) overflowed: f64,
    /// Share of the values that are not zero and become zero.
    pub(crate) vanished: f64,
    /// Share of the neighbours in order that can no longer be told apart. Rounding never swaps two values; it can only make them
    /// equal, so this is all that an order can lose.
    pub(crate) merged: f64,
    /// Spearman's correlation of the ranks before and after.
    pub(crate) ranks: f64,
}

impl Errors {
    /// The errors of values that are finite.
    pub(crate) fn of(values: &[f64], precision: Precision) -> Self {
        let mut errors = Self { ranks: 1.0, ..Self::default() };
        let (mut sum, mut counted) = (0.0, 0_u64);
        let (mut overflowed, mut vanished) = (0_u64, 0_u64);
        for &value in values.iter().filter(|value| **value != 0.0) {
            let rounded = precision.round(value);
            if rounded.is_infinite() {
                overflowed += 1;
                continue;
            }
            vanished += u64::from(rounded == 0.0);
            let error = ((rounded - value) / value).abs();
            errors.largest = errors.largest.max(error);
            sum += error;
            counted += 1;
        }
        let share = |count: u64| count as f64 / values.len().max(1) as f64;
        errors.mean = if counted > 0 { sum / counted as f64 } else { 0.0 };
        (errors.overflowed, errors.vanished) = (share(overflowed), share(vanished));
        order(values, precision, &mut errors);
        errors
    }
}

fn order(values: &[f64], precision: Precision, errors: &mut Errors) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rounded: Vec<f64> = sorted.iter().map(|&value| precision.round(value)).collect();
    let pairs = |values: &[f64]| values.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let (before, after) = (pairs(&sorted), pairs(&rounded));
    if before > 0 {
        errors.merged = (before - after) as f64 / before as f64;
    }
    // Both are sorted, so a value's place gives its rank in either; equal values share the mean of their ranks.
    errors.ranks = correlation(&ranks(&sorted), &ranks(&rounded));
}

/// The ranks of sorted values.
fn ranks(sorted: &[f64]) -> Vec<f64> {
    let mut ranks = Vec::with_capacity(sorted.len());
    for equal in sorted.chunk_by(|a, b| a == b) {
        let first = ranks.len() as f64;
        ranks.resize(ranks.len() + equal.len(), first + (equal.len() as f64 - 1.0) / 2.0);
    }
    ranks
}

/// Pearson's correlation; 1 where nothing varies on either side, 0 where on one side alone.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        aa += (a - mean_a).powi(2);
        bb += (b - mean_b).powi(2);
        ab += (a - mean_a) * (b - mean_b);
    }
    match (aa == 0.0, bb == 0.0) {
        (true, true) => 1.0,
        (false, false) => ab / (aa * bb).sqrt(),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_bounded_by_the_digits_of_a_type() {
        let values: Vec<f64> = (1..5000).map(|i| f64::from(i).sqrt() / 7.0).collect();
        for (precision, digits) in [(Precision::F32, 24), (Precision::F16, 11), (Precision::Bf16, 8)] {
            let errors = Errors::of(&values, precision);
            let bound = 0.5_f64.powi(digits);
            assert!(errors.largest <= bound && errors.largest > bound / 2.0, "{precision:?} {errors:?}");
            assert!(errors.mean > 0.0 && errors.mean < errors.largest);
            assert_eq!((errors.overflowed, errors.vanished), (0.0, 0.0));
        }
        assert_eq!(Errors::of(&values, Precision::F64), Errors { ranks: 1.0, ..Errors::default() });
    }

    #[test]
    fn a_half_float_ends_soon_and_a_brain_float_does_not() {
        let values = [1.0, 70_000.0, -1e6, 0.0, 1e-9];
        let half = Errors::of(&values, Precision::F16);
        assert_eq!((half.overflowed, half.vanished), (0.4, 0.2));
        let brain = Errors::of(&values, Precision::Bf16);
        assert_eq!((brain.overflowed, brain.vanished, brain.merged), (0.0, 0.0, 0.0));
    }

    #[test]
    fn an_order_can_only_lose_differences() {
        // A half float has the whole numbers up to 2048, and then every second one.
        let values: Vec<f64> = (2048..2148).map(f64::from).collect();
        let errors = Errors::of(&values, Precision::F16);
        assert!((0.4..=0.6).contains(&errors.merged), "{errors:?}");
        assert!(errors.ranks > 0.99 && errors.ranks < 1.0, "{errors:?}");
        let constant = Errors::of(&[3.0; 9], Precision::F16);
        assert_eq!((constant.merged, constant.ranks), (0.0, 1.0));
        let lost = Errors::of(&[1.0, 1.0001], Precision::Bf16);
        assert_eq!((lost.merged, lost.ranks), (1.0, 0.0));
        assert_eq!(Errors::of(&[], Precision::F16).ranks, 1.0);
    }
}
