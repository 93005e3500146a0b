//! From samples to estimates: the ratio of medians, a level, a difference.

use std::ops::Deref;

use serde::Serialize;

use crate::estimate::{twice_tail, welch};
use crate::resample::standard_error;
use crate::summary::median_in_place;
use crate::{Estimate, Interval, Verdict, verdict};

/// With a single launch nothing is known about the spread over launches: the range of its samples is widened by this
/// fraction at both ends, several times the 1 to 2 % by which layouts usually move a median.
const SINGLE_LAUNCH: f64 = 0.05;

/// The logarithm of a ratio of medians, variant ÷ baseline, with its interval. Fields of [`Estimate`], on the log scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct LogRatio(pub Estimate);

impl Deref for LogRatio {
    type Target = Estimate;

    fn deref(&self) -> &Estimate {
        &self.0
    }
}

impl LogRatio {
    /// The same estimate with the interval of another confidence.
    #[must_use]
    pub fn at(&self, confidence: f64) -> Self {
        Self(self.0.at(confidence))
    }

    /// The ratio variant ÷ baseline with its interval.
    #[must_use]
    pub fn ratio(&self) -> Interval {
        Interval { estimate: self.estimate.exp(), low: self.low.exp(), high: self.high.exp() }
    }

    /// The factor of improvement where less is better, baseline ÷ variant, with its interval.
    #[must_use]
    pub fn factor(&self) -> Interval {
        self.ratio().reciprocal()
    }

    /// The verdict at this confidence, see [`verdict()`].
    #[must_use]
    pub fn verdict(&self, margin: f64) -> Verdict {
        verdict(self.ratio(), margin)
    }

    /// How easily chance alone gives a verdict as clear as this one, whichever of the three it is.
    ///
    /// For an estimate beyond the margin: the null hypothesis is that the true ratio lies within the margin. For an
    /// estimate within it: that the true ratio lies beyond (the two one-sided tests of equivalence). One-sided tails are
    /// counted twice, so that `p_value < 1 − confidence` exactly when the interval of that confidence gives a verdict.
    #[must_use]
    pub fn p_value(&self, margin: f64) -> f64 {
        let distance = (self.estimate.abs() - margin.ln_1p()).abs();
        twice_tail(distance, self.standard_error, self.degrees_of_freedom)
    }
}

/// The log ratio of medians of two cases that were measured in the same blocks, paired by launch.
///
/// Launches that either side lacks (no usable sample) are left out in pairs. `None` with fewer than two pairs: a single
/// launch says nothing about launches. Samples that are not positive and finite are not usable.
#[must_use]
pub fn log_ratio(variant: &[Vec<f64>], baseline: &[Vec<f64>], confidence: f64, seed: u64) -> Option<LogRatio> {
    paired(variant, baseline, confidence, seed, |v, b| (v / b).ln()).map(LogRatio)
}

/// Variant − baseline, paired by launch, on the scale of the samples: seconds lost, or saved if negative.
///
/// `None` as for [`log_ratio`].
#[must_use]
pub fn difference(variant: &[Vec<f64>], baseline: &[Vec<f64>], confidence: f64, seed: u64) -> Option<Estimate> {
    paired(variant, baseline, confidence, seed, |v, b| v - b)
}

/// The log ratio of medians of two cases that did not share blocks: different points, or different runs.
///
/// `None` unless both sides have two launches with usable samples.
#[must_use]
pub fn unpaired_log_ratio(a: &[Vec<f64>], b: &[Vec<f64>], confidence: f64, seed: u64) -> Option<LogRatio> {
    let (a, b) = (location(&usable(a), true, confidence, seed)?, location(&usable(b), true, confidence, seed ^ 1)?);
    let (error, freedom) = welch(&[(a.standard_error, a.degrees_of_freedom), (b.standard_error, b.degrees_of_freedom)]);
    let launches = a.launches.min(b.launches);
    Some(LogRatio(Estimate::new(a.estimate - b.estimate, error, freedom, launches, confidence)))
}

