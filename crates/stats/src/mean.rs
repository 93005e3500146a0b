//! The geometric mean of factors over many cases.

use crate::{Estimate, Interval, LogRatio};

/// Geometric mean of ratios with its interval, from the log ratios of independent cases; `None` of none.
///
/// The interval speaks of these cases: it carries the noise of each, and not how cases differ from each other.
#[must_use]
pub fn geometric_mean(ratios: &[LogRatio]) -> Option<Interval> {
    let weight = 1.0 / ratios.len() as f64;
    let parts: Vec<(f64, Estimate)> = ratios.iter().map(|ratio| (weight, ratio.0)).collect();
    Estimate::sum(&parts).map(|sum| LogRatio(sum).ratio())
}
