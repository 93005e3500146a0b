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

/// The values of an axis.
pub(crate) fn values(axis: &str) -> Vec<String> {
    DEFINITION.axis(axis).unwrap().values.iter().map(|value| value.id.clone()).collect()
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

impl Bench {
    /// Writes the table and chooses columns; `roles` are those that a profile would find.
    pub(crate) fn new(table: DataFrame, roles: &[(&str, ColumnRole)], sorted: &[&str]) -> Result<Self, String> {
        Ok(Self { table: Table::new(table, roles, sorted).chosen_by(&*data_types::experiment())? })
    }

    /// Opens files as a run would, and chooses columns.
    pub(crate) fn open(paths: &[&Path], rows: u64) -> Result<Self, String> {
        Ok(Self { table: Table::open(paths, rows).chosen_by(&*data_types::experiment())? })
    }

    pub(crate) fn task(&self, variant: &Variant, workload: &str) -> Task {
        self.table.task("data-types", variant, Point::new().with("workload", workload))
    }

    /// Prepares a case and runs it twice, as a launch would. `Err` is the reason of a skip.
    pub(crate) fn run(&self, variant: &Variant, workload: &str) -> Result<Done, String> {
        let name = format!("{} {workload}", variant.id);
        let mut case = prepare(&*data_types::experiment(), &self.task(variant, workload))?;
        let mut call = || (case.work)().unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let first = call();
        let second = call();
        let tolerance = variant.tolerance.unwrap_or(DEFINITION.tolerance);
        assert_eq!(first.disagreement(&second, tolerance), None, "{name}: the second call differs");
        assert!(case.facts.values().all(|fact| fact.is_finite()), "{name}: {:?}", case.facts);
        Ok(Done { answer: first, facts: case.facts, trials: case.trials, tables: case.tables })
    }

    /// Runs a workload in every variant for which it makes sense, and compares the answers with the baseline's as a run would.
    pub(crate) fn agree(&self, workload: &str) -> Result<BTreeMap<String, Done>, String> {
        let mut all = BTreeMap::new();
        for variant in &DEFINITION.variant {
            if DEFINITION.exception(&variant.id, &Point::new().with("workload", workload)).is_some() {
                continue;
            }
            let done = match self.run(variant, workload) {
                Ok(done) => done,
                Err(reason) if variant.id == DEFINITION.baseline => return Err(reason),
                // Vectors that are too short to be cut.
                Err(reason) => {
                    assert!(variant.id.starts_with("first-"), "{} {workload}: {reason}", variant.id);
                    continue;
                }
            };
            if let Some(baseline) = all.get(&DEFINITION.baseline)
                && variant.answers_differ.is_none()
            {
                let baseline: &Done = baseline;
                let tolerance = variant.tolerance.unwrap_or(DEFINITION.tolerance);
                let difference = done.answer.disagreement(&baseline.answer, tolerance);
                assert_eq!(difference, None, "{} {workload}", variant.id);
            }
            all.insert(variant.id.clone(), done);
        }
        Ok(all)
    }

    /// Runs one variant by its id.
    pub(crate) fn variant(&self, id: &str, workload: &str) -> Result<Done, String> {
        self.run(DEFINITION.variant(id).unwrap(), workload)
    }
}
