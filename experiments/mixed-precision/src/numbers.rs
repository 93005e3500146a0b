//! The numbers that are computed with: a formula that every variant follows, and what they become in a format.

use half::{bf16, f16};
use kernels::simd::Single;
use kernels::{Matrix, Precision, Products};

/// What is added to the seed for a second array.
pub(crate) const SECOND: u64 = 0x5851_F42D_4C95_7F2D;

/// Number `index` of an array: evenly between −1 and 1, with 20 random bits, so that f32 holds it exactly and nothing shorter does.
pub(crate) fn number(seed: u64, index: usize) -> f32 {
    let z = seed.wrapping_add((index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 44) as f32 / 524_288.0 - 1.0
}

/// A format that arrays are stored in and matrices multiplied in; arithmetic on single numbers is done in f32.
pub(crate) trait Stored: Copy + Default + Send + Sync + 'static {
    /// What products call it.
    const PRECISION: Precision;

    /// Rounds to the nearest.
    fn of(number: f32) -> Self;

    /// Exactly.
    fn wide(self) -> f32;

    /// A register of numbers, widened.
    ///
    /// # Safety
    /// As many as the register holds can be read, and the processor has such registers.
    unsafe fn load<V: Single>(from: *const Self) -> V;

    /// Writes a register of numbers, rounded to the nearest.
    ///
    /// # Safety
    /// As many as the register holds can be written, and the processor has such registers.
    unsafe fn store<V: Single>(register: V, to: *mut Self);

    /// `c = a · b`, with sums in f32.
    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]);
}

impl Stored for f32 {
    const PRECISION: Precision = Precision::F32;

    fn of(number: f32) -> Self {
        number
    }

    fn wide(self) -> f32 {
        self
    }

    #[inline(always)]
    unsafe fn load<V: Single>(from: *const Self) -> V {
        // SAFETY: the caller's.
        unsafe { V::load(from) }
    }

    #[inline(always)]
    unsafe fn store<V: Single>(register: V, to: *mut Self) {
        // SAFETY: the caller's.
        unsafe { register.store(to) }
    }

    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]) {
        products.f32(a, b, c, false);
    }
}

impl Stored for bf16 {
    const PRECISION: Precision = Precision::Bf16;

    fn of(number: f32) -> Self {
        Self::from_f32(number)
    }

    fn wide(self) -> f32 {
        self.to_f32()
    }

    #[inline(always)]
    unsafe fn load<V: Single>(from: *const Self) -> V {
        // SAFETY: the caller's.
        unsafe { V::load_bf16(from) }
    }

    #[inline(always)]
    unsafe fn store<V: Single>(register: V, to: *mut Self) {
        // SAFETY: the caller's.
        unsafe { register.store_bf16(to) }
    }

    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]) {
        products.bf16(a, b, c, false);
    }
}

impl Stored for f16 {
    const PRECISION: Precision = Precision::F16;

    fn of(number: f32) -> Self {
        Self::from_f32(number)
    }

    fn wide(self) -> f32 {
        self.to_f32()
    }

    #[inline(always)]
    unsafe fn load<V: Single>(from: *const Self) -> V {
        // SAFETY: the caller's.
        unsafe { V::load_f16(from) }
    }

    #[inline(always)]
    unsafe fn store<V: Single>(register: V, to: *mut Self) {
        // SAFETY: the caller's.
        unsafe { register.store_f16(to) }
    }

    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]) {
        products.f16(a, b, c, false);
    }
}

/// Euclidean norm, in f64.
pub(crate) fn norm(numbers: impl IntoIterator<Item = f64>) -> f64 {
    numbers.into_iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_the_range_evenly_and_need_all_of_f32() {
        let numbers: Vec<f32> = (0..10_000).map(|i| number(7, i)).collect();
        assert!(numbers.iter().all(|x| (-1.0..1.0).contains(x)));
        let mean = numbers.iter().sum::<f32>() / 10_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        let kept = numbers.iter().filter(|x| f16::of(**x).wide() == **x).count();
        // Of numbers this size, f16 holds one in fifty.
        assert!(kept < 400, "{kept} of 10,000 have no more digits than f16");
        assert_ne!(numbers, (0..10_000).map(|i| number(7 + SECOND, i)).collect::<Vec<f32>>());
    }
}
