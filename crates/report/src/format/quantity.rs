//! Quantities: a value with its unit.

use catalog::Metric;
use results::Unit as Base;

use super::digits::{digits, fixed, number_text, significant, trim_zeros};
use super::unit::{BYTES, Ladder, SECONDS, base_ladder, ladder, pick, singular, with_unit};
use super::{GAP, NOTHING};

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

pub(super) fn measured(ladder: Ladder, value: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables below write an ordinary space.
    fn spaced(text: &str) -> String {
        text.replace(GAP, " ")
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
}
