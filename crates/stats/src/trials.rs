//! Trials: quantities that are drawn several times, a value for each seed (an accuracy, an error, a share found).
//!
//! Two levels again, trials inside launches, and the launch stays the unit of replication: a mean within each launch, then
//! Student's *t* over the launches; with one launch, over its trials. Nothing is trimmed and no median is taken: a trial is
//! not disturbed by its surroundings, so a rare value is part of what was asked. The same place in the lists of two sides
//! belongs to the same seed, so sides that were drawn together are compared pair by pair.

use crate::estimate::welch;
use crate::{Estimate, Interval, LogRatio};

/// Numbers of one side that are replicates of each other: the means of its launches, or the trials of its only launch.
struct Side {
    numbers: Vec<f64>,
    launches: usize,
}

impl Side {
    fn new(trials: &[Vec<f64>]) -> Option<Self> {
        let launches: Vec<&Vec<f64>> = trials.iter().filter(|launch| !launch.is_empty()).collect();
        if launches.iter().any(|launch| launch.iter().any(|value| !value.is_finite())) {
            return None;
        }
        match launches.as_slice() {
            [] => None,
            [only] => Some(Self { numbers: (*only).clone(), launches: 1 }),
            several => {
                Some(Self { numbers: several.iter().map(|launch| mean(launch)).collect(), launches: several.len() })
            }
        }
    }

    fn mean(&self) -> f64 {
        mean(&self.numbers)
    }

