//! Numbers for people: value and unit, rounded to what a reader can use.
//!
//! Place in the flow: the last step before a number is text, shared by charts, tables and prose, so that one figure reads
//! the same everywhere. Three significant digits; a no-break space before the unit, so that a line never breaks between
//! them; a true minus sign. Sizes are binary (KiB), rates decimal (GB/s), as memory and disks are sold.

use catalog::Metric;
use results::Unit as Base;
use stats::Interval;

/// The no-break space between a number and its unit.
pub const GAP: char = '\u{a0}';

/// What stands where a number is not a number.
const NOTHING: &str = "not measured";

/// A unit of a quantity: how many base units (seconds, bytes, …) it holds, and its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Base units in one of this.
    pub scale: f64,
    /// Name after the number; empty for money, whose sign stands before it.
    pub name: &'static str,
}

/// Units of one quantity, the smallest first, each with the value from which it is used.
type Ladder = &'static [(f64, Unit)];

const fn step(scale: f64, name: &'static str) -> (f64, Unit) {
    (scale, Unit { scale, name })
}

const SECONDS: Ladder = &[
    step(1e-9, "ns"),
    step(1e-6, "µs"),
    step(1e-3, "ms"),
    step(1.0, "s"),
    step(60.0, "min"),
    step(3600.0, "h"),
    (172_800.0, Unit { scale: 86_400.0, name: "days" }),
];
const BYTES: Ladder = &[
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
const SHARE: Ladder = &[step(0.01, "%")];
const MONEY: Ladder = &[step(1.0, "")];
const NUMBER: Ladder = &[step(1.0, "")];
const ROWS: Ladder = &[step(1.0, "rows"), step(1e6, "M\u{a0}rows"), step(1e9, "G\u{a0}rows")];
const FILES: Ladder = &[step(1.0, "files")];

/// A difference whose interval is narrower than this part of it is known exactly, but for the rounding of sums.
const ROUNDING: f64 = 1e-9;

/// Numbers below this are written with a power of ten.
const TINY: f64 = 1e-4;

fn ladder(metric: Metric) -> Ladder {
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

fn base_ladder(unit: Base) -> Ladder {
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

fn pick(ladder: Ladder, value: f64) -> Unit {
    // Rounded as it will be shown, so that 999.9 ns becomes 1.00 µs and not 1,000 ns.
    let fits = ladder.iter().rev().find(|(from, _)| significant(value.abs() / from, 3) >= 1.0);
    fits.or(ladder.first()).map_or(Unit { scale: 1.0, name: "" }, |(_, unit)| *unit)
}

/// A metric's value with its unit: `1.23 ms`, `48.1 MiB`, `12.5 GB/s`, `83 %`, `$0.0031`.
#[must_use]
pub fn metric(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Money => money(value),
        Metric::CeilingShare => share(value),
        Metric::DeviceBytes | Metric::DiskBytes | Metric::PeakMemory => bytes(value),
        Metric::Own(own) => quantity(own.unit, value),
        _ => measured(ladder(metric), value),
    }
}

/// A quantity that an experiment states: `1,234`, `0.0312`, `1.2 × 10⁻⁷`, `48.1 MiB`, `83.1 %`, `12 files`.
#[must_use]
pub fn quantity(unit: Base, value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    match unit {
        Base::Seconds => seconds(value),
        Base::Bytes => bytes(value),
        Base::Share => {
            // Between 99.9 % and all, the distance from all is what counts.
            let percent = value * 100.0;
            let places = if percent > 99.9 && percent < 100.0 { 4 } else { 3 };
            format!("{}{GAP}%", number_text(percent, places))
        }
        Base::Dollars => money(value),
        Base::Number | Base::Rows | Base::Files => {
            let unit = pick(base_ladder(unit), value);
            let number = value / unit.scale;
            // A count is whole and stands in full; a mean of counts has three digits like everything measured.
            let whole = unit.scale == 1.0 && number.fract() == 0.0;
            let text = if whole { fixed(number, 0) } else { number_text(number, 3) };
            let one = text == "1";
            with_unit(&text, if one { singular(unit) } else { unit })
        }
    }
}

fn singular(unit: Unit) -> Unit {
    Unit { name: unit.name.strip_suffix('s').unwrap_or(unit.name), ..unit }
}

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

/// A place along a numeric axis, in the axis' unit: `32 KiB`, `0.31 %`, `1,000 rows`.
#[must_use]
pub fn place(unit: Option<&str>, value: f64) -> String {
    match unit {
        _ if !value.is_finite() => NOTHING.to_owned(),
        Some("B") => bytes(value),
        Some("%") => share(value),
        Some("s") => seconds(value),
        Some("USD") => money(value),
        other => {
            let number = if value.fract() == 0.0 { fixed(value, 0) } else { number_text(value, 3) };
            other.map_or(number.clone(), |unit| format!("{number}{GAP}{unit}"))
        }
    }
}

/// Seconds: `153 ns`, `1.23 ms`, `2.50 min`.
#[must_use]
pub fn seconds(value: f64) -> String {
    measured(SECONDS, value)
}

/// Bytes in binary units: `32 KiB` if exact, else three digits: `1.46 GiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let unit = pick(BYTES, value);
    let number = value / unit.scale;
    // Trailing zeros tell the precision of a measured figure; an exact size needs none, and a byte has no parts.
    let text = if unit.scale == 1.0 {
        fixed(number, 0)
    } else if significant(number, 3) == number {
        trim_zeros(&digits(number, 3))
    } else {
        digits(number, 3)
    };
    with_unit(&text, unit)
}

/// An exact whole number with thousands separators: `2,500,000`.
#[must_use]
pub fn count(value: f64) -> String {
    if value.is_finite() { fixed(value, 0) } else { NOTHING.to_owned() }
}

/// A share of one as per cent: `83 %`, `9.4 %`, `0.31 %`.
#[must_use]
pub fn share(fraction: f64) -> String {
    if !fraction.is_finite() {
        return NOTHING.to_owned();
    }
    let percent = fraction * 100.0;
    let number = if percent.abs() >= 9.95 { fixed(percent, 0) } else { digits(percent, 2) };
    format!("{number}{GAP}%")
}

/// The ends of a share's interval: `20–40 %`.
#[must_use]
pub fn share_interval(interval: &Interval) -> String {
    ends(Metric::CeilingShare, interval, pick(SHARE, interval.estimate))
}

/// US dollars: `$0.0031`, `$12.30`, `$1,234`.
#[must_use]
pub fn money(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let magnitude = value.abs();
    let number = match magnitude {
        0.0 => "0".to_owned(),
        m if m < 0.095 => digits(m, 2),
        m if m < 999.995 => fixed(m, 2),
        m => fixed(m, 0),
    };
    format!("{}${number}", if value < 0.0 { "\u{2212}" } else { "" })
}

/// A factor: `0.95×`, `1.03×`, `3.2×`, `120×`.
#[must_use]
pub fn factor(value: f64) -> String {
    if value.is_finite() { format!("{}×", fixed_or_digits(value, factor_places(value))) } else { NOTHING.to_owned() }
}

/// The ends of a factor's interval: `3.1–3.4×`.
#[must_use]
pub fn factor_interval(interval: &Interval) -> String {
    let (low, high) = (interval.low, interval.high);
    if !low.is_finite() || !high.is_finite() {
        return NOTHING.to_owned();
    }
    let texts = |more| [low, high].map(|end| fixed_or_digits(end, factor_places(end) + more));
    // As many decimals as it takes to tell the ends apart.
    let [low, high] = (0..=2).map(texts).find(|[low, high]| low != high).unwrap_or_else(|| texts(0));
    format!("{}×", span(&low, &high))
}

/// The ends of a metric's interval in one unit: `1.20–1.26 ms`.
#[must_use]
pub fn interval(metric: Metric, interval: &Interval) -> String {
    ends(metric, interval, pick(ladder(metric), interval.estimate))
}

fn ends(metric: Metric, interval: &Interval, unit: Unit) -> String {
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

/// A metric's estimate with its interval: `1.23 ms (1.20–1.26 ms)`; an exact figure stands alone.
#[must_use]
pub fn with_interval(which: Metric, value: &Interval) -> String {
    let estimate = metric(which, value.estimate);
    if value.low == value.high { estimate } else { format!("{estimate} ({})", interval(which, value)) }
}

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

/// A number for an axis whose unit stands in its label: `0`, `2.5`, `1,000`; at most `places` decimals.
#[must_use]
pub fn plain(value: f64, places: usize) -> String {
    if value.is_finite() { trim_zeros(&fixed(value, places)) } else { NOTHING.to_owned() }
}

fn measured(ladder: Ladder, value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let unit = pick(ladder, value);
    if value == 0.0 {
        // Zero has no size, so it takes the base unit.
        let base = ladder.iter().map(|(_, unit)| *unit).find(|unit| unit.scale == 1.0);
        return with_unit("0", base.unwrap_or(unit));
    }
    with_unit(&digits(value / unit.scale, 3), unit)
}

fn with_unit(number: &str, unit: Unit) -> String {
    if unit.name.is_empty() { number.to_owned() } else { format!("{number}{GAP}{}", unit.name) }
}

/// Text with `n` significant digits; of a tiny number times a power of ten.
fn number_text(value: f64, n: i32) -> String {
    if value == 0.0 || value.abs() >= TINY {
        return digits(value, n);
    }
    let text = format!("{:.*e}", (n - 1).max(0) as usize, value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let raised: String = exponent.chars().map(superscript).collect();
    format!("{}{mantissa}{GAP}×{GAP}10{raised}", if value < 0.0 { "\u{2212}" } else { "" })
}

fn superscript(c: char) -> char {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    c.to_digit(10).and_then(|digit| DIGITS.get(digit as usize)).copied().unwrap_or('⁻')
}

fn span(low: &str, high: &str) -> String {
    // A dash before a minus sign cannot be read.
    if low.starts_with('\u{2212}') || high.starts_with('\u{2212}') {
        format!("{low} to {high}")
    } else {
        format!("{low}–{high}")
    }
}

fn factor_places(value: f64) -> usize {
    match value.abs() {
        v if v < 1.995 => 2,
        v if v < 9.95 => 1,
        _ => 0,
    }
}

/// With `places` decimals, unless that would leave nothing of a small number.
fn fixed_or_digits(value: f64, places: usize) -> String {
    if value != 0.0 && value.abs() < 0.095 { digits(value, 2) } else { fixed(value, places) }
}

/// `value` rounded to `n` significant digits.
fn significant(value: f64, n: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // Through text, since scaling by a power of ten would add an error of its own.
    format!("{value:.*e}", (n - 1).max(0) as usize).parse().unwrap_or(value)
}

/// Text with `n` significant digits, whole numbers kept whole.
fn digits(value: f64, n: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded = significant(value, n);
    let exponent = rounded.abs().log10().floor() as i32;
    fixed(rounded, (n - 1 - exponent).clamp(0, 12) as usize)
}

/// Text with `places` decimals, thousands separators and a true minus sign.
fn fixed(value: f64, places: usize) -> String {
    let text = format!("{:.places$}", value.abs());
    let (whole, decimals) = text.split_once('.').map_or((text.as_str(), None), |(w, d)| (w, Some(d)));
    let mut out = String::with_capacity(text.len() + 8);
    if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push('\u{2212}');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables below write an ordinary space.
    fn spaced(text: &str) -> String {
        text.replace(GAP, " ")
    }

    fn between(low: f64, high: f64) -> Interval {
        Interval { estimate: (low + high) / 2.0, low, high }
    }

    #[test]
    fn seconds_take_the_unit_that_they_fill() {
        for (value, text) in [
            (0.0, "0 s"),
            (4e-10, "0.400 ns"),
            (1.5e-7, "150 ns"),
            (9.999e-7, "1.00 µs"),
            (0.001_234, "1.23 ms"),
            (0.999_6, "1.00 s"),
            (1.0, "1.00 s"),
            (59.94, "59.9 s"),
            (59.99, "1.00 min"),
            (150.0, "2.50 min"),
            (3600.0, "1.00 h"),
            (90_000.0, "25.0 h"),
            (345_600.0, "4.00 days"),
            (-0.25, "−250 ms"),
            (f64::NAN, "not measured"),
            (f64::INFINITY, "not measured"),
        ] {
            assert_eq!(spaced(&seconds(value)), text, "{value}");
        }
    }

    #[test]
    fn bytes_are_binary_and_short_when_exact() {
        for (value, text) in [
            (0.0, "0 B"),
            (1.0, "1 B"),
            (1023.0, "1,023 B"),
            (1024.0, "1 KiB"),
            (1536.0, "1.5 KiB"),
            (32_768.0, "32 KiB"),
            (1_500_000.0, "1.43 MiB"),
            (50_331_648.0, "48 MiB"),
            (1_073_741_823.0, "1.00 GiB"),
            (5e15, "4,550 TiB"),
        ] {
            assert_eq!(spaced(&bytes(value)), text, "{value}");
        }
    }

    #[test]
    fn factors_show_what_matters() {
        for (value, text) in [
            (1.0, "1.00×"),
            (1.034, "1.03×"),
            (0.951, "0.95×"),
            (0.012_3, "0.012×"),
            (1.996, "2.0×"),
            (3.24, "3.2×"),
            (9.96, "10×"),
            (119.7, "120×"),
            (12_345.0, "12,345×"),
            (0.0, "0.00×"),
            (f64::NAN, "not measured"),
        ] {
            assert_eq!(factor(value), text, "{value}");
        }
    }

    #[test]
    fn metrics_bring_their_units() {
        for (which, value, text) in [
            (Metric::Time, 0.0123, "12.3 ms"),
            (Metric::RowsPerSecond, 2_500_000.0, "2.50 M rows/s"),
            (Metric::BytesPerSecond, 12.54e9, "12.5 GB/s"),
            (Metric::FlopPerSecond, 3.2e9, "3.20 Gop/s"),
            (Metric::CeilingShare, 0.834, "83 %"),
            (Metric::CeilingShare, 0.0031, "0.31 %"),
            (Metric::CeilingShare, 1.02, "102 %"),
            (Metric::DiskBytes, 1e6, "977 KiB"),
            (Metric::Money, 0.0, "$0"),
            (Metric::Money, 0.000_05, "$0.000050"),
            (Metric::Money, 0.0031, "$0.0031"),
            (Metric::Money, 12.3, "$12.30"),
            (Metric::Money, 1234.4, "$1,234"),
            (Metric::Money, -2.0, "−$2.00"),
        ] {
            assert_eq!(spaced(&metric(which, value)), text, "{which:?} {value}");
        }
    }

    #[test]
    fn quantities_of_an_experiments_own() {
        for (unit, value, text) in [
            (Base::Number, 1234.0, "1,234"),
            (Base::Number, 0.031_24, "0.0312"),
            (Base::Number, 1.23e-7, "1.23 × 10⁻⁷"),
            (Base::Number, -1.23e-7, "−1.23 × 10⁻⁷"),
            (Base::Number, 0.0, "0"),
            (Base::Number, 12_345.6, "12,300"),
            (Base::Rows, 1.0, "1 row"),
            (Base::Rows, 12_345.0, "12,345 rows"),
            (Base::Rows, 12_345_678.0, "12.3 M rows"),
            (Base::Rows, 12.34, "12.3 rows"),
            (Base::Files, 1.0, "1 file"),
            (Base::Files, 10_000.0, "10,000 files"),
            (Base::Share, 0.934, "93.4 %"),
            (Base::Share, 0.9996, "99.96 %"),
            (Base::Share, 1.0, "100 %"),
            (Base::Share, 0.0, "0 %"),
            (Base::Share, 2.06e-8, "2.06 × 10⁻⁶ %"),
            (Base::Bytes, 80e6, "76.3 MiB"),
            (Base::Dollars, 1.5, "$1.50"),
            (Base::Number, f64::NAN, "not measured"),
        ] {
            assert_eq!(spaced(&quantity(unit, value)), text, "{unit:?} {value}");
        }
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

    #[test]
    fn places_have_the_units_of_their_axis() {
        for (unit, value, text) in [
            (Some("B"), 32_768.0, "32 KiB"),
            (Some("%"), 0.0031, "0.31 %"),
            (Some("files"), 1000.0, "1,000 files"),
            (None, 1e-5, "1.00 × 10⁻⁵"),
            (None, 0.25, "0.250"),
        ] {
            assert_eq!(spaced(&place(unit, value)), text);
        }
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
        ] {
            assert_eq!(factor_interval(&between(low, high)), text, "{low} to {high}");
        }
        let time = with_interval(Metric::Time, &Interval { estimate: 1.23, low: 1.2, high: 1.26 });
        assert_eq!(spaced(&time), "1.23 s (1.20–1.26 s)");
        assert_eq!(spaced(&with_interval(Metric::DiskBytes, &between(2048.0, 2048.0))), "2 KiB");
    }

    #[test]
    fn plain_numbers_have_no_idle_zeros() {
        for (value, places, text) in
            [(0.0, 1, "0"), (2.5, 2, "2.5"), (1000.0, 0, "1,000"), (-0.04, 1, "0"), (-1.5, 1, "−1.5"), (10.0, 2, "10")]
        {
            assert_eq!(plain(value, places), text, "{value}");
        }
        assert_eq!(count(2_500_000.0), "2,500,000");
    }
}
