//! The innermost loops: a tile of the product, whose sums stay in registers from the first step to the last.

#[cfg(target_arch = "x86_64")]
use half::bf16;

use super::ahead::fetch;
use crate::Level;
use crate::simd::Vector;

/// Registers that hold the sums of a tile, and what is multiplied into them.
pub(super) trait Sums: Copy {
    /// What a panel holds for each step: a number, or several that are multiplied and summed at once.
    type Packed: Copy;
    /// What is summed.
    type Sum: Copy;
    /// A register of what is multiplied.
    type Factor: Copy;
    /// Sums in a register.
    const LANES: usize;
    /// See [`Vector::TILE`].
    const TILE: (usize, usize);

    /// # Safety
    /// The processor has the registers.
    unsafe fn zero() -> Self;
    /// # Safety
    /// The processor has the registers; one can be read.
    unsafe fn broadcast(from: *const Self::Packed) -> Self::Factor;
    /// # Safety
    /// The processor has the registers; `LANES` can be read.
    unsafe fn factors(from: *const Self::Packed) -> Self::Factor;
    /// # Safety
    /// The processor has the registers.
    unsafe fn add_product(self, a: Self::Factor, b: Self::Factor) -> Self;
    /// # Safety
    /// The processor has the registers; `LANES` can be written, and read with `adds`.
    unsafe fn put(self, to: *mut Self::Sum, adds: bool);
}

impl<V: Vector> Sums for V {
    type Packed = V::Number;
    type Sum = V::Number;
    type Factor = V;
    const LANES: usize = V::LANES;
    const TILE: (usize, usize) = V::TILE;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller vouches for the registers.
        unsafe { V::splat(V::Number::default()) }
    }

    #[inline(always)]
    unsafe fn broadcast(from: *const V::Number) -> V {
        // SAFETY: the caller vouches for the registers and the number.
        unsafe { V::splat(*from) }
    }

    #[inline(always)]
    unsafe fn factors(from: *const V::Number) -> V {
        // SAFETY: the caller vouches for the registers and the numbers.
        unsafe { V::load(from) }
    }

    #[inline(always)]
    unsafe fn add_product(self, a: V, b: V) -> Self {
        // SAFETY: the caller vouches for the registers.
        unsafe { a.mul_add(b, self) }
    }

    #[inline(always)]
    unsafe fn put(self, to: *mut V::Number, adds: bool) {
        // SAFETY: the caller vouches for the registers and the room.
        unsafe {
            let sum = if adds { self.add(V::load(to)) } else { self };
            sum.store(to);
        }
    }
}

/// A tile of at most [`Sums::TILE`]: where its panels and its corner of the product lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<P, S> {
    /// Rows of the panel of `a`.
    pub(super) rows: usize,
    /// Registers side by side in the panel of `b`.
    pub(super) registers: usize,
    /// Steps of both panels.
    pub(super) steps: usize,
    pub(super) a: *const P,
    pub(super) b: *const P,
    pub(super) c: *mut S,
    /// From one row of the product to the next.
    pub(super) stride: usize,
    /// Whether the tile is added to what is there.
    pub(super) adds: bool,
}

/// Writes a tile of the product.
///
/// # Safety
/// Of the panels, `rows · steps` and `registers · LANES · steps` can be read; of `c`, `rows` rows of `registers · LANES` can be read and
/// written, and nobody else touches them.
pub(super) type Tile<P, S> = unsafe fn(Level, Place<P, S>);

/// Sums of the largest tile.
pub(super) const LARGEST: usize = 32 * 32;

/// Heights of tiles for the rows that are left over, below that of a whole tile.
const HEIGHTS: [usize; 5] = [1, 2, 4, 8, 16];

/// Height of the tile for so many rows, the lowest having `least` and the highest `most`.
pub(super) fn height(rows: usize, least: usize, most: usize) -> usize {
    HEIGHTS.into_iter().find(|height| *height >= rows.max(least) && *height < most).unwrap_or(most)
}

