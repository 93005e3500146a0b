//! Digits: a number as text, without its unit.

use super::{GAP, NOTHING};

/// Numbers below this are written with a power of ten.
const TINY: f64 = 1e-4;

/// An exact whole number with thousands separators: `2,500,000`.
#[must_use]
pub fn count(value: f64) -> String {
    if value.is_finite() { fixed(value, 0) } else { NOTHING.to_owned() }
}

/// A number for an axis whose unit stands in its label: `0`, `2.5`, `1,000`; at most `places` decimals.
#[must_use]
pub fn plain(value: f64, places: usize) -> String {
    if value.is_finite() { trim_zeros(&fixed(value, places)) } else { NOTHING.to_owned() }
}

/// Text with `n` significant digits; of a tiny number times a power of ten.
pub(super) fn number_text(value: f64, n: i32) -> String {
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

/// With `places` decimals, unless that would leave nothing of a small number.
pub(super) fn fixed_or_digits(value: f64, places: usize) -> String {
    if value != 0.0 && value.abs() < 0.095 { digits(value, 2) } else { fixed(value, places) }
}

/// `value` rounded to `n` significant digits.
pub(super) fn significant(value: f64, n: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // Through text, since scaling by a power of ten would add an error of its own.
    format!("{value:.*e}", (n - 1).max(0) as usize).parse().unwrap_or(value)
}

/// Text with `n` significant digits, whole numbers kept whole.
pub(super) fn digits(value: f64, n: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded = significant(value, n);
    let exponent = rounded.abs().log10().floor() as i32;
    fixed(rounded, (n - 1 - exponent).clamp(0, 12) as usize)
}

/// Text with `places` decimals, thousands separators and a true minus sign.
pub(super) fn fixed(value: f64, places: usize) -> String {
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

pub(super) fn trim_zeros(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
