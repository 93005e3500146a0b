//! A case without a worker process.

use std::collections::BTreeMap;
use std::path::Path;

use catalog::Variant;
use measure::{Experiment, Prepared, Refusal, Task};
use results::Point;

/// The task of a variant at a point, with neither data nor numbers: two threads, the first launch.
#[must_use]
pub fn task(experiment: &str, variant: &Variant, point: Point, scratch: &Path) -> Task {
    Task {
        experiment: experiment.to_owned(),
        variant: variant.id.clone(),
        params: variant.params.clone(),
        point,
        numbers: BTreeMap::new(),
        seed: 7,
        launch: 0,
        threads: 2,
        scratch: scratch.to_owned(),
        table: None,
        dataset: None,
        images: None,
        storage: Vec::new(),
        columns: BTreeMap::new(),
    }
}

/// Prepares a case.
///
/// # Errors
/// The reason of a skip.
///
/// # Panics
/// If it fails.
pub fn prepare(experiment: &dyn Experiment, task: &Task) -> Result<Prepared, String> {
    match experiment.prepare(task) {
        Ok(case) => Ok(case),
        Err(Refusal::Skip(reason)) => Err(reason),
        Err(Refusal::Fail(error)) => panic!("{} {}: {error:#}", task.variant, task.point),
    }
}
