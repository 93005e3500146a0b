//! Running cases without a worker process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Refusal, Task};
use polars::prelude::*;
use results::{Answer, Column as Profile, ColumnRole, Dataset, Facts, Point, RecordedTable, Source};

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
    pub(crate) scratch: tempfile::TempDir,
    pub(crate) table: PathBuf,
    pub(crate) dataset: Dataset,
    pub(crate) columns: BTreeMap<String, String>,
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
    pub(crate) fn new(mut table: DataFrame, roles: &[(&str, ColumnRole)]) -> Result<Self, String> {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("working.arrow");
        IpcWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut table).unwrap();
        let rows = table.height() as u64;
        let columns = table
            .columns()
            .iter()
            .map(|column| Profile {
                name: column.name().to_string(),
                dtype: dtype(column.dtype()).to_owned(),
                nulls: Some(column.null_count() as u64),
                distinct: column.as_materialized_series().drop_nulls().n_unique().ok().map(|n| n as u64),
                sorted: None,
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
        let choices = sampling::experiment().choose(&dataset)?;
        let columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Ok(Self { scratch, table: path, dataset, columns })
    }

    pub(crate) fn task(&self, variant: &Variant, point: Point) -> Task {
        let size =
            DEFINITION.axis("size").unwrap().values.iter().find(|value| Some(value.id.as_str()) == point.get("size"));
        Task {
            experiment: "sampling".to_owned(),
            variant: variant.id.clone(),
            params: variant.params.clone(),
            numbers: size
                .and_then(|value| value.number)
                .map(|number| ("size".to_owned(), number))
                .into_iter()
                .collect(),
            point,
            seed: 7,
            launch: 0,
            threads: 2,
            scratch: self.scratch.path().to_owned(),
            table: Some(self.table.clone()),
            dataset: Some(self.dataset.clone()),
            images: None,
            storage: Vec::new(),
            columns: self.columns.clone(),
        }
    }

    /// Prepares a case and runs it twice, as a launch would. `Err` is the reason of a skip.
    pub(crate) fn run_task(&self, task: &Task) -> Result<Done, String> {
        let name = format!("{} {}", task.variant, task.point);
        let mut case = match sampling::experiment().prepare(task) {
            Ok(case) => case,
            Err(Refusal::Skip(reason)) => return Err(reason),
            Err(Refusal::Fail(error)) => panic!("{name}: {error:#}"),
        };
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

fn dtype(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Boolean => "bool",
        DataType::Int32 => "i32",
        DataType::Int64 => "i64",
        DataType::UInt64 => "u64",
        DataType::Float32 => "f32",
        DataType::Float64 => "f64",
        DataType::String => "text",
        DataType::Date => "date",
        DataType::Datetime(..) => "datetime",
        _ => "?",
    }
}
