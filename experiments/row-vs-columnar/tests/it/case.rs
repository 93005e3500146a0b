//! Running cases without a worker process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Refusal, Task};
use polars::prelude::*;
use results::{Answer, Column as Profile, ColumnRole, Dataset, Facts, Point, Sortedness, Source};

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
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) files: Vec<PathBuf>,
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
        let choices = row_vs_columnar::experiment().choose(&dataset)?;
        let columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Ok(Self { scratch, table: path, dataset, columns })
    }

    pub(crate) fn task(&self, variant: &Variant, workload: &str) -> Task {
        Task {
            experiment: "row-vs-columnar".to_owned(),
            variant: variant.id.clone(),
            params: variant.params.clone(),
            point: Point::new().with("workload", workload).with("cache", "warm"),
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
        let mut case = match row_vs_columnar::experiment().prepare(&self.task(variant, workload)) {
            Ok(case) => case,
            Err(Refusal::Skip(reason)) => return Err(reason),
            Err(Refusal::Fail(error)) => panic!("{name}: {error:#}"),
        };
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
