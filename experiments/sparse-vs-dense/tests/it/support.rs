//! What several tests need: random matrices, tables, tasks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Prepared, Refusal, Task};
use polars::prelude::*;
use results::{Column as Profile, ColumnRole, Dataset, Point, Source};
use sparse_vs_dense::kernels::Sparse;

/// The definition as it lies in the folder.
pub(crate) static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

/// The interpreter that has the packages: `BENCHBOOK_PYTHON`, or `python3`.
pub(crate) fn python() -> String {
    std::env::var("BENCHBOOK_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether the interpreter has a package.
pub(crate) fn has(module: &str) -> bool {
    Command::new(python()).args(["-c", &format!("import {module}")]).output().is_ok_and(|out| out.status.success())
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number between −1 and 1.
    pub(crate) fn signed(&mut self) -> f64 {
        2.0 * self.unit() - 1.0
    }

    /// A dense row-major matrix with about a share of `density` that is not zero.
    pub(crate) fn matrix(&mut self, rows: usize, columns: usize, density: f64) -> Vec<f64> {
        (0..rows * columns).map(|_| if self.unit() < density { self.signed() } else { 0.0 }).collect()
    }
}

/// The same matrix without its zeros, by rows.
pub(crate) fn by_rows(dense: &[f64], rows: usize, columns: usize) -> Sparse {
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in 0..rows {
        for column in 0..columns {
            let value = dense[row * columns + column];
            if value != 0.0 {
                indices.push(column as u32);
                values.push(value);
            }
        }
        starts.push(values.len() as u32);
    }
    Sparse::new((rows, columns), starts, indices, values)
}

/// Asserts that two lists of numbers are the same but for rounding.
#[track_caller]
pub(crate) fn close(mine: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(mine.len(), theirs.len(), "{what}");
    for (at, (mine, theirs)) in mine.iter().zip(theirs).enumerate() {
        assert!((mine - theirs).abs() <= 1e-12 * (1.0 + theirs.abs()) * 100.0, "{what}: {mine} and {theirs} at {at}");
    }
}

/// A table in a scratch folder.
pub(crate) struct Bench {
    pub(crate) scratch: tempfile::TempDir,
    table: PathBuf,
    dataset: Dataset,
    columns: BTreeMap<String, String>,
}

impl Bench {
    /// Writes a table; `roles` are those that a profile would find.
    pub(crate) fn new(mut table: DataFrame, roles: &[(&str, ColumnRole)], source: Source) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("working.arrow");
        IpcWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut table).unwrap();
        let rows = table.height() as u64;
        let columns = table.columns().iter().map(|column| Profile {
            name: column.name().to_string(),
            dtype: "?".to_owned(),
            nulls: Some(column.null_count() as u64),
            distinct: None,
            sorted: None,
            zero_share: None,
            mean_bytes: None,
            roles: roles.iter().filter(|(name, _)| name == column.name()).map(|(_, role)| *role).collect(),
        });
        let dataset = Dataset {
            id: "test".to_owned(),
            name: "test".to_owned(),
            source,
            format: None,
            files: 1,
            bytes: 1,
            rows,
            rows_used: rows,
            part: None,
            columns: columns.collect(),
            notes: Vec::new(),
        };
        let choices = sparse_vs_dense::experiment().choose(&dataset).unwrap();
        let columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Self { scratch, table: path, dataset, columns }
    }

    /// A task for a variant at a point, as a worker gets it.
    pub(crate) fn task(&self, variant: &Variant, point: &Point) -> Task {
        Task {
            experiment: "sparse-vs-dense".to_owned(),
            variant: variant.id.clone(),
            params: variant.params.clone(),
            point: point.clone(),
            numbers: DEFINITION.numbers(point),
            seed: 7,
            launch: 0,
            threads: variant.threads.unwrap_or(3),
            scratch: self.scratch.path().to_owned(),
            table: Some(self.table.clone()),
            dataset: Some(self.dataset.clone()),
            images: None,
            storage: Vec::new(),
            columns: self.columns.clone(),
        }
    }

    /// Prepares a case; `Err` is the reason of a skip.
    pub(crate) fn prepare(&self, variant: &str, point: &Point) -> Result<Prepared, String> {
        let task = self.task(DEFINITION.variant(variant).unwrap(), point);
        match sparse_vs_dense::experiment().prepare(&task) {
            Ok(case) => Ok(case),
            Err(Refusal::Skip(reason)) => Err(reason),
            Err(Refusal::Fail(error)) => panic!("{variant} {point}: {error:#}"),
        }
    }
}

/// A place: `at(&[("work", "matvec"), …])`.
pub(crate) fn at(axes: &[(&str, &str)]) -> Point {
    axes.iter().fold(Point::new(), |point, (axis, value)| point.with(axis, value))
}

/// Texts with a hundred words, labels that follow some of them, and two columns of hardly anything.
pub(crate) fn reviews(rows: usize) -> DataFrame {
    let mut random = Random(5);
    let (mut texts, mut labels, mut rare, mut rarer) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let words: Vec<u64> =
            (0..4 + random.bits() % 9).map(|_| (random.unit() * random.unit() * 100.0) as u64).collect();
        let text: Vec<String> = words.iter().map(|word| format!("Word{word}")).collect();
        let good = words.iter().filter(|word| *word % 3 == 0).count() * 2 > words.len();
        texts.push((row % 10 != 3).then(|| text.join(", ")));
        labels.push(if good { "good" } else { "bad" });
        rare.push(if row % 13 == 0 { random.signed() } else { 0.0 });
        rarer.push((row % 5 != 1).then_some(i64::from(row % 29 == 0)));
    }
    df!("review" => texts, "verdict" => labels, "clicks" => rare, "returns" => rarer).unwrap()
}

/// What the profile would say of [`reviews`].
pub(crate) const ROLES: [(&str, ColumnRole); 4] = [
    ("review", ColumnRole::Text),
    ("verdict", ColumnRole::Label),
    ("clicks", ColumnRole::Sparse),
    ("returns", ColumnRole::Sparse),
];
