//! One way to write the kernels, as a table of functions.

use super::Element;

/// A pass that writes as many elements as it reads.
type Pass<T> = unsafe fn(&[T], &mut [T]);

/// Passes of one kind over arrays of one element type.
///
/// The functions are unsafe for two reasons: they need the instruction set that they were compiled for, and slices of
/// equal length. Tables are made in this module's siblings alone, after asking the processor; the methods here check the
/// lengths.
#[derive(Clone, Copy, Debug)]
pub struct Kernels<T: Element> {
    pub(super) square: Pass<T>,
    pub(super) square_past_caches: Pass<T>,
    pub(super) sum: unsafe fn(&[T]) -> T::Total,
    pub(super) dot: unsafe fn(&[T], &[T]) -> T::Total,
    pub(super) filter: unsafe fn(&[T], T) -> (u64, T::Total),
    pub(super) sigmoid: Option<Pass<T>>,
}

impl<T: Element> Kernels<T> {
    /// `y[i] = x[i]²`.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline]
    pub fn square(&self, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "input and output differ in length");
        // SAFETY: equal lengths were checked; the table exists, so the processor has its instructions.
        unsafe { (self.square)(x, y) }
    }

    /// `y[i] = x[i]²` for a `y` that no cache can hold: where the instruction set has stores that pass the caches by, it
    /// uses them, which saves reading `y` before it is overwritten.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline]
    pub fn square_past_caches(&self, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "input and output differ in length");
        // SAFETY: equal lengths were checked; the table exists, so the processor has its instructions.
        unsafe { (self.square_past_caches)(x, y) }
    }

    /// Σ x[i].
    #[inline]
    #[must_use]
    pub fn sum(&self, x: &[T]) -> T::Total {
        // SAFETY: the table exists, so the processor has its instructions.
        unsafe { (self.sum)(x) }
    }

    /// Σ x[i] · y[i].
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline]
    #[must_use]
    pub fn dot(&self, x: &[T], y: &[T]) -> T::Total {
        assert_eq!(x.len(), y.len(), "the factors differ in length");
        // SAFETY: equal lengths were checked; the table exists, so the processor has its instructions.
        unsafe { (self.dot)(x, y) }
    }

    /// How many elements are greater than `threshold`, and their sum.
    #[inline]
    #[must_use]
    pub fn filter(&self, x: &[T], threshold: T) -> (u64, T::Total) {
        // SAFETY: the table exists, so the processor has its instructions.
        unsafe { (self.filter)(x, threshold) }
    }

    /// `y[i] = 1 / (1 + exp(-x[i]))`; `false` if the type has no fractions and nothing was done.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline]
    pub fn sigmoid(&self, x: &[T], y: &mut [T]) -> bool {
        assert_eq!(x.len(), y.len(), "input and output differ in length");
        let Some(sigmoid) = self.sigmoid else { return false };
        // SAFETY: equal lengths were checked; the table exists, so the processor has its instructions.
        unsafe { sigmoid(x, y) }
        true
    }
}
