//! Many verdicts in one report: the false discovery rate.

/// Adjusted p-values of Benjamini and Hochberg (1995), in the order of the input.
///
/// A verdict whose adjusted value is below `q` belongs to a set of which, on average, at most the share `q` is false.
/// Values that are not numbers count as 1: a test that could not be made is no discovery, and still a test.
#[must_use]
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let p: Vec<f64> = p_values.iter().map(|p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }).collect();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (place, &i) in order.iter().enumerate() {
        let rank = (p.len() - place) as f64;
        least = least.min(p[i] * (p.len() as f64 / rank));
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_r() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "BH")
        let expected = [0.025, 0.05, 0.05, 0.025, 0.5];
        for (got, expected) in benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005, 0.5]).iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "{got} {expected}");
        }
    }

    #[test]
    fn edges() {
        assert!(benjamini_hochberg(&[]).is_empty());
        assert_eq!(benjamini_hochberg(&[0.03]), [0.03]);
        assert_eq!(benjamini_hochberg(&[0.02, f64::NAN]), [0.04, 1.0]);
    }
}
