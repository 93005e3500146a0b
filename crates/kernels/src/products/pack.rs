//! Copies of matrices in the order in which the innermost loop reads them.
//!
//! A *panel* is some rows of the first matrix, or some columns of the second: its *lines*. Step after step of the depth it holds a
//! number of each line, or as many as are multiplied at once. On the way numbers are converted to what is multiplied.

use half::{bf16, f16};

use crate::simd::{Element, Single, convert};

/// A part of a matrix, seen from a panel: lines by depth.
#[derive(Clone, Copy)]
pub(super) struct Part<'a, T> {
    /// The numbers from the first one on.
    pub(super) data: &'a [T],
    /// Lines that there are.
    pub(super) lines: usize,
    /// Numbers of each line.
    pub(super) depth: usize,
    /// From one line to the next.
    pub(super) line_stride: usize,
    /// From one number of a line to the next.
    pub(super) depth_stride: usize,
}

/// How many steps are transposed at a time: numbers of a line that are converted at once.
const AT_ONCE: usize = 64;
/// Lines and steps that are transposed in registers.
pub(super) const SIDE: usize = 4;

/// What a panel holds.
pub(super) trait Packed: Copy + Default + Send + Sync {
    /// Columns become rows.
    fn transpose(lines: [&[Self; SIDE]; SIDE]) -> [[Self; SIDE]; SIDE];
}

/// A number of a matrix, as which a panel holds `P`.
pub(super) trait Packs<P: Packed>: Copy + Default + Sync {
    /// Numbers in a `P`.
    const FOLD: usize;

    /// One, of as many numbers as it holds.
    fn pack(numbers: impl Fn(usize) -> Self) -> P;

    /// Those of a whole number of steps (at most [`AT_ONCE`]) of a line that lies together; `room` may be used.
    ///
    /// # Safety
    /// The processor has the registers `V`.
    unsafe fn line<'a, V: Single>(numbers: &'a [Self], room: &'a mut [P; AT_ONCE]) -> &'a [P];

    /// Those of a step of lines that lie side by side: `FOLD` rows of numbers, of which each line has one.
    ///
    /// # Safety
    /// The processor has the registers `V`.
    unsafe fn step<'a, V: Single>(row: impl Fn(usize) -> &'a [Self], to: &mut [P])
    where
        Self: 'a;
}

macro_rules! packs_itself {
    ($number:ident) => {
        impl Packs<$number> for $number {
            const FOLD: usize = 1;

            #[inline(always)]
            fn pack(numbers: impl Fn(usize) -> Self) -> Self {
                numbers(0)
            }

            #[inline(always)]
            unsafe fn line<'a, V: Single>(numbers: &'a [Self], _room: &'a mut [Self; AT_ONCE]) -> &'a [Self] {
                numbers
            }

            #[inline(always)]
            unsafe fn step<'a, V: Single>(row: impl Fn(usize) -> &'a [Self], to: &mut [Self]) {
                // A cache line at a time: a call that copies any number of them takes longer than the copy.
                const LINE: usize = 64 / size_of::<$number>();
                let (whole, rest) = row(0).as_chunks::<LINE>();
                let (to, to_rest) = to.as_chunks_mut::<LINE>();
                to.iter_mut().zip(whole).for_each(|(to, from)| *to = *from);
                to_rest.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            }
        }
    };
}
packs_itself!(f32);
packs_itself!(f64);

macro_rules! packs_as_single {
    ($number:ident) => {
        impl Packs<f32> for $number {
            const FOLD: usize = 1;

            #[inline(always)]
            fn pack(numbers: impl Fn(usize) -> Self) -> f32 {
                Element::to_f32(numbers(0))
            }

            #[inline(always)]
            unsafe fn line<'a, V: Single>(numbers: &'a [Self], room: &'a mut [f32; AT_ONCE]) -> &'a [f32] {
                let room = &mut room[..numbers.len()];
                // SAFETY: the caller vouches for the registers.
                unsafe { convert::<V, _, _>(numbers, room) };
                room
            }

            #[inline(always)]
            unsafe fn step<'a, V: Single>(row: impl Fn(usize) -> &'a [Self], to: &mut [f32]) {
                // SAFETY: the caller vouches for the registers.
                unsafe { convert::<V, _, _>(row(0), to) };
            }
        }
    };
}
packs_as_single!(bf16);
packs_as_single!(f16);

