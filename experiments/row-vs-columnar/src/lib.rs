//! The experiment *row vs columnar*: the same table in row formats and in columnar ones, under the same workloads.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`. The main process asks [`choose`] for columns; every launch of a
//! variant asks [`prepare`] for one case.
//!
//! ```text
//! working table ─▶ table::normal ─▶ queries (bounds, key, scales) ─▶ derive (one file per variant, proved equal)
//!                                                                       │
//!                                        workloads over a Source ◀──────┘   answer ─▶ compared across variants
//! ```
//!
//! - [`formats`]: how a table is written and read in each format, the best way that we know.
//! - [`workloads`]: what is asked of the table, in the same words for every format.
//! - [`queries`]: the numbers that all lanes must agree on (the range of the filter, the key to look up), in a file that
//!   the Python lanes read too.

mod answer;
mod choose;
mod derive;
mod formats;
mod needed;
mod prepare;
mod queries;
mod table;
mod workloads;

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn measure::Experiment> {
    Box::new(RowVsColumnar)
}

/// The experiment has no state: everything is in the task.
struct RowVsColumnar;

impl measure::Experiment for RowVsColumnar {
    fn choose(&self, dataset: &results::Dataset) -> Result<Vec<results::Choice>, String> {
        choose::choose(dataset)
    }

    fn prepare(&self, task: &measure::Task) -> Result<measure::Prepared, measure::Refusal> {
        prepare::prepare(task)
    }
}
