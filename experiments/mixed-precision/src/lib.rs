//! Experiment *mixed precision*: products, arrays and training steps in 32 and in 16 bits.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`, inside a worker process. [`case`] says what a task asks for; five kinds of
//! work follow:
//!
//! ```text
//! product:  numbers ─▶ factors in a format ─▶ a product, held against f64
//! stream:   numbers ─▶ arrays in a format ─▶ their sum, or the sum over one
//! step:     weights and batches of a seed ─▶ a training step ─▶ handover (for the Python lane)
//! learn:    weights and batches of each launch's seed ─▶ some hundred steps ─▶ losses, accuracy, gradients that were lost
//! fit:      larger and larger batches until one does not fit ─▶ a step of the largest
//! ```
//!
//! The arithmetic is that of the crates `kernels` and `transformer`, and on a GPU of `gpu` ([`cuda`]); a [`student`] is a model on the one or
//! the other. The Python lane, `precision_lane.py` beside these sources, makes the
//! same factors by the same formula, and reads weights and batches from the scratch folder.

mod case;
mod cuda;
mod fit;
mod handover;
mod learn;
mod numbers;
mod product;
mod step;
mod stream;
mod student;

use anyhow::anyhow;
use half::{bf16, f16};
use measure::{Experiment, Prepared, Refusal, Task};
use results::{Choice, Dataset};

use case::{Case, Device, Format, Work};

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn Experiment> {
    Box::new(MixedPrecision)
}

/// The experiment has no state: everything is in the task.
struct MixedPrecision;

impl Experiment for MixedPrecision {
    fn choose(&self, _dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(Vec::new()) // it makes its own numbers
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        let case = Case::of(task)?;
        match (case.device, case.work) {
            (Device::Cuda, Work::Product(size)) => cuda::product(task, &case, size),
            (Device::Cuda, Work::Add(len)) => cuda::add(task, &case, len),
            (Device::Cuda, Work::Sum(len)) => cuda::sum(task, &case, len),
            (Device::Cpu, Work::Product(size)) => match case.format {
                Format::F32 => product::prepare::<f32>(task, &case, size),
                Format::Bf16 => product::prepare::<bf16>(task, &case, size),
                Format::F16 => product::prepare::<f16>(task, &case, size),
                Format::Tf32 | Format::Fp8 => Err(not_on_a_processor()),
            },
            (Device::Cpu, Work::Add(len)) => match case.format {
                Format::F32 => stream::add::<f32>(task, &case, len),
                Format::Bf16 => stream::add::<bf16>(task, &case, len),
                Format::F16 => stream::add::<f16>(task, &case, len),
                Format::Tf32 | Format::Fp8 => Err(not_on_a_processor()),
            },
            (Device::Cpu, Work::Sum(len)) => match case.format {
                Format::F32 => stream::sum::<f32>(task, &case, len),
                Format::Bf16 => stream::sum::<bf16>(task, &case, len),
                Format::F16 => stream::sum::<f16>(task, &case, len),
                Format::Tf32 | Format::Fp8 => Err(not_on_a_processor()),
            },
            (_, Work::Step(model, batch)) => step::prepare(task, &case, model, batch),
            (_, Work::Learn(model)) => learn::prepare(task, &case, model),
            (_, Work::Fit(model)) => fit::prepare(task, &case, model),
        }
    }
}

fn not_on_a_processor() -> Refusal {
    Refusal::Fail(anyhow!("no processor computes in this format"))
}
