//! One element per instruction: vectorisation is prevented, everything else is the best code of its kind.
//!
//! Each element or sum passes through [`Element::opaque`], which costs nothing and which the compiler cannot widen.
//! Reductions keep several sums at once, so that an addition need not wait for the one before: what is left between these
//! loops and [`super::simd`] is the width of the registers, and instructions that the build's target lacks. A test reads the
//! assembly and finds no packed arithmetic.

use super::element::FUSED;
use super::{Element, Float, Kernels, Total, exp};

/// Sums that are kept at once: latency (4 cycles) times additions per cycle (2).
const CHAINS: usize = 8;

/// The kernels of an element type, without the sigmoid.
pub(super) fn kernels<T: Element>() -> Kernels<T> {
    Kernels { square, square_past_caches: square, sum, dot, filter, sigmoid: None }
}

/// The kernels of a type with fractions.
pub(super) fn float_kernels<T: Float>() -> Kernels<T> {
    Kernels { sigmoid: Some(sigmoid), ..kernels() }
}

#[inline(never)]
fn square<T: Element>(x: &[T], y: &mut [T]) {
    for (y, x) in y.iter_mut().zip(x) {
        let x = x.opaque();
        *y = x.times(x);
    }
}

#[inline(never)]
fn sigmoid<T: Float>(x: &[T], y: &mut [T]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = exp::sigmoid::<T, FUSED>(x.opaque());
    }
}

#[inline(never)]
fn sum<T: Element>(x: &[T]) -> T::Total {
    let mut total = T::Total::default();
    for block in x.chunks(T::BLOCK) {
        let (groups, rest) = block.as_chunks::<CHAINS>();
        let mut sums = [T::ZERO; CHAINS];
        for group in groups {
            for k in 0..CHAINS {
                sums[k] = sums[k].plus(group[k]).opaque();
            }
        }
        total = total.plus(add_up(&sums)).plus(add_up(rest));
    }
    total
}

#[inline(never)]
fn dot<T: Element>(x: &[T], y: &[T]) -> T::Total {
    let mut total = T::Total::default();
    for (x, y) in x.chunks(T::BLOCK).zip(y.chunks(T::BLOCK)) {
        let ((x_groups, x_rest), (y_groups, y_rest)) = (x.as_chunks::<CHAINS>(), y.as_chunks::<CHAINS>());
        let mut sums = [T::ZERO; CHAINS];
        for (x, y) in x_groups.iter().zip(y_groups) {
            for k in 0..CHAINS {
                sums[k] = if FUSED {
                    x[k].times_plus::<FUSED>(y[k], sums[k]).opaque()
                } else {
                    x[k].times(y[k]).opaque().plus(sums[k]).opaque()
                };
            }
        }
        total = total.plus(add_up(&sums));
        for (x, y) in x_rest.iter().zip(y_rest) {
            total = total.plus(x.opaque().times(*y).total());
        }
    }
    total
}

#[inline(never)]
fn filter<T: Element>(x: &[T], threshold: T) -> (u64, T::Total) {
    /// Fewer than elsewhere: the work on one element is longer than the wait for the last sum.
    const CHAINS: usize = 4;
    let (mut count, mut total) = (0_i64, T::Total::default());
    for block in x.chunks(T::BLOCK) {
        let (groups, rest) = block.as_chunks::<CHAINS>();
        let mut sums = [T::ZERO; CHAINS];
        for group in groups {
            for k in 0..CHAINS {
                let (passes, x) = group[k].passing(threshold);
                count = (count + i64::from(passes)).opaque();
                sums[k] = sums[k].plus(x).opaque();
            }
        }
        total = total.plus(add_up(&sums));
        for x in rest {
            let (passes, x) = x.opaque().passing(threshold);
            count = (count + i64::from(passes)).opaque();
            total = total.plus(x.total());
        }
    }
    (count.cast_unsigned(), total)
}

fn add_up<T: Element>(elements: &[T]) -> T::Total {
    let mut total = T::Total::default();
    for element in elements {
        total = total.plus(element.opaque().total());
    }
    total
}
