//! What several tests need: the definition, tasks.

use std::path::Path;
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Prepared, Task};
use results::Point;

/// The definition as it lies in the folder.
pub(crate) static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

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
            numbers: DEFINITION.numbers(point),
            threads: variant.threads.unwrap_or(2),
            ..testing::task("mixed-precision", variant, point.clone(), self.scratch.path())
        }
    }

    /// Prepares a case; `Err` is the reason of a skip.
    pub(crate) fn prepare(&self, variant: &str, point: &Point) -> Result<Prepared, String> {
        let task = self.task(DEFINITION.variant(variant).unwrap(), point);
        testing::prepare(&*mixed_precision::experiment(), &task)
    }
}

/// A place: `at(&[("work", "product"), …])`.
pub(crate) fn at(axes: &[(&str, &str)]) -> Point {
    axes.iter().fold(Point::new(), |point, (axis, value)| point.with(axis, value))
}
