//! The experiment *partitioning and clustering*: one table in many layouts, asked for parts of itself.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`. The main process asks [`choose`] for columns; every launch of a
//! variant asks [`prepare`] for one case.
//!
//! ```text
//! working table ─▶ table (columns that fit) ─▶ queries (bounds, typical values)
//!                     │
//!                     └▶ layout (partitions, order, cuts) ─▶ write (files, each read back) ─▶ pruning (what a query must read)
//!                                                                │                               │
//!                                              ask (Polars) ◀────┘                facts, tables ◀┘◀── keys (other keys, ranked)
//! ```
//!
//! Times are taken from [`ask`] alone. Files opened, bytes and rows ruled out come from the folders' names and from the
//! files' own metadata, so they are the same on every machine and know no noise.

mod ask;
mod choose;
mod files;
mod keys;
mod layout;
mod order;
mod parquet;
mod prepare;
mod pruning;
mod queries;
mod table;
mod time;
mod write;

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn measure::Experiment> {
    Box::new(Partitioning)
}

/// The experiment has no state: everything is in the task.
struct Partitioning;

impl measure::Experiment for Partitioning {
    fn choose(&self, dataset: &results::Dataset) -> Result<Vec<results::Choice>, String> {
        choose::choose(dataset)
    }

    fn prepare(&self, task: &measure::Task) -> Result<measure::Prepared, measure::Refusal> {
        prepare::prepare(task)
    }
}
