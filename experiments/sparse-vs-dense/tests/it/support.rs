//! What several tests need: random matrices, tables, tasks.

use std::path::Path;
use std::sync::LazyLock;

use catalog::{Definition, Variant};
use measure::{Prepared, Task};
use polars::prelude::*;
use results::{ColumnRole, Point, Source};
use sparse_vs_dense::kernels::Sparse;
use testing::{Random, Table};

/// The definition as it lies in the folder.
pub(crate) static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

/// A dense row-major matrix with about a share of `density` that is not zero.
pub(crate) fn matrix(random: &mut Random, rows: usize, columns: usize, density: f64) -> Vec<f64> {
    (0..rows * columns).map(|_| if random.unit() < density { random.signed() } else { 0.0 }).collect()
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
    pub(crate) table: Table,
}

impl Bench {
    /// Writes a table; `roles` are those that a profile would find.
    pub(crate) fn new(table: DataFrame, roles: &[(&str, ColumnRole)], source: Source) -> Self {
        let mut table = Table::new(table, roles, &[]);
        table.dataset.source = source;
        Self { table: table.chosen_by(&*sparse_vs_dense::experiment()).unwrap() }
    }

    /// A task for a variant at a point, as a worker gets it.
    pub(crate) fn task(&self, variant: &Variant, point: &Point) -> Task {
        Task {
            numbers: DEFINITION.numbers(point),
            threads: variant.threads.unwrap_or(3),
            ..self.table.task("sparse-vs-dense", variant, point.clone())
        }
    }

    /// Prepares a case; `Err` is the reason of a skip.
    pub(crate) fn prepare(&self, variant: &str, point: &Point) -> Result<Prepared, String> {
        let task = self.task(DEFINITION.variant(variant).unwrap(), point);
        testing::prepare(&*sparse_vs_dense::experiment(), &task)
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
