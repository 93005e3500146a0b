//! Sparse matrix × dense matrix, all dense ones row-major.
//!
//! The columns of the dense matrix are taken in blocks that fit a processor's registers, so that the sums of a row stay
//! there while its entries pass. Where every row of the dense matrix is used often, a block of it is copied together first:
//! rows that lie a power of two apart would push each other out of the caches.

use std::ops::Range;

use kernels::simd::Vector;
use kernels::team::{by_entries, evenly, pieces};
use kernels::{Level, Team, kernel};

use super::view::View;

/// Registers of a block.
const SIDE: usize = 8;
/// Uses of each row of the dense matrix from which copying it together pays.
const REUSE: usize = 8;

/// Whether rows have so few entries (one, on average, or fewer) that writing the product is most of the work: then it is written
/// row after row, not block after block.
fn hardly_any(a: View<'_>) -> bool {
    a.nonzeros() <= a.rows()
}

/// Room for copied blocks, kept from call to call.
#[derive(Debug, Default)]
pub struct Blocks {
    numbers: Vec<f64>,
}

/// `c = a · b`, with `b` of `columns` columns.
///
/// # Panics
/// If the lengths do not fit.
pub fn times_matrix(
    team: &Team,
    level: Level,
    a: View<'_>,
    b: &[f64],
    columns: usize,
    c: &mut [f64],
    room: &mut Blocks,
) {
    assert_eq!(b.len(), a.columns() * columns, "the second matrix is {} × {columns}", a.columns());
    assert_eq!(c.len(), a.rows() * columns, "the product is {} × {columns}", a.rows());
    if c.is_empty() {
        return;
    }
    let width = SIDE * level.lanes::<f64>();
    if a.by_rows() {
        by_rows(team, level, a, b, columns, width, c, room);
    } else {
        by_columns(team, level, a, b, columns, width, c, room);
    }
}

/// The blocks of `columns` columns: where each begins, and how wide it is.
fn blocks(columns: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..columns).step_by(width).map(move |first| (first, width.min(columns - first)))
}

#[allow(clippy::too_many_arguments, reason = "the parts of three matrices, one by one")]
fn by_rows(
    team: &Team,
    level: Level,
    a: View<'_>,
    b: &[f64],
    columns: usize,
    width: usize,
    c: &mut [f64],
    room: &mut Blocks,
) {
    let width = if hardly_any(a) { columns } else { width };
    let copied = a.nonzeros() > REUSE * a.columns();
    if copied {
        room.numbers.resize(b.len(), 0.0);
        copy_blocks(team, b, columns, width, &mut room.numbers);
    }
    let packed = &room.numbers;
    let depth = a.columns();
    let ranges = by_entries(a.starts(), team.tasks(a.nonzeros() * columns + c.len()));
    team.each(pieces(c, &ranges, columns), |(rows, c): (Range<usize>, &mut [f64])| {
        for (first, width) in blocks(columns, width) {
            let (b, stride) =
                if copied { (&packed[first * depth..], width) } else { (&b[first.min(b.len())..], columns) };
            for (row, c) in rows.clone().zip(c.chunks_exact_mut(columns)) {
                let (indices, values) = a.outer(row);
                gather_rows(level, indices, values, b, stride, &mut c[first..first + width]);
            }
        }
    });
}

/// Copies each block of columns together: block after block, each row after row.
fn copy_blocks(team: &Team, b: &[f64], columns: usize, width: usize, to: &mut [f64]) {
    let depth = b.len() / columns;
    let parts: Vec<_> = blocks(columns, width).collect();
    let lengths: Vec<Range<usize>> =
        parts.iter().map(|(first, width)| first * depth..(first + width) * depth).collect();
    team.each(pieces(to, &lengths, 1), |(range, to): (Range<usize>, &mut [f64])| {
        let first = range.start / depth;
        let width = range.len() / depth;
        for (row, to) in b.chunks_exact(columns).zip(to.chunks_exact_mut(width)) {
            to.copy_from_slice(&row[first..first + width]);
        }
    });
}