impl Packs<[bf16; 2]> for bf16 {
    const FOLD: usize = 2;

    #[inline(always)]
    fn pack(numbers: impl Fn(usize) -> Self) -> [Self; 2] {
        [numbers(0), numbers(1)]
    }

    #[inline(always)]
    unsafe fn line<'a, V: Single>(numbers: &'a [Self], _room: &'a mut [[Self; 2]; AT_ONCE]) -> &'a [[Self; 2]] {
        numbers.as_chunks().0
    }

    #[inline(always)]
    unsafe fn step<'a, V: Single>(row: impl Fn(usize) -> &'a [Self], to: &mut [[Self; 2]]) {
        const LINE: usize = 16;
        let ((first, first_rest), (second, second_rest)) = (row(0).as_chunks::<LINE>(), row(1).as_chunks::<LINE>());
        let (to, to_rest) = to.as_chunks_mut::<LINE>();
        for ((to, first), second) in to.iter_mut().zip(first).zip(second) {
            *to = std::array::from_fn(|i| [first[i], second[i]]);
        }
        for ((to, first), second) in to_rest.iter_mut().zip(first_rest).zip(second_rest) {
            *to = [*first, *second];
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
macro_rules! transposes {
    ($packed:ty, $_halves:ident) => {
        impl Packed for $packed {
            #[inline(always)]
            fn transpose(lines: [&[Self; SIDE]; SIDE]) -> [[Self; SIDE]; SIDE] {
                std::array::from_fn(|step| lines.map(|line| line[step]))
            }
        }
    };
}

/// Every x86-64 processor has these registers of 128 bits; compilers do not find the way through them on their own.
#[cfg(target_arch = "x86_64")]
macro_rules! transposes {
    ($packed:ty, singles) => {
        impl Packed for $packed {
            #[inline(always)]
            fn transpose(lines: [&[Self; SIDE]; SIDE]) -> [[Self; SIDE]; SIDE] {
                use std::arch::x86_64::*;
                // SAFETY: a line is a register of 16 bytes, and so is a row; only bits are moved.
                unsafe {
                    let [a, b, c, d] = lines.map(|line| _mm_loadu_ps(line.as_ptr().cast()));
                    let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
                    let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
                    std::mem::transmute([
                        _mm_movelh_ps(ab, cd),
                        _mm_movehl_ps(cd, ab),
                        _mm_movelh_ps(ab_high, cd_high),
                        _mm_movehl_ps(cd_high, ab_high),
                    ])
                }
            }
        }
    };
    ($packed:ty, doubles) => {
        impl Packed for $packed {
            #[inline(always)]
            fn transpose(lines: [&[Self; SIDE]; SIDE]) -> [[Self; SIDE]; SIDE] {
                use std::arch::x86_64::*;
                // SAFETY: a line is two registers of 16 bytes, and so is a row; only bits are moved.
                unsafe {
                    let [a, b, c, d] = lines.map(|line| _mm_loadu_pd(line.as_ptr()));
                    let [e, f, g, h] = lines.map(|line| _mm_loadu_pd(line.as_ptr().add(2)));
                    std::mem::transmute([
                        [_mm_unpacklo_pd(a, b), _mm_unpacklo_pd(c, d)],
                        [_mm_unpackhi_pd(a, b), _mm_unpackhi_pd(c, d)],
                        [_mm_unpacklo_pd(e, f), _mm_unpacklo_pd(g, h)],
                        [_mm_unpackhi_pd(e, f), _mm_unpackhi_pd(g, h)],
                    ])
                }
            }
        }
    };
}
transposes!(f32, singles);
transposes!([bf16; 2], singles);
transposes!(f64, doubles);

crate::kernel! {
    /// Fills a panel of `wide` lines, for as many steps as it has; zeros stand where there is no line, and behind the last number of one.
    pub(super) fn fill<T: Packs<P>, P: Packed>(part: Part<'_, T>, wide: usize, to: &mut [P]) = body: f32;
}

/// See [`fill`].
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn body<V: Single, T: Packs<P>, P: Packed>(part: Part<'_, T>, wide: usize, to: &mut [P]) {
    let Part { data, lines, depth, line_stride, depth_stride } = part;
    let whole = depth / T::FOLD;
    if lines < wide || to.len() > whole * wide {
        to.fill(P::default());
    }
    // Lines from the first on, and steps, that a fast way has taken.
    let (taken, steps) = if depth_stride == 1 {
        let taken = lines - lines % SIDE;
        for first in (0..taken).step_by(SIDE) {
            // SAFETY: the caller vouches for the registers.
            unsafe { transpose::<V, T, P>(part, first, whole, wide, to) };
        }
        (taken, whole)
    } else if line_stride == 1 {
        for (step, to) in to.chunks_exact_mut(wide).take(whole).enumerate() {
            // SAFETY: the caller vouches for the registers.
            unsafe { T::step::<V>(|i| &data[(step * T::FOLD + i) * depth_stride..][..lines], &mut to[..lines]) };
        }
        (lines, whole)
    } else {
        (0, 0)
    };
    for (step, to) in to.chunks_exact_mut(wide).take(depth.div_ceil(T::FOLD)).enumerate() {
        let from = if step < steps { taken } else { 0 };
        if from == lines {
            continue;
        }
        let one = |line: usize| {
            T::pack(|i| {
                let at = step * T::FOLD + i;
                if at < depth { data[line * line_stride + at * depth_stride] } else { T::default() }
            })
        };
        to[..lines].iter_mut().enumerate().skip(from).for_each(|(line, to)| *to = one(line));
    }
}

/// Some lines that each lie together, from `first` on, for as many steps as they have whole.
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn transpose<V: Single, T: Packs<P>, P: Packed>(
    part: Part<'_, T>,
    first: usize,
    steps: usize,
    wide: usize,
    to: &mut [P],
) {
    assert!(first + SIDE <= wide && to.len() >= steps * wide, "{SIDE} lines of {wide} from {first}, {steps} steps");
    let mut rooms = [[P::default(); AT_ONCE]; SIDE];
    for from in (0..steps).step_by(AT_ONCE) {
        let some = AT_ONCE.min(steps - from);
        let mut lines: [&[P]; SIDE] = [&[]; SIDE];
        for (i, (line, room)) in lines.iter_mut().zip(&mut rooms).enumerate() {
            let start = (first + i) * part.line_stride + from * T::FOLD;
            // SAFETY: the caller vouches for the registers.
            *line = unsafe { T::line::<V>(&part.data[start..][..some * T::FOLD], room) };
        }
        let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = lines.map(|line| line.as_chunks::<SIDE>());
        for (block, (((a, b), c), d)) in a.iter().zip(b).zip(c).zip(d).enumerate() {
            let rows = P::transpose([a, b, c, d]);
            for (i, row) in rows.into_iter().enumerate() {
                let at = (from + block * SIDE + i) * wide + first;
                // SAFETY: the step is one of `steps`, and the lines lie within the panel, as was checked above.
                unsafe { to.as_mut_ptr().add(at).cast::<[P; SIDE]>().write_unaligned(row) };
            }
        }
        let whole = from + some - some % SIDE;
        for (i, (((a, b), c), d)) in a_rest.iter().zip(b_rest).zip(c_rest).zip(d_rest).enumerate() {
            to[(whole + i) * wide + first..][..SIDE].copy_from_slice(&[*a, *b, *c, *d]);
        }
    }
}
