//! Experiment *loop vs SIMD*: five small kernels, written in every way from a Python loop to vectors on all cores.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`, inside a worker process. [`case`] says what a task asks for,
//! [`data`] fills its arrays, [`lanes`] run the kernels over them, [`check`] proves the answer; [`kernels`] holds the
//! loops. The Python lane is `loops.py` beside this crate's sources; it makes the same arrays from the same formula.

pub mod kernels;

mod buffer;
mod case;
mod check;
mod data;
mod lanes;

use measure::{Experiment, Prepared, Refusal, Task};
use results::{Choice, Dataset};

use case::{Case, Type};

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn Experiment> {
    Box::new(LoopVsSimd)
}

struct LoopVsSimd;

impl Experiment for LoopVsSimd {
    fn choose(&self, _dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(Vec::new()) // it makes its own arrays
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        let case = Case::of(task)?;
        match case.element {
            Type::F64 => lanes::prepare::<f64>(task, &case),
            Type::F32 => lanes::prepare::<f32>(task, &case),
            Type::I64 => lanes::prepare::<i64>(task, &case),
        }
    }
}
