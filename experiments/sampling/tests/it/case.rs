//! Running cases without a worker process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::Task;
use polars::prelude::DataFrame;
use results::{Answer, ColumnRole, Facts, Point, RecordedTable};
use testing::{Table, prepare};

/// The definition as it lies in the folder.
pub(crate) static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

/// The variants that this binary runs.
pub(crate) fn rust_variants() -> Vec<Variant> {
    DEFINITION.variant.iter().filter(|variant| variant.lane == "rust").cloned().collect()
}

/// A variant by its id.
pub(crate) fn variant(id: &str) -> Variant {
    DEFINITION.variant(id).unwrap().clone()
}

/// A point of the axes.
pub(crate) fn point(layout: &str, size: &str) -> Point {
    Point::new().with("layout", layout).with("size", size).with("cache", "warm")
}

/// A table in a scratch folder, with the columns that were chosen.
pub(crate) struct Bench {
    pub(crate) table: Table,
}

/// What a case came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answer: Answer,
    pub(crate) facts: Facts,
    pub(crate) trials: BTreeMap<String, Vec<f64>>,
    pub(crate) tables: BTreeMap<String, RecordedTable>,
}

impl Done {
    /// The mean of a trial.
    pub(crate) fn mean(&self, trial: &str) -> f64 {
        let values = &self.trials[trial];
        values.iter().sum::<f64>() / values.len() as f64
    }
}

impl Bench {
    /// Writes the table and chooses columns; `roles` are those that a profile would find.
    pub(crate) fn new(table: DataFrame, roles: &[(&str, ColumnRole)]) -> Result<Self, String> {
        Ok(Self { table: Table::new(table, roles, &[]).chosen_by(&*sampling::experiment())? })
    }

    pub(crate) fn task(&self, variant: &Variant, point: Point) -> Task {
        Task { numbers: DEFINITION.numbers(&point), ..self.table.task("sampling", variant, point) }
    }

    /// Prepares a case and runs it twice, as a launch would. `Err` is the reason of a skip.
    pub(crate) fn run_task(&self, task: &Task) -> Result<Done, String> {
        let name = format!("{} {}", task.variant, task.point);
        let mut case = prepare(&*sampling::experiment(), task)?;
        assert!(case.files.iter().all(|file| file.exists()), "{name}: {:?}", case.files);
        let mut call = || (case.work)().unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let first = call();
        assert_eq!(first, call(), "{name}: the second call differs");
        let (facts, trials, tables) = (case.facts, case.trials, case.tables);
        Ok(Done { answer: first, facts, trials, tables })
    }

    /// Runs a variant at a point.
    pub(crate) fn run(&self, id: &str, layout: &str, size: &str) -> Result<Done, String> {
        self.run_task(&self.task(&variant(id), point(layout, size)))
    }
}
