//! What several tests need: the definition, tasks, an interpreter.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Prepared, Refusal, Task};
use results::Point;

/// The definition as it lies in the folder.
pub(crate) static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

/// The interpreter that has the packages: `BENCHBOOK_PYTHON`, or `python3`.
pub(crate) fn python() -> String {
    std::env::var("BENCHBOOK_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether the interpreter has a package; it is looked for and not imported, which takes seconds.
pub(crate) fn has(module: &str) -> bool {
    let look = format!("import importlib.util, sys; sys.exit(importlib.util.find_spec({module:?}) is None)");
    Command::new(python()).args(["-c", &look]).output().is_ok_and(|out| out.status.success())
}

/// A scratch folder that tasks share.
pub(crate) struct Bench {
    pub(crate) scratch: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { scratch: tempfile::tempdir().unwrap() }
    }

    /// A task for a variant at a point, as a worker gets it.
    pub(crate) fn task(&self, variant: &Variant, point: &Point) -> Task {
        Task {
            experiment: "mixed-precision".to_owned(),
            variant: variant.id.clone(),
            params: variant.params.clone(),
            point: point.clone(),
            numbers: DEFINITION.numbers(point),
            seed: 7,
            launch: 0,
            threads: variant.threads.unwrap_or(2),
            scratch: self.scratch.path().to_owned(),
            table: None,
            dataset: None,
            columns: BTreeMap::new(),
            images: None,
            storage: Vec::new(),
        }
    }

    /// Prepares a case; `Err` is the reason of a skip.
    pub(crate) fn prepare(&self, variant: &str, point: &Point) -> Result<Prepared, String> {
        let task = self.task(DEFINITION.variant(variant).unwrap(), point);
        match mixed_precision::experiment().prepare(&task) {
            Ok(case) => Ok(case),
            Err(Refusal::Skip(reason)) => Err(reason),
            Err(Refusal::Fail(error)) => panic!("{variant} {point}: {error:#}"),
        }
    }
}

/// A place: `at(&[("work", "product"), …])`.
pub(crate) fn at(axes: &[(&str, &str)]) -> Point {
    axes.iter().fold(Point::new(), |point, (axis, value)| point.with(axis, value))
}