/// The median of a quantity over launches with its interval, on the scale of the samples.
///
/// Quantities that are positive throughout are treated on the log scale, so that the interval stays positive; those with
/// a zero (bytes that a warm read takes from the device) as they are. With a single launch the interval is the range of
/// its samples, widened by 5 % at both ends. `None` without a usable sample.
#[must_use]
pub fn level(samples: &[Vec<f64>], confidence: f64, seed: u64) -> Option<Interval> {
    let launches: Vec<Vec<f64>> = samples
        .iter()
        .map(|launch| launch.iter().copied().filter(|x| x.is_finite() && *x >= 0.0).collect::<Vec<_>>())
        .filter(|launch| !launch.is_empty())
        .collect();
    let positive = launches.iter().flatten().all(|x| *x > 0.0);
    if let [only] = launches.as_slice() {
        return Some(Interval {
            estimate: median_in_place(&mut only.clone()),
            low: only.iter().copied().fold(f64::INFINITY, f64::min) / (1.0 + SINGLE_LAUNCH),
            high: only.iter().copied().fold(0.0, f64::max) * (1.0 + SINGLE_LAUNCH),
        });
    }
    let estimate = location(&launches, positive, confidence, seed)?;
    Some(if positive {
        LogRatio(estimate).ratio()
    } else {
        Interval { low: estimate.low.max(0.0), ..estimate.interval() }
    })
}

/// The mean over launches of a number per pair of launch medians.
fn paired(
    variant: &[Vec<f64>],
    baseline: &[Vec<f64>],
    confidence: f64,
    seed: u64,
    contrast: impl Fn(f64, f64) -> f64,
) -> Option<Estimate> {
    let pairs: Vec<(Vec<f64>, Vec<f64>)> = variant
        .iter()
        .zip(baseline)
        .map(|(v, b)| (usable_samples(v), usable_samples(b)))
        .filter(|(v, b)| !v.is_empty() && !b.is_empty())
        .collect();
    if pairs.len() < 2 {
        return None;
    }
    let (mut v_drawn, mut b_drawn) = (Vec::new(), Vec::new());
    let mut number = |(v, b): &(Vec<f64>, Vec<f64>), draw: &mut dyn FnMut(usize) -> usize| {
        v_drawn.clear();
        b_drawn.clear();
        if v.len() == b.len() {
            // Rounds of the two sides with the same index ran next to each other: they are drawn together.
            for _ in 0..v.len() {
                let round = draw(v.len());
                v_drawn.push(v[round]);
                b_drawn.push(b[round]);
            }
        } else {
            v_drawn.extend((0..v.len()).map(|_| v[draw(v.len())]));
            b_drawn.extend((0..b.len()).map(|_| b[draw(b.len())]));
        }
        contrast(median_in_place(&mut v_drawn), median_in_place(&mut b_drawn))
    };
    let error = standard_error(pairs.len(), seed, |launch, draw| number(&pairs[launch], draw));
    let estimates =
        pairs.iter().map(|(v, b)| contrast(median_in_place(&mut v.clone()), median_in_place(&mut b.clone())));
    let n = pairs.len();
    let estimate = estimates.sum::<f64>() / n as f64;
    Some(Estimate::new(estimate, error, n as f64 - 1.0, n, confidence))
}

/// The mean over launches of the (log) median, for one side alone.
fn location(launches: &[Vec<f64>], log: bool, confidence: f64, seed: u64) -> Option<Estimate> {
    if launches.len() < 2 {
        return None;
    }
    let scale = |x: f64| if log { x.ln() } else { x };
    let mut drawn = Vec::new();
    let error = standard_error(launches.len(), seed, |launch, draw| {
        let rounds = &launches[launch];
        drawn.clear();
        drawn.extend((0..rounds.len()).map(|_| rounds[draw(rounds.len())]));
        scale(median_in_place(&mut drawn))
    });
    let n = launches.len();
    let estimate = launches.iter().map(|launch| scale(median_in_place(&mut launch.clone()))).sum::<f64>() / n as f64;
    Some(Estimate::new(estimate, error, n as f64 - 1.0, n, confidence))
}

fn usable_samples(samples: &[f64]) -> Vec<f64> {
    samples.iter().copied().filter(|x| x.is_finite() && *x > 0.0).collect()
}

fn usable(launches: &[Vec<f64>]) -> Vec<Vec<f64>> {
    launches.iter().map(|launch| usable_samples(launch)).filter(|launch| !launch.is_empty()).collect()
}
