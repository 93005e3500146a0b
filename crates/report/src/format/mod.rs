//! Numbers for people: value and unit, rounded to what a reader can use.
//!
//! Place in the flow: the last step before a number is text, shared by charts, tables and prose, so that one figure reads
//! the same everywhere. Three significant digits; a no-break space before the unit, so that a line never breaks between
//! them; a true minus sign. Sizes are binary (KiB), rates decimal (GB/s), as memory and disks are sold.
//!
//! [`mod@unit`] knows which unit suits a value, `digits` how many digits to write; from these are made quantities and the values of
//! metrics, the ends of their intervals, differences and factors.

mod difference;
mod digits;
mod factor;
mod interval;
mod quantity;
mod tick;
pub mod unit;

pub use difference::{amount, bound, difference, difference_interval, margin};
pub use digits::{count, plain};
pub use factor::{factor, factor_interval};
pub use interval::{interval, share_interval, with_interval};
pub use quantity::{bytes, metric, money, place, quantity, seconds, share};
pub use tick::tick;
pub use unit::{Unit, unit_for, unit_for_quantity};

/// The no-break space between a number and its unit.
pub const GAP: char = '\u{a0}';

/// What stands where a number is not a number.
pub(super) const NOTHING: &str = "not measured";
