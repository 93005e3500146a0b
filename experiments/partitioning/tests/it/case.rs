//! Running cases without a worker process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
pub(crate) fn variants() -> Vec<Variant> {
    DEFINITION.variant.iter().filter(|variant| variant.lane == "rust").cloned().collect()
}

/// A variant.
pub(crate) fn variant(id: &str) -> Variant {
    DEFINITION.variant(id).unwrap().clone()
}

/// What every layout is asked: the queries, and the list of its files.
pub(crate) fn queries() -> Vec<String> {
    let queries = DEFINITION.axis("query").unwrap().values.iter().map(|value| value.id.clone());
    queries.chain(["list".to_owned()]).collect()
}

/// A point with a warm cache.
pub(crate) fn at(query: &str) -> Point {
    match query {
        "list" => Point::new().with("what", query).with("cache", "warm"),
        _ => Point::new().with("what", "layouts").with("query", query).with("cache", "warm"),
    }
}

/// A point of a sweep.
pub(crate) fn cut(what: &str, pieces: &str) -> Point {
    Point::new().with("what", what).with("cache", "warm").with("pieces", pieces)
}

/// A table in a scratch folder, with the columns that were chosen.
pub(crate) struct Bench {
    pub(crate) table: Table,
    pub(crate) frame: DataFrame,
}

/// What a case came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answer: Answer,
    pub(crate) facts: Facts,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) tables: BTreeMap<String, RecordedTable>,
}

impl Bench {
    /// Writes the table and chooses columns; `roles` are those that a profile would find.
    pub(crate) fn new(frame: DataFrame, roles: &[(&str, ColumnRole)], sorted: &[&str]) -> Result<Self, String> {
        let table = Table::new(frame.clone(), roles, sorted).chosen_by(&*partitioning::experiment())?;
        Ok(Self { table, frame })
    }

    /// Row groups and pages as small as the tables of tests need them, and no ranking of keys, which takes its time.
    pub(crate) fn small(mut variant: Variant) -> Variant {
        variant.params.insert("row_group_rows".to_owned(), "200".to_owned());
        variant.params.insert("page_bytes".to_owned(), "1200".to_owned());
        variant.params.remove("keys");
        variant
    }

    pub(crate) fn task(&self, variant: &Variant, point: Point) -> Task {
        Task { numbers: DEFINITION.numbers(&point), ..self.table.task("partitioning", variant, point) }
    }

    /// Prepares a case twice, as two launches would, and runs it twice. `Err` is the reason of a skip.
    pub(crate) fn run(&self, variant: &Variant, point: Point) -> Result<Done, String> {
        let name = format!("{} {point}", variant.id);
        let (experiment, task) = (partitioning::experiment(), self.task(variant, point));
        let first = prepare(&*experiment, &task)?;
        let mut case = prepare(&*experiment, &task)?;
        assert_eq!(first.facts, case.facts, "{name}: the second launch differs");
        assert!(first.tables == case.tables, "{name}: the tables of the second launch differ");
        let mut call = || (case.work)().unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let (answer, again) = (call(), call());
        assert_eq!(answer.disagreement(&again, DEFINITION.tolerance), None, "{name}: the second call differs");
        Ok(Done { answer, facts: case.facts, files: case.files, tables: case.tables })
    }

    /// Asks a query of every layout and compares the answers with the baseline's; reasons of skips by variant.
    pub(crate) fn agree(&self, query: &str) -> (Vec<(String, Done)>, BTreeMap<String, String>) {
        let (mut done, mut skipped) = (Vec::new(), BTreeMap::new());
        for variant in variants().into_iter().map(Self::small) {
            let point = at(query);
            if DEFINITION.exception(&variant.id, &point).is_some() {
                continue;
            }
            match self.run(&variant, point) {
                Ok(case) => done.push((variant.id, case)),
                Err(reason) => {
                    assert!(reason.contains(' '), "{}: {reason}", variant.id);
                    skipped.insert(variant.id, reason);
                }
            }
        }
        for (id, case) in done.iter().skip(1) {
            let difference = case.answer.disagreement(&done[0].1.answer, DEFINITION.tolerance);
            assert_eq!(difference, None, "{id} {query}");
        }
        (done, skipped)
    }
}