    /// Standard error of the mean and degrees of freedom; `None` of a single number.
    fn error(&self) -> Option<(f64, f64)> {
        let n = self.numbers.len();
        let freedom = n.checked_sub(1).filter(|freedom| *freedom > 0)? as f64;
        let centre = self.mean();
        let squares: f64 = self.numbers.iter().map(|x| (x - centre).powi(2)).sum();
        Some(((squares / freedom / n as f64).sqrt(), freedom))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean over trials with its interval; `None` of fewer than two trials, or of one that is not finite.
///
/// The interval of a quantity that is nowhere negative does not reach below zero.
#[must_use]
pub fn trial_level(trials: &[Vec<f64>], confidence: f64) -> Option<Interval> {
    let side = Side::new(trials)?;
    let (error, freedom) = side.error()?;
    let found = Estimate::new(side.mean(), error, freedom, side.launches, confidence).interval();
    let never_negative = trials.iter().flatten().all(|value| *value >= 0.0);
    Some(if never_negative { Interval { low: found.low.max(0.0), ..found } } else { found })
}

/// `a − b` of the means of two sides; `paired` if they were drawn together, with the same seeds.
///
/// `None` of fewer than two trials (or pairs of them).
#[must_use]
pub fn trial_difference(a: &[Vec<f64>], b: &[Vec<f64>], paired: bool, confidence: f64) -> Option<Estimate> {
    contrast(a, b, paired, confidence, |_| 1.0).map(|(_, difference)| difference)
}

/// The logarithm of the ratio of the means, `a ÷ b`; `paired` if they were drawn together, with the same seeds.
///
/// By the delta method, so that a trial may be zero as long as the means are not. `None` as for [`trial_difference`], and
/// unless both means are above zero.
#[must_use]
pub fn trial_log_ratio(a: &[Vec<f64>], b: &[Vec<f64>], paired: bool, confidence: f64) -> Option<LogRatio> {
    let ((a, b), slope) = contrast(a, b, paired, confidence, |mean| 1.0 / mean)?;
    let (error, freedom) = (slope.standard_error, slope.degrees_of_freedom);
    (a > 0.0 && b > 0.0).then(|| LogRatio(Estimate::new((a / b).ln(), error, freedom, slope.launches, confidence)))
}

/// The means of both sides, and the difference of the sides, each times the weight of its mean.
fn contrast(
    a: &[Vec<f64>],
    b: &[Vec<f64>],
    paired: bool,
    confidence: f64,
    weight: impl Fn(f64) -> f64,
) -> Option<((f64, f64), Estimate)> {
    let (a, b) = (Side::new(a)?, Side::new(b)?);
    let launches = a.launches.min(b.launches);
    let means = (a.mean(), b.mean());
    let (weigh_a, weigh_b) = (weight(means.0), weight(means.1));
    let estimate = weigh_a * means.0 - weigh_b * means.1;
    let in_step = paired && a.launches == b.launches && a.numbers.len() == b.numbers.len();
    let (error, freedom) = if in_step {
        let pairs = a.numbers.iter().zip(&b.numbers);
        Side { numbers: pairs.map(|(a, b)| weigh_a * a - weigh_b * b).collect(), launches }.error()?
    } else {
        let ((error_a, freedom_a), (error_b, freedom_b)) = (a.error()?, b.error()?);
        welch(&[(weigh_a * error_a, freedom_a), (weigh_b * error_b, freedom_b)])
    };
    Some((means, Estimate::new(estimate, error, freedom, launches, confidence)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4 * b.abs().max(1.0)
    }

    #[test]
    fn over_launches_it_is_the_t_interval_of_their_means() {
        // R: t.test(c(0.8, 0.85, 0.9))
        let trials = [vec![0.75, 0.85], vec![0.85], vec![0.88, 0.92]];
        let found = trial_level(&trials, 0.95).unwrap();
        assert!(near(found.estimate, 0.85) && near(found.low, 0.725_793) && near(found.high, 0.974_207), "{found:?}");
    }

    #[test]
    fn with_one_launch_it_is_that_of_the_trials() {
        // R: t.test(c(1, 2, 3, 4))
        let found = trial_level(&[vec![1.0, 2.0, 3.0, 4.0]], 0.95).unwrap();
        assert!(near(found.estimate, 2.5) && near(found.low, 0.445_740) && near(found.high, 4.554_260), "{found:?}");
        assert_eq!(trial_level(&[vec![1.0]], 0.95), None, "one trial has no spread");
        assert_eq!(trial_level(&[vec![], vec![]], 0.95), None);
        assert_eq!(trial_level(&[vec![1.0, f64::NAN]], 0.95), None);
    }

    #[test]
    fn what_is_never_negative_has_no_negative_end() {
        assert_eq!(trial_level(&[vec![0.0, 0.0, 0.1]], 0.95).unwrap().low, 0.0);
        assert!(trial_level(&[vec![-0.1, 0.0, 0.1]], 0.95).unwrap().low < 0.0);
    }

    #[test]
    fn seeds_pair_the_sides() {
        // The seed moves both sides alike: R: t.test(a, b, paired = TRUE) on the launch means.
        let a = [vec![10.0, 12.0], vec![20.0, 22.0], vec![30.0, 32.1]];
        let b = [vec![9.0, 11.0], vec![19.0, 21.0], vec![29.0, 31.0]];
        let paired = trial_difference(&a, &b, true, 0.95).unwrap();
        assert!(near(paired.estimate, 1.016_667) && paired.high < 1.1 && paired.low > 0.9, "{paired:?}");
        let unpaired = trial_difference(&a, &b, false, 0.95).unwrap();
        assert!(near(unpaired.estimate, paired.estimate) && unpaired.low < 0.0, "{unpaired:?}");
        let uneven = trial_difference(&a, &b[..2], true, 0.95).unwrap();
        assert_eq!((uneven.launches, uneven.low < 0.0), (2, true), "launches that are not there pair with nothing");
    }

    #[test]
    fn ratios_are_of_means_and_bear_zero_trials() {
        let (a, b) = ([vec![0.0, 4.0], vec![2.2, 2.0]], [vec![1.0], vec![1.0]]);
        let ratio = trial_log_ratio(&a, &b, true, 0.95).unwrap();
        assert!(near(ratio.estimate, 2.05_f64.ln()), "{ratio:?}");
        assert_eq!(trial_log_ratio(&a, &[vec![0.0], vec![0.0]], true, 0.95), None);
        assert!(trial_difference(&a, &[vec![0.0], vec![0.0]], true, 0.95).is_some());
    }

    #[test]
    fn what_never_varies_is_a_point() {
        let found = trial_level(&[vec![0.5, 0.5], vec![0.5]], 0.95).unwrap();
        assert_eq!((found.low, found.high), (0.5, 0.5));
    }

    /// Coverage of the 95 % interval of a difference, launches that share a shift, trials with noise of their own.
    #[test]
    fn intervals_cover_what_they_say() {
        use rand::rngs::Xoshiro256PlusPlus;
        use rand::{RngExt, SeedableRng};
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let mut noise = |width: f64| width * (0..4).map(|_| rng.random::<f64>() - 0.5).sum::<f64>();
        for (launches, trials) in [(1, 8), (3, 4), (5, 2)] {
            let mut covered = 0;
            for _ in 0..2000 {
                let shifts: Vec<f64> = (0..launches).map(|_| if launches > 1 { noise(0.3) } else { 0.0 }).collect();
                let mut side = |level: f64| -> Vec<Vec<f64>> {
                    shifts.iter().map(|shift| (0..trials).map(|_| level + shift + noise(0.2)).collect()).collect()
                };
                let (a, b) = (side(5.0), side(4.7));
                let found = trial_difference(&a, &b, true, 0.95).unwrap();
                covered += usize::from(found.low <= 0.3 && 0.3 <= found.high);
            }
            assert!((1860..=1940).contains(&covered), "{launches} launches of {trials}: {covered} of 2000");
        }
    }
}
