//! The four verdicts, from the interval of a ratio against the margin of practical equivalence.

use crate::{Interval, Verdict};

/// The verdict on a ratio variant ÷ baseline of something of which less is better.
///
/// *Faster*: the whole interval lies below `1 / (1 + margin)`; *slower*: above `1 + margin`; *same*: between the two; else
/// *cannot tell*. An interval that is not a number says nothing.
#[must_use]
pub fn verdict(ratio: Interval, margin: f64) -> Verdict {
    let (lower, upper) = (1.0 / (1.0 + margin), 1.0 + margin);
    if ratio.high < lower {
        Verdict::Faster
    } else if ratio.low > upper {
        Verdict::Slower
    } else if ratio.low >= lower && ratio.high <= upper {
        Verdict::Same
    } else {
        Verdict::CannotTell
    }
}

/// The verdict on a difference in the good direction (what is gained), against a margin in the same unit.
///
/// *Faster* (better): the whole interval lies above the margin; *slower* (worse): below its negative; *same*: between the
/// two; else *cannot tell*.
#[must_use]
pub fn verdict_on_gain(gain: Interval, margin: f64) -> Verdict {
    if gain.low > margin {
        Verdict::Faster
    } else if gain.high < -margin {
        Verdict::Slower
    } else if gain.low >= -margin && gain.high <= margin {
        Verdict::Same
    } else {
        Verdict::CannotTell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains() {
        use Verdict::{CannotTell, Faster, Same, Slower};
        for (low, high, expected) in [
            (0.006, 0.010, Faster),
            (0.004, 0.010, CannotTell),
            (-0.005, 0.005, Same),
            (0.0, 0.0, Same),
            (-0.010, -0.006, Slower),
            (-0.010, 0.010, CannotTell),
            (f64::NAN, f64::NAN, CannotTell),
        ] {
            let gain = Interval { estimate: f64::midpoint(low, high), low, high };
            assert_eq!(verdict_on_gain(gain, 0.005), expected, "{low} to {high}");
        }
    }

    #[test]
    fn table() {
        use Verdict::{CannotTell, Faster, Same, Slower};
        let table = [
            (0.50, 0.60, Faster),
            (0.94, 0.952, Faster),
            (0.94, 0.96, CannotTell),
            (0.96, 1.04, Same),
            (1.0 / 1.05, 1.05, Same),
            (1.04, 1.06, CannotTell),
            (1.051, 1.2, Slower),
            (0.5, 2.0, CannotTell),
            (f64::NAN, f64::NAN, CannotTell),
            (0.0, f64::INFINITY, CannotTell),
        ];
        for (low, high, expected) in table {
            let ratio = Interval { estimate: f64::midpoint(low, high), low, high };
            assert_eq!(verdict(ratio, 0.05), expected, "{low} to {high}");
            let mirrored = match expected {
                Faster => Slower,
                Slower => Faster,
                other => other,
            };
            assert_eq!(verdict(ratio.reciprocal(), 0.05), mirrored, "the reciprocal of {low} to {high}");
        }
    }
}
