//! Units: which one suits a value.

use catalog::Metric;
use results::Unit as Base;

use super::GAP;
use super::digits::significant;

/// A unit of a quantity: how many base units (seconds, bytes, …) it holds, and its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Base units in one of this.
    pub scale: f64,
    /// Name after the number; empty for money, whose sign stands before it.
    pub name: &'static str,
}

/// Units of one quantity, the smallest first, each with the value from which it is used.
pub(super) type Ladder = &'static [(f64, Unit)];

const fn step(scale: f64, name: &'static str) -> (f64, Unit) {
    (scale, Unit { scale, name })
}

pub(super) const SECONDS: Ladder = &[
    step(1e-9, "ns"),
    step(1e-6, "µs"),
    step(1e-3, "ms"),
    step(1.0, "s"),
    step(60.0, "min"),
    step(3600.0, "h"),
    (172_800.0, Unit { scale: 86_400.0, name: "days" }),
];
pub(super) const BYTES: Ladder = &[
    step(1.0, "B"),
    step(1024.0, "KiB"),
    step(1_048_576.0, "MiB"),
    step(1_073_741_824.0, "GiB"),
    step(1_099_511_627_776.0, "TiB"),
];
const BYTES_PER_SECOND: Ladder =
    &[step(1.0, "B/s"), step(1e3, "kB/s"), step(1e6, "MB/s"), step(1e9, "GB/s"), step(1e12, "TB/s")];
const ROWS_PER_SECOND: Ladder =
    &[step(1.0, "rows/s"), step(1e3, "k\u{a0}rows/s"), step(1e6, "M\u{a0}rows/s"), step(1e9, "G\u{a0}rows/s")];
const OPS_PER_SECOND: Ladder =
    &[step(1.0, "op/s"), step(1e3, "kop/s"), step(1e6, "Mop/s"), step(1e9, "Gop/s"), step(1e12, "Top/s")];
pub(super) const SHARE: Ladder = &[step(0.01, "%")];
const MONEY: Ladder = &[step(1.0, "")];
const NUMBER: Ladder = &[step(1.0, "")];
const ROWS: Ladder = &[step(1.0, "rows"), step(1e6, "M\u{a0}rows"), step(1e9, "G\u{a0}rows")];
const FILES: Ladder = &[step(1.0, "files")];

pub(super) fn ladder(metric: Metric) -> Ladder {
    match metric {
        Metric::Time | Metric::Cpu => SECONDS,
        Metric::RowsPerSecond => ROWS_PER_SECOND,
        Metric::BytesPerSecond => BYTES_PER_SECOND,
        Metric::FlopPerSecond => OPS_PER_SECOND,
        Metric::CeilingShare => SHARE,
        Metric::DeviceBytes | Metric::DiskBytes | Metric::PeakMemory => BYTES,
        Metric::Money => MONEY,
        Metric::Own(own) => base_ladder(own.unit),
    }
}

pub(super) fn base_ladder(unit: Base) -> Ladder {
    match unit {
        Base::Number => NUMBER,
        Base::Seconds => SECONDS,
        Base::Bytes => BYTES,
        Base::Share => SHARE,
        Base::Rows => ROWS,
        Base::Files => FILES,
        Base::Dollars => MONEY,
    }
}

/// The unit in which `value` (in the metric's base unit) reads best: the one to share along an axis or down a column.
#[must_use]
pub fn unit_for(metric: Metric, value: f64) -> Unit {
    pick(ladder(metric), value)
}

/// The unit in which a quantity that an experiment states reads best.
#[must_use]
pub fn unit_for_quantity(base: Base, value: f64) -> Unit {
    pick(base_ladder(base), value)
}

pub(super) fn pick(ladder: Ladder, value: f64) -> Unit {
    // Rounded as it will be shown, so that 999.9 ns becomes 1.00 µs and not 1,000 ns.
    let fits = ladder.iter().rev().find(|(from, _)| significant(value.abs() / from, 3) >= 1.0);
    fits.or(ladder.first()).map_or(Unit { scale: 1.0, name: "" }, |(_, unit)| *unit)
}

pub(super) fn singular(unit: Unit) -> Unit {
    Unit { name: unit.name.strip_suffix('s').unwrap_or(unit.name), ..unit }
}

pub(super) fn with_unit(number: &str, unit: Unit) -> String {
    if unit.name.is_empty() { number.to_owned() } else { format!("{number}{GAP}{}", unit.name) }
}
