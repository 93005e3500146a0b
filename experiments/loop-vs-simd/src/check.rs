//! Proof of an answer: every element, against the formula, before anything is timed.
//!
//! The harness compares the answers of the variants with each other too; but one tolerance must serve all its types
//! there, and here each type has its own.

use anyhow::ensure;

use crate::case::{Case, Kernel, Type};
use crate::data::{Datum, SECOND, bits20};

/// What a pass computes beside its output array.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Elements that passed the filter.
    pub(crate) count: u64,
    /// The sum.
    pub(crate) total: f64,
}

/// Element `index` of the first array.
pub(crate) fn first<T: Datum>(kernel: Kernel, seed: u64, index: usize) -> T {
    let h = bits20(seed, index as u64);
    if kernel == Kernel::Sigmoid { T::around_zero(h) } else { T::from_bits20(h) }
}

/// Element `index` of the second array: another factor, or what stands in an output before it is written.
pub(crate) fn second<T: Datum>(kernel: Kernel, seed: u64, index: usize) -> T {
    if kernel.writes() { T::ZERO } else { T::from_bits20(bits20(seed.wrapping_add(SECOND), index as u64)) }
}

/// Relative error that rounding may cause in a sum, whatever its order.
fn tolerance(element: Type) -> f64 {
    match element {
        Type::F64 => 1e-10,
        Type::F32 => 1e-4,
        Type::I64 => 0.0,
    }
}

/// Relative error of a sigmoid: a few units in the last place.
fn sigmoid_tolerance(element: Type) -> f64 {
    match element {
        Type::F64 => 4.0 * f64::EPSILON,
        Type::F32 | Type::I64 => 4.0 * f64::from(f32::EPSILON),
    }
}

/// Checks what a pass computed; returns a number that depends on each element of the output and on its place.
///
/// # Errors
/// If an element or a sum is wrong.
pub(crate) fn verify<T: Datum>(case: &Case, seed: u64, figures: Figures, output: &[T]) -> anyhow::Result<f64> {
    if case.kernel.writes() {
        verify_output(case, seed, output)
    } else {
        verify_sums::<T>(case, seed, figures).map(|()| figures.total)
    }
}

fn verify_output<T: Datum>(case: &Case, seed: u64, output: &[T]) -> anyhow::Result<f64> {
    ensure!(output.len() == case.len, "the output has {} elements instead of {}", output.len(), case.len);
    let mut checksum = 0.0;
    for (i, y) in output.iter().enumerate() {
        let x = first::<T>(case.kernel, seed, i);
        let y = y.number();
        let (expected, tolerance) = match case.kernel {
            Kernel::Sigmoid => (1.0 / (1.0 + (-x.number()).exp()), sigmoid_tolerance(case.element)),
            _ => (x.times(x).number(), 0.0),
        };
        ensure!(
            (y - expected).abs() <= tolerance * expected.abs(),
            "element {i} of the output is {y} where {expected} is right"
        );
        checksum += y * (1 + i % 8) as f64;
    }
    Ok(checksum)
}

fn verify_sums<T: Datum>(case: &Case, seed: u64, figures: Figures) -> anyhow::Result<()> {
    let (mut count, mut integers, mut floats) = (0, 0_i64, 0.0);
    for i in 0..case.len {
        let x = first::<T>(case.kernel, seed, i);
        let term = match case.kernel {
            Kernel::Dot => x.times(second::<T>(case.kernel, seed, i)),
            Kernel::FilterCount if x <= T::THRESHOLD => continue,
            _ => x,
        };
        count += 1;
        match case.element {
            Type::I64 => integers = integers.wrapping_add(term.number() as i64),
            Type::F64 | Type::F32 => floats += term.number(),
        }
    }
    let expected = if case.element == Type::I64 { integers.number() } else { floats };
    let total = figures.total;
    ensure!(
        (total - expected).abs() <= tolerance(case.element) * expected.abs(),
        "the sum is {total} where {expected} is right"
    );
    if case.kernel == Kernel::FilterCount {
        ensure!(figures.count == count, "{} elements passed where {count} should", figures.count);
    }
    Ok(())
}
