//! What a register of an instruction set can do.

use crate::kernels::{Element, Float};

/// A register full of elements.
///
/// # Safety
/// Every function must be called on a processor that has the instruction set, and with pointers that are valid for as
/// many elements as it says.
pub(crate) unsafe trait Vector: Copy {
    /// What is in it.
    type Element: Element;
    /// Which lanes passed a comparison.
    type Mask: Copy;
    /// A counter in each lane.
    type Counter: Copy;
    /// Elements in a register.
    const LANES: usize;

    /// `LANES` elements from anywhere.
    unsafe fn load(from: *const Self::Element) -> Self;
    /// The first `count < LANES` elements, zeros in the other lanes.
    unsafe fn load_first(from: *const Self::Element, count: usize) -> Self;
    /// `LANES` elements to anywhere.
    unsafe fn store(self, to: *mut Self::Element);
    /// The first `count < LANES` elements.
    unsafe fn store_first(self, to: *mut Self::Element, count: usize);
    /// `LANES` elements past the caches, to an address that is a multiple of the register's size; a plain store where the
    /// instruction set has nothing of the kind.
    unsafe fn stream(self, to: *mut Self::Element);
    /// Makes streamed stores visible in order.
    unsafe fn fence();

    /// The same value in each lane.
    unsafe fn splat(value: Self::Element) -> Self;
    /// `self + other`.
    unsafe fn plus(self, other: Self) -> Self;
    /// `self × other`.
    unsafe fn times(self, other: Self) -> Self;
    /// `self × factor + addend`, in one rounding for floats.
    unsafe fn times_plus(self, factor: Self, addend: Self) -> Self;
    /// The sum of the lanes.
    unsafe fn add_lanes(self) -> Self::Element;

    /// Lanes where `self > other`.
    unsafe fn above(self, other: Self) -> Self::Mask;
    /// `self` where the mask is set, added to `sums`.
    unsafe fn add_where(self, mask: Self::Mask, sums: Self) -> Self;
    /// No lane counted yet.
    unsafe fn counter() -> Self::Counter;
    /// One more in each lane where the mask is set.
    unsafe fn count(counter: Self::Counter, mask: Self::Mask) -> Self::Counter;
    /// The sum of the counters.
    unsafe fn counted(counter: Self::Counter) -> u64;
}

/// A [`Vector`] of numbers with fractions.
///
/// # Safety
/// As for [`Vector`].
pub(crate) unsafe trait FloatVector: Vector<Element: Float> {
    /// `self - other`.
    unsafe fn minus(self, other: Self) -> Self;
    /// `self / other`.
    unsafe fn over(self, other: Self) -> Self;
    /// The lesser of the two, or `self` if it is not a number.
    unsafe fn at_most(self, limit: Self) -> Self;
    /// The greater of the two, or `self` if it is not a number.
    unsafe fn at_least(self, limit: Self) -> Self;
    /// See [`Float::power_of_two`].
    unsafe fn power_of_two(self) -> Self;
}
