//! Ticks: round values along an axis.

use super::digits::number_text;
use super::plain;
use super::unit::{Unit, with_unit};

/// A round value for a tick, in a unit that the axis shares: `0`, `2.5 ms`, `16 KiB`, `$0.02`; `base` is the base unit's name.
#[must_use]
pub fn tick(base: &str, value: f64, unit: Unit) -> String {
    let number = plain(value / unit.scale, 6);
    match (base, number.as_str()) {
        ("USD", _) => format!("${number}"),
        // What six places cannot say is written with a power of ten.
        (_, "0") if value != 0.0 => with_unit(&number_text(value / unit.scale, 1), unit),
        (_, "0") => number,
        _ => with_unit(&number, unit),
    }
}
