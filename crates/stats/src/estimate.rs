//! An estimate with its standard error and degrees of freedom, and Student's *t* to read it with.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{CONFIDENCE, Interval};

/// An estimate over launches, on whatever scale it was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub estimate: f64,
    /// Standard error, from the spread over launches.
    pub standard_error: f64,
    /// Degrees of freedom of the standard error; launches − 1 below ten paired launches.
    pub degrees_of_freedom: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Confidence of the interval, 0 to 1.
    pub confidence: f64,
    /// Launches that it rests on; of two sides that are not paired, those of the smaller side.
    pub launches: usize,
}

impl Estimate {
    pub(crate) fn new(estimate: f64, standard_error: f64, freedom: f64, launches: usize, confidence: f64) -> Self {
        let half = half_width(standard_error, freedom, confidence);
        Self {
            estimate,
            standard_error,
            degrees_of_freedom: freedom,
            low: estimate - half,
            high: estimate + half,
            confidence,
            launches,
        }
    }

    /// Something that is known exactly; `launches` is for the reader.
    #[must_use]
    pub fn exact(value: f64, launches: usize) -> Self {
        Self::new(value, 0.0, 1.0, launches, CONFIDENCE)
    }

    /// How easily chance alone gives a verdict as clear as this one on a difference with a margin, whichever it is: see
    /// [`crate::LogRatio::p_value`], which does the same for ratios.
    #[must_use]
    pub fn p_value(&self, margin: f64) -> f64 {
        let distance = (self.estimate.abs() - margin).abs();
        twice_tail(distance, self.standard_error, self.degrees_of_freedom)
    }

    /// The same estimate with the interval of another confidence.
    #[must_use]
    pub fn at(&self, confidence: f64) -> Self {
        Self::new(self.estimate, self.standard_error, self.degrees_of_freedom, self.launches, confidence)
    }

    /// The interval on the estimate's own scale.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval { estimate: self.estimate, low: self.low, high: self.high }
    }

    /// The sum of independent estimates, each with its weight, by Welch and Satterthwaite; `None` of none.
    ///
    /// The interval has the confidence of the first.
    #[must_use]
    pub fn sum(parts: &[(f64, Self)]) -> Option<Self> {
        let (_, first) = parts.first()?;
        let estimate = parts.iter().map(|(weight, part)| weight * part.estimate).sum();
        let errors: Vec<(f64, f64)> =
            parts.iter().map(|(weight, part)| (weight * part.standard_error, part.degrees_of_freedom)).collect();
        let (standard_error, freedom) = welch(&errors);
        let launches = parts.iter().map(|(_, part)| part.launches).min()?;
        Some(Self::new(estimate, standard_error, freedom, launches, first.confidence))
    }
}

/// Standard error and degrees of freedom of a sum of independent parts (standard error, degrees of freedom).
pub(crate) fn welch(parts: &[(f64, f64)]) -> (f64, f64) {
    let variance: f64 = parts.iter().map(|(error, _)| error * error).sum();
    let least = parts.iter().map(|(_, freedom)| *freedom).fold(f64::INFINITY, f64::min);
    let shares: f64 = parts.iter().map(|(error, freedom)| error.powi(4) / freedom).sum();
    // Without any spread the degrees of freedom do not matter; the fewest are the safe choice.
    let freedom = if shares > 0.0 { (variance * variance / shares).max(least) } else { least };
    (variance.sqrt(), freedom)
}

/// Half the width of a two-sided interval.
fn half_width(standard_error: f64, freedom: f64, confidence: f64) -> f64 {
    if standard_error == 0.0 {
        return 0.0;
    }
    student(freedom).map_or(f64::INFINITY, |t| standard_error * t.inverse_cdf(f64::midpoint(1.0, confidence)))
}

/// Twice the upper tail of Student's *t* beyond `distance`, at most 1: how often an estimate lies so far beyond a
/// boundary by chance, counted twice so that it agrees with the two-sided interval.
pub(crate) fn twice_tail(distance: f64, standard_error: f64, freedom: f64) -> f64 {
    if standard_error == 0.0 {
        return if distance > 0.0 { 0.0 } else { 1.0 };
    }
    student(freedom).map_or(1.0, |t| (2.0 * t.sf(distance / standard_error)).min(1.0))
}

fn student(freedom: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, freedom).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_t_agree_with_the_printed_table() {
        let table = [
            (1.0, 0.95, 12.7062),
            (2.0, 0.95, 4.3027),
            (4.0, 0.95, 2.7764),
            (9.0, 0.95, 2.2622),
            (19.0, 0.95, 2.0930),
            (4.0, 0.9875, 4.3147),
            (120.0, 0.99, 2.6174),
            (2.0, 0.999, 31.5991),
        ];
        for (freedom, confidence, expected) in table {
            let got = half_width(1.0, freedom, confidence);
            assert!((got / expected - 1.0).abs() < 2e-4, "t({freedom}) at {confidence}: {got}, expected {expected}");
        }
    }

    #[test]
    fn tail_and_interval_agree() {
        for freedom in [1.0, 3.5, 19.0] {
            for confidence in [0.9, 0.95, 0.99] {
                let half = half_width(2.0, freedom, confidence);
                assert!((twice_tail(half, 2.0, freedom) - (1.0 - confidence)).abs() < 1e-6);
            }
        }
        assert_eq!(twice_tail(-1.0, 2.0, 4.0), 1.0, "inside the boundary nothing is unlikely");
    }

    #[test]
    fn without_spread_the_interval_is_a_point() {
        let estimate = Estimate::new(3.0, 0.0, 4.0, 5, 0.95);
        assert_eq!((estimate.low, estimate.high), (3.0, 3.0));
        assert_eq!((twice_tail(0.1, 0.0, 4.0), twice_tail(-0.1, 0.0, 4.0)), (0.0, 1.0));
    }

    #[test]
    fn sums_add_variances_and_weights() {
        let part = |estimate, error| Estimate::new(estimate, error, 4.0, 5, 0.95);
        let sum = Estimate::sum(&[(2.0, part(1.0, 3.0)), (1.0, part(5.0, 8.0))]).unwrap();
        assert_eq!((sum.estimate, sum.standard_error, sum.launches), (7.0, 10.0, 5));
        assert!(sum.degrees_of_freedom > 4.0 && sum.degrees_of_freedom < 8.0);
        assert_eq!(Estimate::sum(&[]), None);
    }
}
