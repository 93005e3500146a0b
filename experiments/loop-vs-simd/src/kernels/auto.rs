//! Safe Rust that the compiler turns into vectors.
//!
//! An element-wise loop needs nothing for that. A reduction does: floating-point addition is not associative, so the
//! compiler must add in the order that the source says, one after the other. So the source says something else: it folds
//! [`ROWS`] rows of [`LANES`] elements onto one row, lane by lane, which is an element-wise loop again.
//!
//! The bodies are inlined into their callers and take on the caller's instruction set: [`kernels`] compiles them for the
//! target of the build, [`super::multiversion`] once more for each newer instruction set.

use super::element::FUSED;
use super::{Element, Float, Kernels, Total, exp};

/// Elements in a row: enough registers' worth to hide the latency of an addition, few enough to stay in the first cache.
const LANES: usize = 32;
/// Rows that are folded at once, so that the row of sums is loaded and stored once for all of them.
const ROWS: usize = 4;

/// The kernels of an element type, without the sigmoid.
pub(super) fn kernels<T: Element>() -> Kernels<T> {
    Kernels { square, square_past_caches: square, sum, dot: dot::<T, FUSED>, filter, sigmoid: None }
}

/// The kernels of a type with fractions.
pub(super) fn float_kernels<T: Float>() -> Kernels<T> {
    Kernels { sigmoid: Some(sigmoid::<T, FUSED>), ..kernels() }
}

/// `y[i] = x[i]²`.
#[inline(always)]
pub(super) fn square<T: Element>(x: &[T], y: &mut [T]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = x.times(*x);
    }
}

/// `y[i] = 1 / (1 + exp(-x[i]))`.
#[inline(always)]
pub(super) fn sigmoid<T: Float, const FUSED: bool>(x: &[T], y: &mut [T]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = exp::sigmoid::<T, FUSED>(*x);
    }
}

/// Σ x[i].
#[inline(always)]
pub(super) fn sum<T: Element>(x: &[T]) -> T::Total {
    let mut total = T::Total::default();
    for block in x.chunks(T::BLOCK) {
        let mut sums = [T::ZERO; LANES];
        let (rows, rest) = block.as_chunks::<LANES>();
        let (pieces, rows) = rows.as_chunks::<ROWS>();
        for piece in pieces {
            for k in 0..LANES {
                let mut sum = sums[k];
                for row in piece {
                    sum = sum.plus(row[k]);
                }
                sums[k] = sum;
            }
        }
        for row in rows {
            for k in 0..LANES {
                sums[k] = sums[k].plus(row[k]);
            }
        }
        for (sum, x) in sums.iter_mut().zip(rest) {
            *sum = sum.plus(*x);
        }
        total = total.plus(fold(sums));
    }
    total
}

/// Σ x[i] · y[i].
#[inline(always)]
pub(super) fn dot<T: Element, const FUSED: bool>(x: &[T], y: &[T]) -> T::Total {
    let mut total = T::Total::default();
    for (x, y) in x.chunks(T::BLOCK).zip(y.chunks(T::BLOCK)) {
        let mut sums = [T::ZERO; LANES];
        let ((x_rows, x_rest), (y_rows, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
        let ((x_pieces, x_rows), (y_pieces, y_rows)) = (x_rows.as_chunks::<ROWS>(), y_rows.as_chunks::<ROWS>());
        for (x, y) in x_pieces.iter().zip(y_pieces) {
            for k in 0..LANES {
                let mut sum = sums[k];
                for j in 0..ROWS {
                    sum = x[j][k].times_plus::<FUSED>(y[j][k], sum);
                }
                sums[k] = sum;
            }
        }
        for (x, y) in x_rows.iter().zip(y_rows) {
            for k in 0..LANES {
                sums[k] = x[k].times_plus::<FUSED>(y[k], sums[k]);
            }
        }
        for ((sum, x), y) in sums.iter_mut().zip(x_rest).zip(y_rest) {
            *sum = x.times_plus::<FUSED>(*y, *sum);
        }
        total = total.plus(fold(sums));
    }
    total
}

/// How many are greater than `threshold`, and their sum.
#[inline(always)]
pub(super) fn filter<T: Element>(x: &[T], threshold: T) -> (u64, T::Total) {
    let (mut count, mut total) = (0_u64, T::Total::default());
    for block in x.chunks(T::BLOCK) {
        let mut sums = [T::ZERO; LANES];
        let mut counts = [T::Count::default(); LANES];
        let (rows, rest) = block.as_chunks::<LANES>();
        let (pieces, rows) = rows.as_chunks::<ROWS>();
        for piece in pieces {
            for k in 0..LANES {
                let (mut sum, mut passed) = (sums[k], counts[k]);
                for row in piece {
                    let passes = row[k] > threshold;
                    passed = passed + T::Count::from(passes);
                    sum = sum.plus(if passes { row[k] } else { T::ZERO });
                }
                (sums[k], counts[k]) = (sum, passed);
            }
        }
        for row in rows.iter().map(<[T; LANES]>::as_slice).chain([rest]) {
            for ((sum, passed), x) in sums.iter_mut().zip(&mut counts).zip(row) {
                let passes = *x > threshold;
                *passed = *passed + T::Count::from(passes);
                *sum = sum.plus(if passes { *x } else { T::ZERO });
            }
        }
        for passed in counts {
            count += passed.into();
        }
        total = total.plus(fold(sums));
    }
    (count, total)
}

/// The sum of a row, its halves onto each other.
#[inline(always)]
fn fold<T: Element>(mut sums: [T; LANES]) -> T::Total {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for k in 0..width {
            sums[k] = sums[k].plus(sums[k + width]);
        }
    }
    sums[0].total()
}
