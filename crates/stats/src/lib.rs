//! Statistics of the protocol: pure functions from samples to intervals and verdicts.
//!
//! Place in the flow: under both *measure* (the stopping rule) and *analyse* (the findings), so that what stops a
//! measurement is what judges it. Samples come as seconds per call, by launch and round: `&[Vec<f64>]`, one inner
//! vector per launch. Launches of two sides with the same index ran in the same block, their rounds interleaved.
//!
//! The way through: [`log_ratio`] (or [`unpaired_log_ratio`], [`level`], [`difference`]; for quantities that were drawn
//! several times the functions of [`trials`]) turns samples into an [`Estimate`] with a standard error and degrees of
//! freedom; [`verdict()`] and [`LogRatio::p_value`] hold it against the margin (a difference: [`verdict_on_gain`] and
//! [`Estimate::p_value`]); [`Looks`] says how sure a look at unfinished data must be; [`benjamini_hochberg`] takes many verdicts
//! together.
//!
//! Intervals are hierarchical: a median over the rounds of each launch, then a trimmed mean over launches with Student's
//! *t*. The [`location`] module says why, and holds the simulated coverage of the alternatives; the tests of this crate
//! simulate coverage, false alarms and power. Nothing here is random: the same samples give the same interval.

pub mod discovery;
pub mod estimate;
pub mod location;
pub mod looks;
pub mod mean;
pub mod ratio;
pub mod summary;
pub mod trials;
pub mod verdict;

use serde::{Deserialize, Serialize};

pub use discovery::benjamini_hochberg;
pub use estimate::Estimate;
pub use looks::{Decision, Looks};
pub use mean::geometric_mean;
pub use ratio::{LogRatio, difference, level, log_ratio, unpaired_difference, unpaired_log_ratio};
pub use summary::{Outlier, median, tukey_labels};
pub use trials::{trial_difference, trial_level, trial_log_ratio};
pub use verdict::{verdict, verdict_on_gain};

/// The confidence of every interval that Benchbook prints, over all looks together.
pub const CONFIDENCE: f64 = 0.95;

/// A point estimate with its interval, on the scale of the quantity itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// A quantity that is known exactly: a file's size, a count.
    #[must_use]
    pub fn exact(value: f64) -> Self {
        Self { estimate: value, low: value, high: value }
    }

    /// The interval of `1 / x`, for positive quantities.
    #[must_use]
    pub fn reciprocal(self) -> Self {
        Self { estimate: 1.0 / self.estimate, low: 1.0 / self.high, high: 1.0 / self.low }
    }

    /// The interval of `factor · x`, with its ends in order also for a negative factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let (a, b) = (self.low * factor, self.high * factor);
        Self { estimate: self.estimate * factor, low: a.min(b), high: a.max(b) }
    }
}

/// What an interval of a ratio says about practical difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval lies beyond the margin, on the good side.
    Faster,
    /// The whole interval lies within the margin.
    Same,
    /// The whole interval lies beyond the margin, on the bad side.
    Slower,
    /// Anything else.
    CannotTell,
}
