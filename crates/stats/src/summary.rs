//! Summaries of one list of numbers: median, quantiles, outlier labels.

use serde::{Deserialize, Serialize};

/// The median; `None` of nothing. Values must not be NaN.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    (!sorted.is_empty()).then(|| median_in_place(&mut sorted))
}

/// The median of a list that is not empty, which it sorts. Insertion sort: the lists are rounds, a handful.
pub(crate) fn median_in_place(values: &mut [f64]) -> f64 {
    if values.len() <= 16 {
        for i in 1..values.len() {
            let (value, mut j) = (values[i], i);
            while j > 0 && values[j - 1] > value {
                values[j] = values[j - 1];
                j -= 1;
            }
            values[j] = value;
        }
    } else {
        values.sort_unstable_by(f64::total_cmp);
    }
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

/// A quantile by linear interpolation between order statistics; `None` of nothing.
#[must_use]
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (place - below as f64) * (sorted[above] - sorted[below]))
}

/// How far a sample lies from the bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outlier {
    /// Within 1.5 interquartile ranges of the quartiles.
    No,
    /// Beyond 1.5 interquartile ranges.
    Mild,
    /// Beyond 3 interquartile ranges.
    Severe,
}

/// Tukey's label of every value, in order. Labels are for the reader: no value is ever left out because of one.
/// Fewer than four values have no quartiles to speak of, and no outliers.
#[must_use]
pub fn tukey_labels(values: &[f64]) -> Vec<Outlier> {
    let (Some(low), Some(high), true) = (quantile(values, 0.25), quantile(values, 0.75), values.len() >= 4) else {
        return vec![Outlier::No; values.len()];
    };
    let spread = high - low;
    values
        .iter()
        .map(|value| {
            let beyond = (low - value).max(value - high);
            if beyond > 3.0 * spread {
                Outlier::Severe
            } else if beyond > 1.5 * spread {
                Outlier::Mild
            } else {
                Outlier::No
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        let many: Vec<f64> = (0..101).rev().map(f64::from).collect();
        assert_eq!(median(&many), Some(50.0));
    }

    #[test]
    fn quantiles_interpolate() {
        let values = [10.0, 0.0, 20.0, 30.0, 40.0];
        for (share, expected) in [(0.0, 0.0), (0.25, 10.0), (0.5, 20.0), (0.875, 35.0), (1.0, 40.0)] {
            assert_eq!(quantile(&values, share), Some(expected), "{share}");
        }
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn labels() {
        use Outlier::{Mild, No, Severe};
        assert_eq!(tukey_labels(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), [No, No, No, No, No, Mild]);
        assert_eq!(tukey_labels(&[1.0, 2.0, 3.0, 4.0, 5.0, 100.0]), [No, No, No, No, No, Severe]);
        assert_eq!(tukey_labels(&[1.0, 100.0, 1.0]), [No, No, No], "three values have no quartiles");
        assert_eq!(tukey_labels(&[2.0; 6]), [No; 6], "equal values are no outliers");
    }
}
