//! Intervals: both ends in one unit, with as many digits as it takes to tell them apart.

use catalog::Metric;
use stats::Interval;

use super::digits::number_text;
use super::unit::{SHARE, Unit, ladder, pick, with_unit};
use super::{NOTHING, metric, money};

/// The ends of a metric's interval in one unit: `1.20–1.26 ms`.
#[must_use]
pub fn interval(metric: Metric, interval: &Interval) -> String {
    ends(metric, interval, pick(ladder(metric), interval.estimate))
}

/// The ends of a share's interval: `20–40 %`.
#[must_use]
pub fn share_interval(interval: &Interval) -> String {
    ends(Metric::CeilingShare, interval, pick(SHARE, interval.estimate))
}

/// A metric's estimate with its interval: `1.23 ms (1.20–1.26 ms)`; an exact figure stands alone.
#[must_use]
pub fn with_interval(which: Metric, value: &Interval) -> String {
    let estimate = metric(which, value.estimate);
    if value.low == value.high { estimate } else { format!("{estimate} ({})", interval(which, value)) }
}

pub(super) fn ends(metric: Metric, interval: &Interval, unit: Unit) -> String {
    let (low, high) = (interval.low, interval.high);
    if !low.is_finite() || !high.is_finite() {
        return NOTHING.to_owned();
    }
    if metric.unit() == "USD" {
        return span(&money(low), &money(high));
    }
    // As many digits as it takes to tell the ends apart.
    let texts = |n| [low, high].map(|end| number_text(end / unit.scale, n));
    let [low, high] = (3..=5).map(texts).find(|[low, high]| low != high).unwrap_or_else(|| texts(3));
    with_unit(&span(&low, &high), unit)
}

/// Both ends; ends that read the same are said once.
pub(super) fn span(low: &str, high: &str) -> String {
    if low == high {
        return low.to_owned();
    }
    // A dash before a minus sign cannot be read.
    if low.starts_with('\u{2212}') || high.starts_with('\u{2212}') {
        format!("{low} to {high}")
    } else {
        format!("{low}–{high}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GAP, factor_interval};
    use super::*;

    /// The tables below write an ordinary space.
    fn spaced(text: &str) -> String {
        text.replace(GAP, " ")
    }

    fn between(low: f64, high: f64) -> Interval {
        Interval { estimate: (low + high) / 2.0, low, high }
    }

    #[test]
    fn intervals_share_one_unit_and_tell_their_ends_apart() {
        for (low, high, text) in [
            (0.0012, 0.00126, "1.20–1.26 ms"),
            (0.0009, 0.0013, "0.900–1.30 ms"),
            (1.2301, 1.2304, "1.2301–1.2304 s"),
            (-0.5, 3.0, "−0.500 to 3.00 s"),
            (f64::NAN, 1.0, "not measured"),
        ] {
            assert_eq!(spaced(&interval(Metric::Time, &between(low, high))), text, "{low} to {high}");
        }
        for (low, high, text) in [
            (3.1, 3.42, "3.1–3.4×"),
            (1.02, 1.08, "1.02–1.08×"),
            (0.9, 2.5, "0.90–2.5×"),
            (1.031, 1.033, "1.031–1.033×"),
            (9.5, 12.2, "9.5–12×"),
            (95.0, 130.0, "95–130×"),
            (63.001, 63.002, "63×"),
        ] {
            assert_eq!(factor_interval(&between(low, high)), text, "{low} to {high}");
        }
        let time = with_interval(Metric::Time, &Interval { estimate: 1.23, low: 1.2, high: 1.26 });
        assert_eq!(spaced(&time), "1.23 s (1.20–1.26 s)");
        assert_eq!(spaced(&with_interval(Metric::DiskBytes, &between(2048.0, 2048.0))), "2 KiB");
    }
}
