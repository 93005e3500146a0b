//! The experiment *sampling*: ways to a few rows of a table, what they cost, what they are worth, and whether they come again.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`. The main process asks [`choose`] for columns; every launch of a
//! variant asks [`prepare`] for one case.
//!
//! ```text
//! working table ─▶ truth (codes of all values, once per run) ─▶ trials: many seeds, each judged ─▶ recorded
//!              └─▶ store (a layout on disk, once per run)    ─▶ draw: the timed read of one sample
//!                                          way: seed ─▶ rows, the rule that both share
//! ```
//!
//! - [`way`] is the rule from seed to rows, pure; [`draw`] reads these rows as an engine does, and is checked against it.
//! - [`trials`] judges many draws ([`distance`], [`models`]); [`repeat`] draws again after the file has changed.

mod child;
mod choose;
mod column;
mod distance;
mod draw;
mod models;
mod partition;
mod population;
mod prepare;
mod random;
mod repeat;
mod rows;
mod scanned;
mod store;
mod trials;
mod truth;
mod way;

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn measure::Experiment> {
    Box::new(Sampling)
}

/// The experiment has no state: everything is in the task.
struct Sampling;

impl measure::Experiment for Sampling {
    fn choose(&self, dataset: &results::Dataset) -> Result<Vec<results::Choice>, String> {
        choose::choose(dataset)
    }

    fn prepare(&self, task: &measure::Task) -> Result<measure::Prepared, measure::Refusal> {
        prepare::prepare(task)
    }
}
