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

/// The values of an axis.
pub(crate) fn values(axis: &str) -> Vec<String> {
    DEFINITION.axis(axis).unwrap().values.iter().map(|value| value.id.clone()).collect()
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

impl Bench {
    /// Writes the table and chooses columns; `roles` are those that a profile would find.
    pub(crate) fn new(mut table: DataFrame, roles: &[(&str, ColumnRole)], sorted: &[&str]) -> Result<Self, String> {
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
        let choices = data_types::experiment().choose(&dataset)?;
        let columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Ok(Self { scratch, table: path, dataset, columns })
    }

    /// Opens files as a run would, and chooses columns.
    pub(crate) fn open(paths: &[&Path], rows: u64) -> Result<Self, String> {
        let scratch = tempfile::tempdir().unwrap();
        let paths: Vec<String> = paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
        let options = dataset::OpenOptions { seed: 1, rows, scratch: scratch.path().to_owned() };
        let opened = dataset::open(&dataset::Spec::parse(&paths).unwrap(), &options).unwrap();
        let choices = data_types::experiment().choose(&opened.dataset)?;
        let columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Ok(Self { scratch, table: opened.table, dataset: opened.dataset, columns })
    }

    pub(crate) fn task(&self, variant: &Variant, workload: &str) -> Task {
        Task {
            experiment: "data-types".to_owned(),
            variant: variant.id.clone(),
            params: variant.params.clone(),
            point: Point::new().with("workload", workload),
            numbers: BTreeMap::new(),
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
    pub(crate) fn run(&self, variant: &Variant, workload: &str) -> Result<Done, String> {
        let name = format!("{} {workload}", variant.id);
        let mut case = match data_types::experiment().prepare(&self.task(variant, workload)) {
            Ok(case) => case,
            Err(Refusal::Skip(reason)) => return Err(reason),
            Err(Refusal::Fail(error)) => panic!("{name}: {error:#}"),
        };
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

fn dtype(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Boolean => "bool",
        DataType::Int16 => "i16",
        DataType::Int32 => "i32",
        DataType::Int64 => "i64",
        DataType::UInt8 => "u8",
        DataType::UInt64 => "u64",
        DataType::Float32 => "f32",
        DataType::Float64 => "f64",
        DataType::String => "text",
        DataType::Date => "date",
        DataType::Datetime(..) => "datetime",
        DataType::Decimal(..) => "decimal",
        DataType::List(_) => "list",
        DataType::Struct(_) => "struct",
        DataType::Null => "null",
        _ => "?",
    }
}