#[allow(clippy::too_many_arguments, reason = "the parts of three matrices, one by one")]
fn by_columns(
    team: &Team,
    level: Level,
    a: View<'_>,
    b: &[f64],
    columns: usize,
    width: usize,
    c: &mut [f64],
    room: &mut Blocks,
) {
    let rows = a.rows();
    if hardly_any(a) {
        let ranges = evenly(rows, team.tasks(c.len()));
        team.each(pieces(c, &ranges, columns), |(_, c): (Range<usize>, &mut [f64])| c.fill(0.0));
        for (column, row) in b.chunks_exact(columns).enumerate() {
            let (indices, values) = a.outer(column);
            scatter_rows(level, indices, values, row, c);
        }
        return;
    }
    // Each block of the product is filled by one thread, so that no two write to the same place.
    room.numbers.resize(c.len(), 0.0);
    let parts: Vec<Range<usize>> =
        blocks(columns, width).map(|(first, width)| first * rows..(first + width) * rows).collect();
    team.each(pieces(&mut room.numbers, &parts, 1), |(range, sums): (Range<usize>, &mut [f64])| {
        let (first, width) = (range.start / rows, range.len() / rows);
        sums.fill(0.0);
        for (column, row) in b.chunks_exact(columns).enumerate() {
            let (indices, values) = a.outer(column);
            scatter_rows(level, indices, values, &row[first..first + width], sums);
        }
    });
    let packed = &room.numbers;
    let ranges = evenly(rows, team.tasks(c.len()));
    team.each(pieces(c, &ranges, columns), |(range, c): (Range<usize>, &mut [f64])| {
        for (row, c) in range.zip(c.chunks_exact_mut(columns)) {
            for (first, width) in blocks(columns, width) {
                let from = first * rows + row * width;
                c[first..first + width].copy_from_slice(&packed[from..from + width]);
            }
        }
    });
}

kernel! {
    /// `c = Σ values[k] · b[row indices[k]]`, for rows of `b` that begin `stride` apart.
    fn gather_rows(indices: &[u32], values: &[f64], b: &[f64], stride: usize, c: &mut [f64]) = gather_body: f64;
}

/// See [`gather_rows`].
///
/// # Safety
/// The processor has the registers `V`.
#[allow(clippy::needless_range_loop, reason = "loops over constants, which the compiler unrolls")]
#[inline(always)]
unsafe fn gather_body<V: Vector<Number = f64>>(
    indices: &[u32],
    values: &[f64],
    b: &[f64],
    stride: usize,
    c: &mut [f64],
) {
    if c.len() != SIDE * V::LANES {
        return gather_narrow(indices, values, b, stride, c);
    }
    // SAFETY: `c` is a whole block; of `b`, a whole block of the last row that is named is checked to be there.
    unsafe {
        let mut sums = [V::splat(0.0); SIDE];
        let mut k = 0;
        while k < values.len().min(indices.len()) {
            let from = *indices.get_unchecked(k) as usize * stride;
            assert!(from + SIDE * V::LANES <= b.len(), "row {} of the second matrix", from / stride);
            let value = V::splat(*values.get_unchecked(k));
            for side in 0..SIDE {
                sums[side] = value.mul_add(V::load(b.as_ptr().add(from + side * V::LANES)), sums[side]);
            }
            k += 1;
        }
        for side in 0..SIDE {
            sums[side].store(c.as_mut_ptr().add(side * V::LANES));
        }
    }
}

/// The same for what is not a whole block: a narrower one, or a whole row.
#[inline(always)]
fn gather_narrow(indices: &[u32], values: &[f64], b: &[f64], stride: usize, c: &mut [f64]) {
    c.fill(0.0);
    for (index, value) in indices.iter().zip(values) {
        let row = &b[*index as usize * stride..][..c.len()];
        c.iter_mut().zip(row).for_each(|(c, b)| *c += value * b);
    }
}

kernel! {
    /// Adds `values[k] · b` to row `indices[k]` of `sums`, whose rows are as wide as `b`.
    fn scatter_rows(indices: &[u32], values: &[f64], b: &[f64], sums: &mut [f64]) = scatter_body: f64;
}

/// See [`scatter_rows`].
///
/// # Safety
/// The processor has the registers `V`.
#[allow(clippy::needless_range_loop, reason = "loops over constants, which the compiler unrolls")]
#[inline(always)]
unsafe fn scatter_body<V: Vector<Number = f64>>(indices: &[u32], values: &[f64], b: &[f64], sums: &mut [f64]) {
    let width = b.len();
    if width != SIDE * V::LANES {
        for (index, value) in indices.iter().zip(values) {
            let row = &mut sums[*index as usize * width..][..width];
            row.iter_mut().zip(b).for_each(|(sum, b)| *sum += value * b);
        }
        return;
    }
    // SAFETY: `b` is a whole block; of `sums`, a whole row is checked to be there.
    unsafe {
        let mut block = [V::splat(0.0); SIDE];
        for side in 0..SIDE {
            block[side] = V::load(b.as_ptr().add(side * V::LANES));
        }
        let mut k = 0;
        while k < values.len().min(indices.len()) {
            let at = *indices.get_unchecked(k) as usize * width;
            assert!(at + width <= sums.len(), "row {} of the product", at / width);
            let value = V::splat(*values.get_unchecked(k));
            for side in 0..SIDE {
                let to = sums.as_mut_ptr().add(at + side * V::LANES);
                value.mul_add(block[side], V::load(to)).store(to);
            }
            k += 1;
        }
    }
}
