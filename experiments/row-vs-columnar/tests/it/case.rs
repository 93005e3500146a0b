//! Running cases without a worker process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::Task;
use polars::prelude::DataFrame;
use results::{Answer, ColumnRole, Facts, Point};
use testing::{Table, prepare};

/// The definition as it lies in the folder.
pub(crate) static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

/// The variants that this binary runs.
pub(crate) fn rust_variants() -> Vec<Variant> {
    DEFINITION.variant.iter().filter(|variant| variant.lane == "rust").cloned().collect()
}

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
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) files: Vec<PathBuf>,
}

impl Bench {
    /// Writes the table and chooses columns; `roles` are those that a profile would find.
    pub(crate) fn new(table: DataFrame, roles: &[(&str, ColumnRole)], sorted: &[&str]) -> Result<Self, String> {
        Ok(Self { table: Table::new(table, roles, sorted).chosen_by(&*row_vs_columnar::experiment())? })
    }

    pub(crate) fn task(&self, variant: &Variant, workload: &str) -> Task {
        let point = Point::new().with("workload", workload).with("cache", "warm");
        self.table.task("row-vs-columnar", variant, point)
    }

    /// Prepares a case and runs it twice, as a launch would. `Err` is the reason of a skip.
    pub(crate) fn run(&self, variant: &Variant, workload: &str) -> Result<Done, String> {
        let name = format!("{} {workload}", variant.id);
        let mut case = prepare(&*row_vs_columnar::experiment(), &self.task(variant, workload))?;
        let mut call = || {
            let answer = (case.work)().unwrap_or_else(|error| panic!("{name}: {error:#}"));
            if let Some(reset) = &mut case.reset {
                reset().unwrap_or_else(|error| panic!("{name}: {error:#}"));
            }
            answer
        };
        let first = call();
        let second = call();
        assert_eq!(first.disagreement(&second, DEFINITION.tolerance), None, "{name}: the second call differs");
        Ok(Done { answer: first, facts: case.facts, settings: case.settings, files: case.files })
    }

    /// Runs a workload in every variant of this binary and compares the answers with the baseline's.
    pub(crate) fn agree(&self, workload: &str) -> Result<Vec<Done>, String> {
        let all: Vec<(String, Done)> = rust_variants()
            .iter()
            .map(|variant| Ok((variant.id.clone(), self.run(variant, workload)?)))
            .collect::<Result<_, String>>()?;
        let (_, baseline) = &all[0];
        for (variant, done) in &all {
            let difference = done.answer.disagreement(&baseline.answer, DEFINITION.tolerance);
            assert_eq!(difference, None, "{variant} {workload}");
        }
        Ok(all.into_iter().map(|(_, done)| done).collect())
    }
}
