//! The numbers that activations and products are kept in.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use kernels::{Matrix, Products};

use crate::rows;

/// Numbers that are converted at a time: they stay in the first cache, on the stack.
pub(crate) const BLOCK: usize = 256;

/// A kind of numbers. Arithmetic on them is done in f32, a block at a time.
pub(crate) trait Element: Copy + Default + Send + Sync + 'static {
    /// Whether they are less precise than f32, so that weights have a copy in them.
    const LOWER: bool;
    /// Whether their range is so much smaller than that of f32 that gradients become zero or infinite in them.
    const NARROW: bool;

    /// The numbers in f32: in `room`, or where they are. At most [`BLOCK`] of them.
    fn widen<'a>(from: &'a [Self], room: &'a mut [f32; BLOCK]) -> &'a [f32];

    /// Rounds to the nearest.
    fn narrow(from: &[f32], to: &mut [Self]);

    /// Rounds to the nearest and back; at most [`BLOCK`] of them.
    fn round(from: &[f32], to: &mut [f32]) {
        let mut room = [Self::default(); BLOCK];
        let low = &mut room[..from.len()];
        Self::narrow(from, low);
        widen_all(low, to);
    }

    /// `c = a · b` with sums in f32.
    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]);

    /// The weights that are multiplied with: the copy in these numbers, or the weights themselves.
    fn weights<'a>(master: &'a [f32], copy: &'a [Self]) -> &'a [Self];
}

impl Element for f32 {
    const LOWER: bool = false;
    const NARROW: bool = false;

    #[inline]
    fn widen<'a>(from: &'a [Self], _: &'a mut [f32; BLOCK]) -> &'a [f32] {
        from
    }

    #[inline]
    fn narrow(from: &[f32], to: &mut [Self]) {
        to.copy_from_slice(from);
    }

    #[inline]
    fn round(from: &[f32], to: &mut [f32]) {
        to.copy_from_slice(from);
    }

    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]) {
        products.f32(a, b, c, false);
    }

    fn weights<'a>(master: &'a [f32], _: &'a [Self]) -> &'a [Self] {
        master
    }
}

impl Element for bf16 {
    const LOWER: bool = true;
    const NARROW: bool = false;

    #[inline]
    fn widen<'a>(from: &'a [Self], room: &'a mut [f32; BLOCK]) -> &'a [f32] {
        let room = &mut room[..from.len()];
        rows::widen_bf16(from.reinterpret_cast(), room);
        room
    }

    #[inline]
    fn narrow(from: &[f32], to: &mut [Self]) {
        rows::narrow_bf16(from, to.reinterpret_cast_mut());
    }

    #[inline]
    fn round(from: &[f32], to: &mut [f32]) {
        rows::round_bf16(from, to);
    }

    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]) {
        products.bf16(a, b, c, false);
    }

    fn weights<'a>(_: &'a [f32], copy: &'a [Self]) -> &'a [Self] {
        copy
    }
}

impl Element for f16 {
    const LOWER: bool = true;
    const NARROW: bool = true;

    #[inline]
    fn widen<'a>(from: &'a [Self], room: &'a mut [f32; BLOCK]) -> &'a [f32] {
        let room = &mut room[..from.len()];
        from.convert_to_f32_slice(room);
        room
    }

    #[inline]
    fn narrow(from: &[f32], to: &mut [Self]) {
        to.convert_from_f32_slice(from);
    }

    fn product(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32]) {
        products.f16(a, b, c, false);
    }

    fn weights<'a>(_: &'a [f32], copy: &'a [Self]) -> &'a [Self] {
        copy
    }
}

/// Converts any number of numbers.
pub(crate) fn widen_all<A: Element>(from: &[A], to: &mut [f32]) {
    let mut room = [0.0; BLOCK];
    for (from, to) in from.chunks(BLOCK).zip(to.chunks_mut(BLOCK)) {
        to.copy_from_slice(A::widen(from, &mut room));
    }
}
