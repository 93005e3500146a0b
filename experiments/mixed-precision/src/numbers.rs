//! The numbers that are computed with: a formula that every variant follows.

/// What is added to the seed for a second array.
pub(crate) const SECOND: u64 = 0x5851_F42D_4C95_7F2D;

/// Number `index` of an array: evenly between −1 and 1, with 20 random bits, so that f32 holds it exactly and nothing shorter does.
pub(crate) fn number(seed: u64, index: usize) -> f32 {
    let z = seed.wrapping_add((index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 44) as f32 / 524_288.0 - 1.0
}

/// Euclidean norm, in f64.
pub(crate) fn norm(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    #[test]
    fn numbers_fill_the_range_evenly_and_need_all_of_f32() {
        let numbers: Vec<f32> = (0..10_000).map(|i| number(7, i)).collect();
        assert!(numbers.iter().all(|x| (-1.0..1.0).contains(x)));
        let mean = numbers.iter().sum::<f32>() / 10_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        let kept = numbers.iter().filter(|x| f16::from_f32(**x).to_f32() == **x).count();
        // Of numbers this size, f16 holds one in fifty.
        assert!(kept < 400, "{kept} of 10,000 have no more digits than f16");
        assert_ne!(numbers, (0..10_000).map(|i| number(7 + SECOND, i)).collect::<Vec<f32>>());
    }
}
