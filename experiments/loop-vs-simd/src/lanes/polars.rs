//! A Polars expression over a data frame, planned and collected on each pass, as a user's code does it.

use std::hint::black_box;

use anyhow::Context;
use measure::{Prepared, Refusal, Task};
use polars::prelude::{Column, DataFrame, IntoLazy, LazyFrame, Literal, PolarsResult, col, len, lit};

use super::{Pass, ready};
use crate::buffer::ask_for_huge_pages;
use crate::case::{Case, Kernel};
use crate::check::{Figures, first, second};
use crate::data::Datum;

/// Element types of Polars columns.
pub(crate) trait Numeric: Literal + Sized {
    /// A column of them.
    fn column(name: &str, values: Vec<Self>) -> Column;
    /// The contents of a column of one piece.
    fn slice(column: &Column) -> PolarsResult<&[Self]>;
}

macro_rules! numeric {
    ($type:ident) => {
        impl Numeric for $type {
            fn column(name: &str, values: Vec<Self>) -> Column {
                Column::new(name.into(), values)
            }

            fn slice(column: &Column) -> PolarsResult<&[Self]> {
                column.as_materialized_series().$type()?.cont_slice()
            }
        }
    };
}

numeric!(f64);
numeric!(f32);
numeric!(i64);

/// The variant `polars`.
pub(super) fn prepare<T: Datum + Numeric>(task: &Task, case: &Case) -> Result<Prepared, Refusal> {
    let mut columns = vec![T::column("x", values(case.len, |i| first(case.kernel, task.seed, i)))];
    if case.kernel == Kernel::Dot {
        columns.push(T::column("y", values(case.len, |i| second(case.kernel, task.seed, i))));
    }
    let frame = DataFrame::new(case.len, columns)?.lazy();
    let x = || col("x");
    let query = match case.kernel {
        Kernel::Square => frame.select([x().pow(2)]),
        Kernel::Sum => frame.select([x().sum()]),
        Kernel::Dot => frame.select([x().dot(col("y"))]),
        Kernel::FilterCount => frame.filter(x().gt(T::THRESHOLD.lit())).select([len().alias("count"), x().sum()]),
        Kernel::Sigmoid => frame.select([(lit(1.0) / (lit(1.0) + (-x()).exp())).alias("x")]),
    };
    let pass = Query { kernel: case.kernel, query, result: DataFrame::empty() };
    // Its pool is made once per process, from this variable or from the number of cores.
    let threads = std::env::var("POLARS_MAX_THREADS").ok().and_then(|threads| threads.parse::<usize>().ok());
    let threads = threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let prepared = ready::<T>(task, case, pass)?.setting("polars", polars::VERSION);
    Ok(match threads {
        Some(threads) => prepared.setting("threads", threads),
        None => prepared,
    })
}

fn values<T>(len: usize, element: impl Fn(usize) -> T) -> Vec<T> {
    let mut values: Vec<T> = Vec::with_capacity(len);
    ask_for_huge_pages(values.as_mut_ptr().cast(), len * size_of::<T>());
    values.extend((0..len).map(element));
    values
}

struct Query {
    kernel: Kernel,
    query: LazyFrame,
    /// Of the last pass.
    result: DataFrame,
}

impl<T: Datum + Numeric> Pass<T> for Query {
    fn run(&mut self, passes: usize) -> anyhow::Result<Figures> {
        for _ in 0..passes {
            self.result = DataFrame::empty(); // frees the old result before a new one is made
            self.result = black_box(self.query.clone().collect()?);
        }
        let number = |name: &str| -> anyhow::Result<f64> {
            let value = self.result.column(name)?.get(0)?;
            value.extract::<f64>().with_context(|| format!("the answer of Polars is {value:?}, not a number"))
        };
        Ok(match self.kernel {
            Kernel::Sum | Kernel::Dot => Figures { count: 0, total: number("x")? },
            Kernel::FilterCount => Figures { count: number("count")? as u64, total: number("x")? },
            Kernel::Square | Kernel::Sigmoid => Figures::default(),
        })
    }

    fn output(&self) -> anyhow::Result<&[T]> {
        if !self.kernel.writes() {
            return Ok(&[]);
        }
        Ok(T::slice(self.result.column("x")?)?)
    }
}
