//! Statistics of the protocol: pure functions from samples to intervals and verdicts.
//!
//! Place in the flow: under both *measure* (the stopping rule) and *analyse* (the findings), so that what stops a
//! measurement is what judges it. Samples come as seconds per call, by launch and round: `&[Vec<f64>]`, one inner
//! vector per launch.

use serde::{Deserialize, Serialize};

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
