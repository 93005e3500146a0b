//! Copies of matrices in the order in which the innermost loop reads them.
//!
//! A *panel* is some rows of the first matrix, or some columns of the second: its *lines*. Step after step of the depth it holds a
//! number of each line, or as many as are multiplied at once. On the way numbers are converted to what is multiplied.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

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

/// A number of a matrix, as which a panel holds `P`.
pub(super) trait Packs<P: Copy>: Copy + Default {
    /// Numbers in a `P`.
    const FOLD: usize;

    /// One, of as many numbers as it holds.
    fn pack(numbers: impl Fn(usize) -> Self) -> P;

    /// Those of a whole number of steps (at most [`AT_ONCE`]) of a line that lies together; `room` may be used.
    fn line<'a>(numbers: &'a [Self], room: &'a mut [P; AT_ONCE]) -> &'a [P];

    /// Those of a step of lines that lie side by side: `FOLD` rows of numbers, of which each line has one.
    fn step(rows: &[&[Self]], to: &mut [P]);
}

macro_rules! packs_itself {
    ($number:ident) => {
        impl Packs<$number> for $number {
            const FOLD: usize = 1;

            fn pack(numbers: impl Fn(usize) -> Self) -> Self {
                numbers(0)
            }

            fn line<'a>(numbers: &'a [Self], _room: &'a mut [Self; AT_ONCE]) -> &'a [Self] {
                numbers
            }

            fn step(rows: &[&[Self]], to: &mut [Self]) {
                to.copy_from_slice(rows[0]);
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

            fn pack(numbers: impl Fn(usize) -> Self) -> f32 {
                numbers(0).to_f32()
            }

            fn line<'a>(numbers: &'a [Self], room: &'a mut [f32; AT_ONCE]) -> &'a [f32] {
                let room = &mut room[..numbers.len()];
                numbers.convert_to_f32_slice(room);
                room
            }

            fn step(rows: &[&[Self]], to: &mut [f32]) {
                rows[0].convert_to_f32_slice(to);
            }
        }
    };
}
packs_as_single!(bf16);
packs_as_single!(f16);

impl Packs<[bf16; 2]> for bf16 {
    const FOLD: usize = 2;

    fn pack(numbers: impl Fn(usize) -> Self) -> [Self; 2] {
        [numbers(0), numbers(1)]
    }

    fn line<'a>(numbers: &'a [Self], _room: &'a mut [[Self; 2]; AT_ONCE]) -> &'a [[Self; 2]] {
        numbers.as_chunks().0
    }

    fn step(rows: &[&[Self]], to: &mut [[Self; 2]]) {
        to.iter_mut().zip(rows[0]).zip(rows[1]).for_each(|((to, first), second)| *to = [*first, *second]);
    }
}

/// Fills a panel of `wide` lines; zeros stand where there is none, and behind the last number of a line.
pub(super) fn fill<T: Packs<P>, P: Copy>(part: Part<'_, T>, wide: usize, to: &mut [P]) {
    let Part { data, lines, depth, line_stride, depth_stride } = part;
    let whole = depth / T::FOLD;
    if lines < wide || !depth.is_multiple_of(T::FOLD) {
        to.fill(T::pack(|_| T::default()));
    }
    let one = |line: usize, step: usize| {
        T::pack(|i| {
            let at = step * T::FOLD + i;
            if at < depth { data[line * line_stride + at * depth_stride] } else { T::default() }
        })
    };
    // Lines from the first on, and steps, that a faster way has taken.
    let (taken, steps) = if depth_stride == 1 {
        let groups = lines / 4;
        for group in 0..groups {
            transpose(part, 4 * group, whole, wide, to);
        }
        (4 * groups, whole)
    } else if line_stride == 1 {
        for (step, to) in to.chunks_exact_mut(wide).take(whole).enumerate() {
            let row = |i: usize| &data[(step * T::FOLD + i) * depth_stride..][..lines];
            match T::FOLD {
                1 => T::step(&[row(0)], &mut to[..lines]),
                _ => T::step(&[row(0), row(1)], &mut to[..lines]),
            }
        }
        (lines, whole)
    } else {
        (0, 0)
    };
    for (step, to) in to.chunks_exact_mut(wide).take(depth.div_ceil(T::FOLD)).enumerate() {
        let from = if step < steps { taken } else { 0 };
        to[..lines].iter_mut().enumerate().skip(from).for_each(|(line, to)| *to = one(line, step));
    }
}

/// Four lines that each lie together, from `first` on, for as many steps as they have whole.
fn transpose<T: Packs<P>, P: Copy>(part: Part<'_, T>, first: usize, steps: usize, wide: usize, to: &mut [P]) {
    let zero = T::pack(|_| T::default());
    let mut rooms = [[zero; AT_ONCE]; 4];
    for from in (0..steps).step_by(AT_ONCE) {
        let some = AT_ONCE.min(steps - from);
        let mut lines: [&[P]; 4] = [&[]; 4];
        for (i, (line, room)) in lines.iter_mut().zip(&mut rooms).enumerate() {
            let start = (first + i) * part.line_stride + from * T::FOLD;
            *line = T::line(&part.data[start..][..some * T::FOLD], room);
        }
        let mut rows = to[from * wide..].chunks_mut(wide).map(|row| &mut row[first..first + 4]);
        let blocks = lines.map(|line| line.as_chunks::<4>());
        for block in 0..some / 4 {
            let lines = blocks.map(|(whole, _)| whole[block]);
            for step in 0..4 {
                if let Some(row) = rows.next() {
                    row.copy_from_slice(&lines.map(|line| line[step]));
                }
            }
        }
        for step in 0..some % 4 {
            if let Some(row) = rows.next() {
                row.copy_from_slice(&blocks.map(|(_, rest)| rest[step]));
            }
        }
    }
}
