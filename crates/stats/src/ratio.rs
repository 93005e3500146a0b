//! From samples to estimates: the ratio of medians, a level, a difference.
//!
//! Two levels, rounds inside launches. Within a launch a median over the rounds, so that an outlier round is harmless;
//! then [`location()`] over the launches, which are the unit of replication. For two sides that were measured in the same
//! blocks, the rounds are paired first: the median over rounds of the log ratio *variant ÷ baseline* of neighbours in
//! time estimates the same ratio of medians, and drift that is slower than a round cancels. Measured on two cores shared
//! with eight busy programs, the same work against itself: the spread over launches was 2.6 % this way and 3.3 % for the
//! ratio of the two medians (6 rounds of 1 ms), 0.4 % against 0.75 % (16 rounds of 0.2 ms). Without drift they are the same.

use std::ops::Deref;

use serde::Serialize;

use crate::location::location;
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
    /// The log of a ratio that is known exactly, like that of two files' sizes; `launches` is for the reader.
    #[must_use]
    pub fn exact(ratio: f64, launches: usize) -> Self {
        Self(Estimate::exact(ratio.ln(), launches))
    }

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
        self.0.p_value(margin.ln_1p())
    }
}

/// The log ratio of medians of two cases that were measured in the same blocks, paired by launch and round.
///
/// Launches that either side lacks (no usable sample) are left out in pairs; where the two sides have different numbers
/// of rounds, their medians are compared. `None` with fewer than two pairs: a single launch says nothing about launches.
/// Samples that are not positive and finite are not usable.
#[must_use]
pub fn log_ratio(variant: &[Vec<f64>], baseline: &[Vec<f64>], confidence: f64) -> Option<LogRatio> {
    paired(variant, baseline, confidence, |v, b| (v / b).ln()).map(LogRatio)
}

/// Variant − baseline, paired by launch and round, on the scale of the samples: seconds lost, or saved if negative.
///
/// `None` as for [`log_ratio`].
#[must_use]
pub fn difference(variant: &[Vec<f64>], baseline: &[Vec<f64>], confidence: f64) -> Option<Estimate> {
    paired(variant, baseline, confidence, |v, b| v - b)
}

/// The log ratio of medians, a ÷ b, of two cases that did not share blocks: different points, or different runs.
///
/// `None` unless both sides have two launches with usable samples.
#[must_use]
pub fn unpaired_log_ratio(a: &[Vec<f64>], b: &[Vec<f64>], confidence: f64) -> Option<LogRatio> {
    unpaired(a, b, confidence, f64::ln).map(LogRatio)
}

/// The difference of medians, a − b, of two cases that did not share blocks, on the scale of the samples.
///
/// `None` as for [`unpaired_log_ratio`].
#[must_use]
pub fn unpaired_difference(a: &[Vec<f64>], b: &[Vec<f64>], confidence: f64) -> Option<Estimate> {
    unpaired(a, b, confidence, |sample| sample)
}

/// The difference of the locations over launches on the given scale, by Welch.
fn unpaired(a: &[Vec<f64>], b: &[Vec<f64>], confidence: f64, scale: fn(f64) -> f64) -> Option<Estimate> {
    let side = |samples: &[Vec<f64>]| location(launch_medians(samples, scale), confidence);
    Estimate::sum(&[(1.0, side(a)?), (-1.0, side(b)?)])
}

/// The median of a quantity over launches with its interval, on the scale of the samples.
///
/// Quantities that are positive throughout are treated on the log scale, so that the interval stays positive; those with
/// a zero (bytes that a warm read takes from the device) as they are. With a single launch the interval is the range of
/// its samples, widened by 5 % at both ends. `None` without a usable sample; negative ones are not usable.
#[must_use]
pub fn level(samples: &[Vec<f64>], confidence: f64) -> Option<Interval> {
    let mut launches: Vec<Vec<f64>> = samples
        .iter()
        .map(|launch| launch.iter().copied().filter(|x| x.is_finite() && *x >= 0.0).collect::<Vec<_>>())
        .filter(|launch| !launch.is_empty())
        .collect();
    if let [only] = launches.as_mut_slice() {
        let estimate = median_in_place(only);
        return Some(Interval {
            estimate,
            low: only.first()? / (1.0 + SINGLE_LAUNCH),
            high: only.last()? * (1.0 + SINGLE_LAUNCH),
        });
    }
    if launches.iter().flatten().all(|x| *x > 0.0) {
        let found = location(launch_medians(&launches, f64::ln), confidence)?;
        return Some(LogRatio(found).ratio());
    }
    let found = location(launches.iter_mut().map(|launch| median_in_place(launch)).collect(), confidence)?;
    Some(Interval { low: found.low.max(0.0), ..found.interval() })
}

/// The location over launches of the median over rounds of a contrast.
fn paired(
    variant: &[Vec<f64>],
    baseline: &[Vec<f64>],
    confidence: f64,
    contrast: impl Fn(f64, f64) -> f64,
) -> Option<Estimate> {
    let numbers = variant.iter().zip(baseline).filter_map(|(variant, baseline)| {
        let in_step = variant.len() == baseline.len() && variant.iter().chain(baseline).all(|x| usable(*x));
        if in_step {
            let mut rounds: Vec<f64> = variant.iter().zip(baseline).map(|(v, b)| contrast(*v, *b)).collect();
            return (!rounds.is_empty()).then(|| median_in_place(&mut rounds));
        }
        Some(contrast(launch_median(variant)?, launch_median(baseline)?))
    });
    location(numbers.collect(), confidence)
}

/// The median of each launch that has usable samples, on the given scale.
fn launch_medians(launches: &[Vec<f64>], scale: impl Fn(f64) -> f64) -> Vec<f64> {
    launches.iter().filter_map(|launch| launch_median(launch)).map(scale).collect()
}

fn launch_median(launch: &[f64]) -> Option<f64> {
    let mut samples: Vec<f64> = launch.iter().copied().filter(|x| usable(*x)).collect();
    (!samples.is_empty()).then(|| median_in_place(&mut samples))
}

fn usable(sample: f64) -> bool {
    sample.is_finite() && sample > 0.0
}
