//! The lanes of this binary: each variant as a pass over the case's arrays.

mod many;
mod nd;
mod one;
mod polars;

use std::hint::black_box;

use anyhow::anyhow;
use measure::{Prepared, Refusal, Task};
use rayon::ThreadPool;
use results::Answer;

use crate::buffer::{Buffer, Place, pages};
use crate::case::{Case, Kernel, Type};
use crate::check::{Figures, first, second, verify};
use crate::data::Datum;
use crate::kernels::{Family, Level, Tables};

/// Sets up a variant of this binary.
pub(crate) fn prepare<T: Datum + Tables + nd::Arithmetic + polars::Numeric>(
    task: &Task,
    case: &Case,
) -> Result<Prepared, Refusal> {
    if case.kernel == Kernel::Sigmoid && case.element == Type::I64 {
        return Err(Refusal::Skip("A sigmoid lies between 0 and 1, where there are no integers.".to_owned()));
    }
    let level = Level::best();
    match task.variant.as_str() {
        "scalar" => one::prepare::<T>(task, case, Family::Scalar),
        "auto" => one::prepare::<T>(task, case, Family::Auto),
        "auto-cpu" => one::prepare::<T>(task, case, Family::Multiversion(level)),
        "simd" => one::prepare::<T>(task, case, Family::Simd(level)),
        "parallel" => many::prepare::<T>(task, case, level),
        "ndarray" => nd::prepare::<T>(task, case),
        "polars" => polars::prepare::<T>(task, case),
        other => Err(Refusal::Fail(anyhow!("this binary has no variant {other:?}"))),
    }
}

/// The arrays of a case.
struct Arrays<T> {
    /// The input.
    x: Buffer<T>,
    /// The second input, or the output; empty if the kernel has neither.
    y: Buffer<T>,
}

impl<T: Datum> Arrays<T> {
    fn new(task: &Task, case: &Case, pool: Option<&ThreadPool>) -> anyhow::Result<Self> {
        let (kernel, seed) = (case.kernel, task.seed);
        let second_len = if kernel.has_two_arrays() { case.len } else { 0 };
        Ok(Self {
            x: Buffer::filled(case.len, Place::Start, pool, |i| first(kernel, seed, i))?,
            y: Buffer::filled(second_len, Place::Middle, pool, |i| second(kernel, seed, i))?,
        })
    }

    /// The input and the output, which the compiler must take for new ones each time: else it could do many passes as one.
    fn input_and_output(&mut self) -> (&[T], &mut [T]) {
        (black_box(&self.x), black_box(&mut self.y))
    }

    /// Both inputs, as if they were new.
    fn inputs(&self) -> (&[T], &[T]) {
        (black_box(&self.x), black_box(&self.y))
    }
}

/// A kernel over its arrays, ready to run.
trait Pass<T> {
    /// Passes over the arrays `passes` times; the figures are those of the last.
    fn run(&mut self, passes: usize) -> anyhow::Result<Figures>;
    /// What the last pass wrote; empty for kernels that write nothing.
    fn output(&self) -> anyhow::Result<&[T]>;
}

/// A pass over [`Arrays`] by a function.
struct Over<T, F> {
    arrays: Arrays<T>,
    pass: F,
    writes: bool,
}

impl<T: Datum, F: FnMut(&mut Arrays<T>) -> Figures> Pass<T> for Over<T, F> {
    fn run(&mut self, passes: usize) -> anyhow::Result<Figures> {
        let mut figures = Figures::default();
        for _ in 0..passes {
            figures = black_box((self.pass)(&mut self.arrays));
        }
        Ok(figures)
    }

    fn output(&self) -> anyhow::Result<&[T]> {
        Ok(if self.writes { &self.arrays.y } else { &[] })
    }
}

/// Runs a pass once, proves its answer, and makes a case of it.
fn ready<T: Datum>(task: &Task, case: &Case, mut pass: impl Pass<T> + 'static) -> Result<Prepared, Refusal> {
    let figures = pass.run(1)?;
    let checksum = verify(case, task.seed, figures, pass.output()?)?;
    let (kernel, passes, rows) = (case.kernel, case.passes, case.rows());
    let mut prepared = Prepared::new(move || {
        let figures = pass.run(passes)?;
        let values = match kernel {
            Kernel::Sum | Kernel::Dot => vec![figures.total],
            Kernel::FilterCount => vec![figures.count as f64, figures.total],
            Kernel::Square | Kernel::Sigmoid => {
                let y = pass.output()?;
                let at = |i: usize| y.get(i).map_or(f64::NAN, |y| y.number());
                vec![checksum, at(0), at(y.len() / 2), at(y.len() - 1)]
            }
        };
        Ok(Answer { rows, values, digest: None })
    })
    .setting("threads", task.threads)
    .setting("pages", pages(case.working_set as usize / if case.kernel.has_two_arrays() { 2 } else { 1 }));
    for (name, value) in case.facts() {
        prepared = prepared.fact(name, value);
    }
    for (name, value) in case.settings() {
        prepared = prepared.setting(name, value);
    }
    Ok(prepared)
}
