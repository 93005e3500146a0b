//! Differences: what one side has more or less than the other, of per cent in points.

use catalog::Metric;
use stats::Interval;

use super::digits::digits;
use super::interval::ends;
use super::unit::{Unit, ladder, pick};
use super::{GAP, NOTHING, metric, plain};

/// A difference whose interval is narrower than this part of it is known exactly, but for the rounding of sums.
const ROUNDING: f64 = 1e-9;

/// What one side has more (or less) than the other, with its sign: `+1.5 MiB`, `−0.31 points` (of per cent).
#[must_use]
pub fn difference(metric: Metric, value: f64) -> String {
    let sign = match value {
        v if !v.is_finite() => return NOTHING.to_owned(),
        v if v > 0.0 => "+",
        v if v < 0.0 => "\u{2212}",
        _ => "",
    };
    format!("{sign}{}", amount(metric, value.abs()))
}

/// A difference without its sign: `1.5 MiB`, `0.31 points` (of per cent).
#[must_use]
pub fn amount(which: Metric, value: f64) -> String {
    if which.unit() == "%" { points(&digits(value * 100.0, 3)) } else { metric(which, value) }
}

/// A bound that somebody wrote down, without idle zeros: `90 %`, `1.5 MiB`.
#[must_use]
pub fn bound(which: Metric, value: f64) -> String {
    if which.unit() == "%" { format!("{}{GAP}%", plain(value * 100.0, 4)) } else { metric(which, value) }
}

/// A margin of a difference that somebody wrote down: `0.5 points`, `1.5 MiB`.
#[must_use]
pub fn margin(which: Metric, value: f64) -> String {
    if which.unit() == "%" { points(&plain(value * 100.0, 4)) } else { metric(which, value) }
}

/// The ends of a difference's interval in one unit: `−0.20 to 0.40 points`; what is known exactly has one end.
#[must_use]
pub fn difference_interval(metric: Metric, interval: &Interval) -> String {
    if (interval.high - interval.low).abs() <= ROUNDING * interval.estimate.abs() {
        let sign = if interval.estimate < 0.0 { "\u{2212}" } else { "" };
        return format!("{sign}{}", amount(metric, interval.estimate.abs()));
    }
    let widest = [interval.low, interval.estimate, interval.high].into_iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let unit = pick(ladder(metric), widest);
    let unit = if unit.name == "%" { Unit { name: "points", ..unit } } else { unit };
    ends(metric, interval, unit)
}

fn points(number: &str) -> String {
    format!("{number}{GAP}points")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables below write an ordinary space.
    fn spaced(text: &str) -> String {
        text.replace(GAP, " ")
    }

    #[test]
    fn differences_have_a_sign_and_points_of_per_cent() {
        let share = Metric::CeilingShare;
        for (metric, value, text) in [
            (share, 0.0031, "+0.310 points"),
            (share, -0.02, "−2.00 points"),
            (share, 0.0, "0 points"),
            (Metric::DiskBytes, -1_572_864.0, "−1.5 MiB"),
            (Metric::Time, 0.0012, "+1.20 ms"),
        ] {
            assert_eq!(spaced(&difference(metric, value)), text);
        }
        let exact = Interval { estimate: -0.385, low: -0.385, high: -0.385 + 1e-16 };
        assert_eq!(spaced(&difference_interval(share, &exact)), "−38.5 points");
        assert_eq!((bound(share, 0.9), margin(share, 0.005)), (format!("90{GAP}%"), format!("0.5{GAP}points")));
        let around_zero = Interval { estimate: 0.0, low: -0.002, high: 0.004 };
        assert_eq!(spaced(&difference_interval(share, &around_zero)), "−0.200 to 0.400 points");
        assert_eq!(spaced(&difference_interval(Metric::Time, &around_zero)), "−2.00 to 4.00 ms");
    }
}
