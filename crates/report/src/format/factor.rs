//! Factors: how many times better.

use stats::Interval;

use super::NOTHING;
use super::digits::fixed_or_digits;
use super::interval::span;

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

fn factor_places(value: f64) -> usize {
    match value.abs() {
        v if v < 1.995 => 2,
        v if v < 9.95 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
