//! Running cases without a worker process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Refusal, Task};
use polars::prelude::*;
use results::{Answer, Column as Profile, ColumnRole, Dataset, Facts, Point, RecordedTable, Sortedness, Source};

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
    pub(crate) scratch: tempfile::TempDir,
    pub(crate) table: PathBuf,
    pub(crate) frame: DataFrame,
    pub(crate) dataset: Dataset,
    pub(crate) columns: BTreeMap<String, String>,
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
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("working.arrow");
        IpcWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame.clone()).unwrap();
        let rows = frame.height() as u64;
        let columns = frame
            .columns()
            .iter()
            .map(|column| Profile {
                name: column.name().to_string(),
                dtype: dtype(column.dtype()).to_owned(),
                nulls: Some(column.null_count() as u64),
                distinct: column.as_materialized_series().n_unique().ok().map(|n| n as u64),
                sorted: Some(match sorted.contains(&column.name().as_str()) {
                    true => Sortedness::Ascending,
                    false => Sortedness::Unsorted,
                }),
                zero_share: None,
                mean_bytes: None,
                roles: roles.iter().filter(|(name, _)| name == column.name()).map(|(_, role)| *role).collect(),
            })
            .collect();
        let dataset = Dataset {
            id: "test".to_owned(),
            name: "test".to_owned(),
            source: Source::User,
            format: None,
            files: 1,
            bytes: 1,
            rows,
            rows_used: rows,
            part: None,
            columns,
            notes: Vec::new(),
        };
        let choices = partitioning::experiment().choose(&dataset)?;
        let columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Ok(Self { scratch, table: path, frame, dataset, columns })
    }

    /// Row groups and pages as small as the tables of tests need them, and no ranking of keys, which takes its time.
    pub(crate) fn small(mut variant: Variant) -> Variant {
        variant.params.insert("row_group_rows".to_owned(), "200".to_owned());
        variant.params.insert("page_bytes".to_owned(), "1200".to_owned());
        variant.params.remove("keys");
        variant
    }

    pub(crate) fn task(&self, variant: &Variant, point: Point) -> Task {
        let mut task: Task = serde_json::from_value(serde_json::json!({
            "experiment": "partitioning",
            "variant": variant.id,
            "params": variant.params,
            "point": point,
            "seed": 7,
            "threads": 2,
            "scratch": self.scratch.path(),
        }))
        .unwrap();
        task.numbers = DEFINITION.numbers(&task.point);
        task.table = Some(self.table.clone());
        task.dataset = Some(self.dataset.clone());
        task.columns = self.columns.clone();
        task
    }

    /// Prepares a case twice, as two launches would, and runs it twice. `Err` is the reason of a skip.
    pub(crate) fn run(&self, variant: &Variant, point: Point) -> Result<Done, String> {
        let name = format!("{} {point}", variant.id);
        let prepare = || match partitioning::experiment().prepare(&self.task(variant, point.clone())) {
            Ok(case) => Ok(case),
            Err(Refusal::Skip(reason)) => Err(reason),
            Err(Refusal::Fail(error)) => panic!("{name}: {error:#}"),
        };
        let first = prepare()?;
        let mut case = prepare()?;
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

fn dtype(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Boolean => "bool",
        DataType::Int32 => "i32",
        DataType::Int64 => "i64",
        DataType::Float64 => "f64",
        DataType::String => "text",
        DataType::Date => "date",
        DataType::Datetime(..) => "datetime",
        DataType::Categorical(..) => "category",
        _ => "?",
    }
}
