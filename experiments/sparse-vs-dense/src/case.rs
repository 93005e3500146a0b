//! What a task asks for: which work, in which layout, on how many threads.

use anyhow::{Context, anyhow};
use kernels::{Level, Team};
use measure::{Prepared, Task};

/// Most bytes of a single dense matrix. Beyond it, its size is computed and it is not made: all variants of a point are in
/// memory at the same time.
pub(crate) const DENSE_LIMIT: u64 = 512 << 20;

/// How a matrix is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Every number, row after row.
    Dense,
    /// The numbers that are not zero, row after row.
    Csr,
    /// The numbers that are not zero, column after column.
    Csc,
    /// Not the matrix but a dense one of 1,536 columns that stands for the same rows.
    Embedding,
}

/// A product of the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// Matrix × vector.
    Vector,
    /// Matrix × dense matrix.
    Dense,
    /// Matrix × another matrix of the same density.
    Sparse,
}

/// A product with the size of its matrices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sized {
    /// Which product.
    pub(crate) product: Product,
    /// Rows and columns of every matrix.
    pub(crate) size: usize,
    /// Share of the entries that are not zero.
    pub(crate) density: f64,
}

/// The kind of work.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// A product of matrices that follow a formula.
    Product(Sized),
    /// Training on at most this many of the table's texts.
    Train(u64),
    /// Weighted sums of the table's mostly-zero columns.
    Columns,
}

/// A task, read.
pub(crate) struct Case {
    /// What to do.
    pub(crate) work: Work,
    /// The matrix.
    pub(crate) layout: Layout,
    /// The threads.
    pub(crate) team: Team,
    /// The kind of registers.
    pub(crate) level: Level,
}

impl Case {
    /// Reads a task.
    ///
    /// # Errors
    /// If it names something that does not exist.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        let product = |product, size| -> anyhow::Result<Work> {
            let density = *task.numbers.get("density").context("the task has no density")?;
            anyhow::ensure!((0.0..=1.0).contains(&density), "a density of {density} is not a share");
            Ok(Work::Product(Sized { product, size, density }))
        };
        let work = match task.point.get("work").context("the task has no work")? {
            "matvec" => product(Product::Vector, 4000)?,
            "matvec-cached" => product(Product::Vector, 500)?,
            "matmul" => product(Product::Dense, 1000)?,
            "matmul-sparse" => product(Product::Sparse, 1000)?,
            "train" => Work::Train(2500),
            "train-many" => Work::Train(10_000),
            "columns" => Work::Columns,
            other => return Err(anyhow!("there is no work {other:?}")),
        };
        let layout = match task.params.get("layout").map(String::as_str) {
            Some("dense") => Layout::Dense,
            Some("csr") => Layout::Csr,
            Some("csc") => Layout::Csc,
            Some("embedding") => Layout::Embedding,
            other => return Err(anyhow!("there is no layout {other:?}")),
        };
        Ok(Self { work, layout, team: Team::new(task.threads.max(1) as usize)?, level: Level::best() })
    }

    /// Adds what every case says of itself.
    pub(crate) fn described(&self, prepared: Prepared) -> Prepared {
        let prepared = prepared.setting("threads", self.team.threads()).setting("simd", self.level.name());
        let prepared = prepared.setting("dtype", "f64");
        match self.layout {
            Layout::Dense | Layout::Embedding => prepared.setting("layout", "dense, by rows"),
            Layout::Csr => prepared.setting("layout", "CSR").setting("bytes per index", 4),
            Layout::Csc => prepared.setting("layout", "CSC").setting("bytes per index", 4),
        }
    }
}

/// Bytes for people, in powers of 1024.
pub(crate) fn bytes_text(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let (mut amount, mut unit) = (bytes as f64, 0);
    while amount >= 1024.0 && unit + 1 < units.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if unit == 0 || amount >= 100.0 {
        format!("{amount:.0} {}", units[unit])
    } else {
        format!("{amount:.1} {}", units[unit])
    }
}

/// A whole number for people: `12,345`.
pub(crate) fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