macro_rules! tile {
    ($(#[$about:meta])* $name:ident, $number:ident) => {
        crate::kernel! {
            $(#[$about])*
            pub(super) fn $name(place: Place<$number, $number>) = body: $number;
        }
    };
}
tile! {
    /// A [`Tile`] of single precision.
    single, f32
}
tile! {
    /// A [`Tile`] of double precision.
    double, f64
}

/// A [`Tile`] of bf16 that is summed in single precision, by pairs.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bf16")]
pub(super) unsafe fn pairs(_level: Level, place: Place<[bf16; 2], f32>) {
    // SAFETY: compiled for these registers; the rest is the caller's.
    unsafe { body::<bf16_pairs::Dots>(place) }
}

/// # Safety
/// As [`Tile`], and the processor has the registers.
#[inline(always)]
unsafe fn body<V: Sums>(place: Place<V::Packed, V::Sum>) {
    // SAFETY: passed on as it is, with as many rows and registers as the constants say.
    unsafe {
        match (place.rows, place.registers) {
            (1, 1) => tile::<V, 1, 1>(place),
            (1, 2) => tile::<V, 1, 2>(place),
            (1, 3) => tile::<V, 1, 3>(place),
            (2, 1) => tile::<V, 2, 1>(place),
            (2, 2) => tile::<V, 2, 2>(place),
            (2, 3) => tile::<V, 2, 3>(place),
            (4, 1) => tile::<V, 4, 1>(place),
            (4, 2) => tile::<V, 4, 2>(place),
            (4, 3) => tile::<V, 4, 3>(place),
            (8, 1) => tile::<V, 8, 1>(place),
            (8, 2) => tile::<V, 8, 2>(place),
            (8, 3) => tile::<V, 8, 3>(place),
            (12, 1) => tile::<V, 12, 1>(place),
            (12, 2) => tile::<V, 12, 2>(place),
            (rows, registers) => unreachable!("no tile has {rows} rows of {registers} registers"),
        }
    }
}

/// # Safety
/// As [`body`], for a tile of `ROWS × WIDE` registers.
#[allow(clippy::needless_range_loop, reason = "loops over constants, which the compiler unrolls")]
#[inline(always)]
unsafe fn tile<V: Sums, const ROWS: usize, const WIDE: usize>(place: Place<V::Packed, V::Sum>) {
    if ROWS > V::TILE.0 || WIDE > V::TILE.1 {
        // Never asked for; without code, the compiler has nothing to do for it.
        return;
    }
    let Place { steps, mut a, mut b, c, stride, adds, .. } = place;
    // SAFETY: the caller vouches for the panels and the corner.
    unsafe {
        for row in 0..ROWS {
            let c = c.add(row * stride);
            // So that the line is there when the sums are.
            fetch(c.cast());
            fetch(c.add(WIDE * V::LANES - 1).cast());
        }
        let mut sums = [[V::zero(); WIDE]; ROWS];
        for _ in 0..steps {
            let columns: [V::Factor; WIDE] = std::array::from_fn(|side| V::factors(b.add(side * V::LANES)));
            for row in 0..ROWS {
                let number = V::broadcast(a.add(row));
                for side in 0..WIDE {
                    sums[row][side] = sums[row][side].add_product(number, columns[side]);
                }
            }
            a = a.add(ROWS);
            b = b.add(WIDE * V::LANES);
        }
        for row in 0..ROWS {
            for side in 0..WIDE {
                sums[row][side].put(c.add(row * stride + side * V::LANES), adds);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod bf16_pairs {
    use std::arch::x86_64::*;

    use half::bf16;

    use super::Sums;
    use crate::simd::{Number, Vector};

    /// The plan goes by the registers of the sums.
    type Singles = <f32 as Number>::Avx512;

    /// Sixteen sums of products of pairs.
    #[derive(Clone, Copy)]
    pub(super) struct Dots(__m512);

    impl Sums for Dots {
        type Packed = [bf16; 2];
        type Sum = f32;
        type Factor = __m512bh;
        const LANES: usize = <Singles as Vector>::LANES;
        const TILE: (usize, usize) = <Singles as Vector>::TILE;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: the caller vouches for the registers.
            Self(unsafe { _mm512_setzero_ps() })
        }

        #[inline(always)]
        unsafe fn broadcast(from: *const [bf16; 2]) -> __m512bh {
            // SAFETY: the caller vouches for the registers and the pair; any bits are numbers.
            unsafe { std::mem::transmute(_mm512_set1_epi32(from.cast::<i32>().read_unaligned())) }
        }

        #[inline(always)]
        unsafe fn factors(from: *const [bf16; 2]) -> __m512bh {
            // SAFETY: the caller vouches for the registers and the pairs; any bits are numbers.
            unsafe { std::mem::transmute(_mm512_loadu_si512(from.cast())) }
        }

        #[inline(always)]
        unsafe fn add_product(self, a: __m512bh, b: __m512bh) -> Self {
            // SAFETY: the caller vouches for AVX512-BF16.
            Self(unsafe { _mm512_dpbf16_ps(self.0, a, b) })
        }

        #[inline(always)]
        unsafe fn put(self, to: *mut f32, adds: bool) {
            // SAFETY: the caller vouches for the registers and the room.
            unsafe {
                let sum = if adds { _mm512_add_ps(self.0, _mm512_loadu_ps(to)) } else { self.0 };
                _mm512_storeu_ps(to, sum);
            }
        }
    }
}
