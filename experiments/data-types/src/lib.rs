//! The experiment *data types*: what the types of a table cost in memory, time and precision, and how far vectors can be shrunk.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`. The main process asks [`choose`] for columns; every launch of a
//! variant asks [`prepare`] for one case.
//!
//! ```text
//! working table ─▶ plan (smallest lossless types) ─▶ scheme ─▶ table: load from Parquet, memory, size
//!       │                                               └────▶ queries: scan, group by, join
//!       ├─▶ loss: float columns rounded, sums ─▶ models: trained on rounded features
//!       └─▶ vectors: texts as embeddings ─▶ searched under quantisation, beside random ones
//! ```
//!
//! - [`kernels`]: the hot loops, with instruction sets picked at run time.
//! - [`vectors`]: embeddings, from making them to searching them.

pub mod kernels;
pub mod vectors;

mod choose;
mod guide;
mod loss;
mod models;
mod plan;
mod prepare;
mod queries;
mod scheme;
mod table;

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn measure::Experiment> {
    Box::new(DataTypes)
}

/// The experiment has no state: everything is in the task.
struct DataTypes;

impl measure::Experiment for DataTypes {
    fn choose(&self, dataset: &results::Dataset) -> Result<Vec<results::Choice>, String> {
        choose::choose(dataset)
    }

    fn prepare(&self, task: &measure::Task) -> Result<measure::Prepared, measure::Refusal> {
        prepare::prepare(task)
    }
}
