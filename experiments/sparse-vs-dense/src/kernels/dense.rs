//! Dense vectors, and a dense matrix × vector: one dot product for each row.

use std::ops::Range;

use kernels::simd::Vector;
use kernels::team::{evenly, pieces};
use kernels::{Level, Team, kernel};

/// Vectors that are summed side by side, so that an addition need not wait for the one before.
const SIDE: usize = 4;

/// `y = a · x` for a row-major `a`.
///
/// # Panics
/// If the lengths do not fit.
pub fn times_vector(team: &Team, level: Level, a: &[f64], x: &[f64], y: &mut [f64]) {
    assert_eq!(a.len(), x.len() * y.len(), "the matrix is {} × {}", y.len(), x.len());
    if x.is_empty() {
        y.fill(0.0);
        return;
    }
    let ranges = evenly(y.len(), team.tasks(a.len()));
    team.each(pieces(y, &ranges, 1), |(rows, y): (Range<usize>, &mut [f64])| {
        for (a, y) in a[rows.start * x.len()..rows.end * x.len()].chunks_exact(x.len()).zip(y) {
            *y = dot(level, a, x);
        }
    });
}

kernel! {
    /// Σ `a[i] · b[i]` over as many elements as the shorter has.
    pub fn dot(a: &[f64], b: &[f64]) -> f64 = dot_body: f64;
}

/// See [`dot`].
///
/// # Safety
/// The processor has the registers `V`.
#[allow(clippy::needless_range_loop, reason = "loops over constants, which the compiler unrolls")]
#[inline(always)]
unsafe fn dot_body<V: Vector<Number = f64>>(a: &[f64], b: &[f64]) -> f64 {
    let len = a.len().min(b.len());
    let step = SIDE * V::LANES;
    let whole = len - len % step;
    let mut lanes = [0.0; SIDE * 8];
    // SAFETY: `whole` elements of both can be read, in steps of SIDE registers; `lanes` has room for the widest.
    unsafe {
        let mut sums = [V::splat(0.0); SIDE];
        let mut at = 0;
        while at < whole {
            for side in 0..SIDE {
                let from = at + side * V::LANES;
                sums[side] = V::load(a.as_ptr().add(from)).mul_add(V::load(b.as_ptr().add(from)), sums[side]);
            }
            at += step;
        }
        for side in 0..SIDE {
            sums[side].store(lanes.as_mut_ptr().add(side * V::LANES));
        }
    }
    let mut sum = 0.0;
    for i in whole..len {
        sum += a[i] * b[i];
    }
    for lane in &lanes[..step] {
        sum += lane;
    }
    sum
}

kernel! {
    /// Adds `factor · x[i]` to `y[i]`, over as many elements as the shorter has.
    pub fn add_scaled(factor: f64, x: &[f64], y: &mut [f64]) = add_scaled_body: f64;
}

/// See [`add_scaled`].
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn add_scaled_body<V: Vector<Number = f64>>(factor: f64, x: &[f64], y: &mut [f64]) {
    let len = x.len().min(y.len());
    let whole = len - len % V::LANES;
    // SAFETY: `whole` elements of both are there, in steps of a register.
    unsafe {
        let factors = V::splat(factor);
        let mut at = 0;
        while at < whole {
            let to = y.as_mut_ptr().add(at);
            factors.mul_add(V::load(x.as_ptr().add(at)), V::load(to)).store(to);
            at += V::LANES;
        }
    }
    for i in whole..len {
        y[i] += factor * x[i];
    }
}
