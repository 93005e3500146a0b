//! What was read off the measurements, in words: for prose, for claims.

use analysis::{Crossed, Place, Reading};
use catalog::{Definition, Metric};

use crate::format;

/// What stands where a value was not measured.
pub(crate) const MISSING: &str = "— (not measured here)";
/// What stands for a factor of which one side is zero.
pub(crate) const ZERO: &str = "— (one side is zero)";

/// The value and its interval; `None` if it was not measured.
pub(crate) fn texts(metric: Metric, reading: &Reading, definition: &Definition) -> Option<(String, String)> {
    Some(match reading {
        Reading::Level(found) => (format::metric(metric, found.estimate), format::interval(metric, found)),
        Reading::Factor(found) => (format::factor(found.estimate), format::factor_interval(found)),
        Reading::Difference(found) => {
            (format::difference(metric, found.estimate), format::difference_interval(metric, found))
        }
        Reading::Crossing { axis, crossed } => {
            let unit = definition.axis(axis).and_then(|axis| axis.unit.as_deref());
            crossing(crossed, |place| format::place(unit, place))
        }
        Reading::Zero => (ZERO.to_owned(), ZERO.to_owned()),
        Reading::Missing(_) => return None,
    })
}

fn crossing(crossed: &Crossed, text: impl Fn(f64) -> String) -> (String, String) {
    let words = |place: &Place| match place {
        Place::BelowSmallest(smallest) => format!("below {}", text(*smallest)),
        Place::At(place) => text(*place),
        Place::BeyondLargest(largest) => format!("beyond {}", text(*largest)),
    };
    match crossed {
        Crossed::Once { estimate, low, high } => {
            let estimate = match estimate {
                Place::BelowSmallest(_) => format!("{}, the smallest measured", words(estimate)),
                Place::At(_) => words(estimate),
                Place::BeyondLargest(_) => format!("{}, the largest measured", words(estimate)),
            };
            let interval = if low == high { words(low) } else { format!("{} to {}", words(low), words(high)) };
            (estimate, interval)
        }
        Crossed::Several(places) => {
            let places: Vec<String> = places.iter().map(|place| text(*place)).collect();
            (format!("more than one place ({})", places.join(", ")), "no single place".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Place::{At, BelowSmallest, BeyondLargest};

    #[test]
    fn crossings_are_places_or_words() {
        for (estimate, low, high, text, interval) in [
            (At(0.1), At(0.08), At(0.2), "10 %", "8.0 % to 20 %"),
            (At(0.1), BelowSmallest(0.01), At(0.2), "10 %", "below 1.0 % to 20 %"),
            (
                BeyondLargest(0.5),
                BeyondLargest(0.5),
                BeyondLargest(0.5),
                "beyond 50 %, the largest measured",
                "beyond 50 %",
            ),
        ] {
            let found = crossing(&Crossed::Once { estimate, low, high }, |place| format::place(Some("%"), place));
            let found = (found.0.replace(format::GAP, " "), found.1.replace(format::GAP, " "));
            assert_eq!(found, (text.to_owned(), interval.to_owned()));
        }
        let several = crossing(&Crossed::Several(vec![1.0, 1024.0]), |place| format::place(Some("B"), place));
        assert_eq!(several.0.replace(format::GAP, " "), "more than one place (1 B, 1 KiB)");
    }
}
