//! The arrays' contents: a formula that Rust, NumPy and plain Python all follow to the last bit.
//!
//! Element i comes from the upper 20 bits of SplitMix64's output number i, an integer h below 2²⁰. Integers are h itself
//! (squares stay below 2⁴⁰, dot products of arrays below 2²⁴ elements stay exact). Floats are 0.5 + h / 2²⁰, in [0.5, 1.5),
//! and for the sigmoid h / 2¹⁶ − 8, in [−8, 8): both exact in single precision, so that all types hold the same numbers.

use crate::kernels::Element;

/// Added to the seed of the second array, so that it holds other numbers than the first.
pub(crate) const SECOND: u64 = 0x5851_F42D_4C95_7F2D;

/// Types that the arrays are made of.
pub(crate) trait Datum: Element {
    /// Half of the elements are greater.
    const THRESHOLD: Self;
    /// From 20 random bits.
    fn from_bits20(h: u64) -> Self;
    /// From 20 random bits, on both sides of zero. Integers have no use for it.
    fn around_zero(h: u64) -> Self;
    /// As a number, exact but for integers beyond 2⁵³.
    fn number(self) -> f64;
}

impl Datum for f64 {
    const THRESHOLD: Self = 1.0;

    fn from_bits20(h: u64) -> Self {
        0.5 + h as Self / 1_048_576.0
    }

    fn around_zero(h: u64) -> Self {
        h as Self / 65_536.0 - 8.0
    }

    fn number(self) -> f64 {
        self
    }
}

impl Datum for f32 {
    const THRESHOLD: Self = 1.0;

    fn from_bits20(h: u64) -> Self {
        0.5 + h as Self / 1_048_576.0
    }

    fn around_zero(h: u64) -> Self {
        h as Self / 65_536.0 - 8.0
    }

    fn number(self) -> f64 {
        f64::from(self)
    }
}

impl Datum for i64 {
    const THRESHOLD: Self = 1 << 19;

    fn from_bits20(h: u64) -> Self {
        h.cast_signed()
    }

    fn around_zero(h: u64) -> Self {
        h.cast_signed() - (1 << 19)
    }

    fn number(self) -> f64 {
        self as f64
    }
}

/// Twenty random bits for an element.
#[inline]
pub(crate) fn bits20(seed: u64, index: u64) -> u64 {
    let z = seed.wrapping_add((index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) >> 44
}
