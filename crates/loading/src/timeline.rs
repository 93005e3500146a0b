//! The time line of a pass in a set number of bins: how busy the consumer was, and how many batches waited.

use crate::Pass;

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Its middle, in seconds since the pass began.
    pub at: f64,
    /// Share of it in which the consumer was busy, 0 to 1.
    pub busy: f64,
    /// Batches that waited, averaged over it.
    pub depth: f64,
}

/// The first `seconds` of a pass in `count` bins of the same length.
#[must_use]
pub fn bins(pass: &Pass, seconds: f64, count: usize) -> Vec<Bin> {
    if count == 0 || seconds.is_nan() || seconds <= 0.0 {
        return Vec::new();
    }
    let width = seconds / count as f64;
    let overlap = |from: f64, to: f64, bin: usize| {
        let begin = width * bin as f64;
        (to.min(begin + width) - from.max(begin)).max(0.0) / width
    };
    let ends = pass.depths.iter().skip(1).map(|(at, _)| *at).chain([pass.seconds]);
    let levels: Vec<(f64, f64, usize)> =
        pass.depths.iter().zip(ends).map(|((from, depth), to)| (*from, to, *depth)).collect();
    (0..count)
        .map(|bin| Bin {
            at: width * (bin as f64 + 0.5),
            busy: pass.busy.iter().map(|span| overlap(span.from, span.to, bin)).sum::<f64>().min(1.0),
            depth: levels.iter().map(|(from, to, depth)| overlap(*from, *to, bin) * *depth as f64).sum(),
        })
        .collect()
}
