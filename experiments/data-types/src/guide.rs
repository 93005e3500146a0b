//! The guide's own example: ten million times 1.0 in one column, in every type.

use half::{bf16, f16};
use measure::Prepared;
use polars::prelude::*;
use results::Answer;

use crate::kernels::Stored;
use crate::loss::{Precision, naive_sum};

/// Rows of the guide's example.
pub(crate) const ROWS: usize = 10_000_000;

/// Elements of a part of the sum: what one half float holds exactly, so that parts are exact in every type.
const PART: usize = 1024;

/// The column in a type, added up.
pub(crate) fn prepare(precision: Precision) -> Prepared {
    let (memory, case) = match precision {
        Precision::F64 => polars_column::<Float64Type>(1.0, 1.0),
        Precision::F32 => polars_column::<Float32Type>(1.0, 1.0),
        Precision::F16 => own_column(f16::ONE, 1.0),
        Precision::Bf16 => own_column(bf16::ONE, 1.0),
    };
    // The naive sum of ones stands still where adding 1 no longer reaches the next number.
    let exact = ROWS as f64;
    let naive = naive_sum(std::iter::repeat_n(1.0, ROWS), precision);
    case.fact("rows", exact)
        .fact("bytes", memory as f64)
        .fact("memory", memory as f64)
        .fact("naive-error", ((naive - exact) / exact).abs().min(1.0))
        .setting(
            "memory",
            if matches!(precision, Precision::F64 | Precision::F32) { "Polars' estimate" } else { "2 bytes a value" },
        )
}

/// A column of Polars, by its own estimate.
fn polars_column<T: PolarsNumericType>(value: T::Native, one: <T::Native as Stored>::Query) -> (usize, Prepared)
where
    T::Native: Stored,
    <T::Native as Stored>::Score: Into<f64>,
    ChunkedArray<T>: IntoSeries,
{
    let column = ChunkedArray::<T>::from_vec("feature".into(), vec![value; ROWS]);
    let memory = column.clone().into_series().estimated_size();
    let work = move || {
        let parts = column.downcast_iter().map(|array| sum(array.values(), one));
        Ok(answer(parts.sum()))
    };
    (memory, Prepared::new(work).setting("instructions", T::Native::dots().level))
}

/// A column of a type that Polars has no arithmetic for here.
fn own_column<S: Stored<Score = f32>>(value: S, one: S::Query) -> (usize, Prepared) {
    let column = vec![value; ROWS];
    let memory = size_of_val(column.as_slice());
    let work = move || Ok(answer(sum(&column, one)));
    (memory, Prepared::new(work).setting("instructions", S::dots().level))
}

/// The sum, by products with ones, accumulated in 64 bits.
fn sum<S: Stored>(column: &[S], one: S::Query) -> f64
where
    S::Score: Into<f64>,
{
    let (dots, ones) = (S::dots(), vec![one; PART]);
    column.chunks(PART).map(|part| dots.one(part, &ones[..part.len()]).into()).sum()
}

fn answer(sum: f64) -> Answer {
    Answer { rows: ROWS as u64, values: vec![sum], digest: None }
}
