//! Experiment *loader*: what an accelerator waits for, and how a data loader is set so that it does not.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`, inside a worker process. [`case`] says what a task asks for;
//! [`pictures`] makes or finds the images, [`layouts`] and [`columns`] store them in shards; [`images`] feeds a consumer with them
//! (a training step: on these cores [`training`], on a GPU [`gpu`]), [`rows`] with batches of the table; [`stalls`] splits the time of
//! a pass, [`pace`] asks for the loader's own, [`tune`] looks for the best knobs, [`recorded`] keeps what no single number says;
//! [`processes`] and [`child`] are workers of their own; [`storage`] only reads. The loader itself is the crate `loading`. The Python
//! lane is `loader_lane.py` beside this crate's sources.

mod case;
mod child;
mod columns;
mod gpu;
mod images;
mod layouts;
mod pace;
mod pictures;
mod processes;
mod recorded;
mod rows;
mod stalls;
mod storage;
mod training;
mod tune;

use measure::{Experiment, Prepared, Refusal, Task};
use results::{Choice, Dataset};

use case::Work;

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn Experiment> {
    Box::new(Loader)
}

struct Loader;

impl Experiment for Loader {
    fn choose(&self, _dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(Vec::new()) // it takes every column of numbers, if there is one, and images in any case
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        if child::is_one(task) {
            return child::prepare(task);
        }
        match Work::of(task)? {
            Work::Images => images::prepare(task),
            Work::Pace => pace::prepare(task),
            Work::Table => rows::prepare(task),
            Work::Storage => storage::prepare(task),
        }
    }
}
