//! Logistic regression on the table's texts: sparse, dense, and on dense embeddings, to the same loss.

pub mod design;
pub mod lbfgs;
pub mod model;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context;
use measure::aside::Aside;
use measure::{Prepared, Refusal, Task, scratch};
use results::{Answer, Cell, RecordedTable, Source, Unit};

use crate::case::{Case, DENSE_LIMIT, Layout, bytes_text, count_text};
use crate::kernels::Sparse;
use crate::store;
use crate::text::corpus::{self, Columns};
use crate::text::embedding::{self, DIMENSIONS};
use crate::text::tfidf::{Shape, Terms};
use design::Design;

/// Sizes of the vocabulary, as on the axis; the last one is also what an embedding is made from.
const SIZES: [usize; 5] = [256, 1024, 4096, 16_384, 65_536];
/// Splits of each launch.
const TRIALS: u32 = 3;

/// Sets up training.
///
/// # Errors
/// A skip where the table has no texts, or the matrix would be the same as a smaller one or too large.
pub(crate) fn prepare(task: &Task, case: &Rc<Case>, most: u64) -> Result<Prepared, Refusal> {
    let size = *task.numbers.get("vocabulary").context("the task has no vocabulary")? as usize;
    let text =
        task.columns.get("text").ok_or_else(|| Refusal::Skip("The table has no column of free texts.".to_owned()))?;
    let table = task.table.as_deref().context("this work needs a table")?;
    let folder = store::folder(&task.scratch, most)?;
    let label = task.columns.get("label").map(String::as_str);
    let columns = Columns { text, label, rows: rows_with(task, text), most };
    // An embedding stands for all that the largest vocabulary knows.
    let known = if case.layout == Layout::Embedding { SIZES[SIZES.len() - 1] } else { size };
    let files = Files::of(&folder, known);
    if !files.are_there() {
        // Reading the table and counting its words takes much memory, which must not count as the training's.
        let is_aside = task.params.contains_key(FILES_ALONE);
        if is_aside || Aside::prepare(&files_alone(task)).is_none() {
            files.derive(table, columns, task.seed, known)?.map_err(Refusal::Skip)?;
        }
        if is_aside {
            return Ok(Prepared::new(|| Ok(Answer::default())));
        }
    }
    let target = corpus::target(&folder)?;
    let (matrix, shapes) = files.read()?;
    let shape = Shape { rows: matrix.rows(), columns: matrix.cols(), nonzeros: matrix.nnz() };
    if shape.rows != target.len() {
        let (rows, targets) = (shape.rows, target.len());
        return Err(Refusal::Fail(anyhow::anyhow!("{rows} rows for {targets} targets in {}", folder.display())));
    }
    if shape.columns == 0 {
        return Err(Refusal::Skip(
            "No word of the texts is more common than the others, so none can be chosen.".to_owned(),
        ));
    }
    let repeated =
        SIZES.iter().zip(&shapes).find(|(smaller, other)| **smaller < size && other.columns == shape.columns);
    if let Some((smaller, _)) = repeated {
        return Err(Refusal::Skip(format!(
            "These texts have {} words and pairs that could be chosen, and the vocabulary of {} holds them already.",
            count_text(shape.columns as u64),
            count_text(*smaller as u64)
        )));
    }

    let nonzeros = shape.nonzeros;
    let (mut design, bytes) = match case.layout {
        Layout::Dense => {
            let bytes = shape.dense_bytes();
            if bytes > DENSE_LIMIT {
                return Err(Refusal::Skip(format!(
                    "As a dense matrix, {} texts × {} terms × 8 bytes come to {}; that is computed, and not made: a \
                     single matrix may take {} here.",
                    count_text(shape.rows as u64),
                    count_text(shape.columns as u64),
                    bytes_text(bytes),
                    bytes_text(DENSE_LIMIT)
                )));
            }
            (Design::dense(shape.rows, shape.columns, dense(&matrix)), bytes)
        }
        Layout::Csr => (Design::sparse(matrix), shape.sparse_bytes()),
        Layout::Csc => {
            let bytes = crate::kernels::sparse_bytes(shape.columns, nonzeros) as u64;
            (Design::sparse(matrix.to_csc()), bytes)
        }
        Layout::Embedding => {
            let bytes = 8 * (shape.rows * DIMENSIONS) as u64;
            (Design::dense(shape.rows, DIMENSIONS, embedding::project(&matrix, task.seed)), bytes)
        }
    };

    let (team, level) = (&case.team, case.level);
    let accuracies: Vec<f64> = (0..TRIALS)
        .filter_map(|trial| model::accuracy(&mut design, team, level, &target, task.trial_seed(trial)))
        .collect();
    let lessons = model::lessons(&target);
    let first = model::train(&mut design, team, level, &lessons);
    if !first.converged {
        return Err(Refusal::Fail(anyhow::anyhow!(
            "training stopped after {} steps before the gradient was small enough",
            first.iterations
        )));
    }
    let (rows, columns) = (design.rows(), design.columns());
    let own = Rc::clone(case);
    let prepared = Prepared::new(move || {
        let found = model::train(&mut design, &own.team, own.level, &lessons);
        Ok(Answer { rows: rows as u64, values: vec![found.value], digest: None })
    });
    let is_default = task.dataset.as_ref().is_some_and(|dataset| dataset.source == Source::Default);
    let target = match label {
        Some(_) => "whether the label is its most common value",
        None if is_default => "made from the words: the label of the default table has nothing to do with its texts",
        None => "made from the words: the table has no label",
    };
    let prepared = case
        .described(prepared)
        .setting("solver", "L-BFGS")
        .setting("iterations", first.iterations)
        .setting("shape", format!("{rows} × {columns}"))
        .setting("nonzeros", nonzeros)
        .setting("target", target)
        .fact("rows", rows as f64)
        .fact("matrix_bytes", bytes as f64)
        .table("vocabulary", vocabularies(&shapes, whole_rows(task, text)));
    Ok(if accuracies.is_empty() { prepared } else { prepared.trials("accuracy", accuracies) })
}

/// Rows that hold a text, as far as the profile knows.
fn rows_with(task: &Task, text: &str) -> u64 {
    let Some(dataset) = &task.dataset else { return 0 };
    let nulls = dataset.columns.iter().find(|column| column.name == text).and_then(|column| column.nulls).unwrap_or(0);
    dataset.rows_used.saturating_sub(nulls)
}

/// The same of the whole table, of which these rows may be a part.
fn whole_rows(task: &Task, text: &str) -> u64 {
    let (rows, used) = task.dataset.as_ref().map_or((0, 0), |dataset| (dataset.rows, dataset.rows_used));
    (rows_with(task, text) as f64 * rows as f64 / used.max(1) as f64).round() as u64
}

/// The parameter of a task that asks for the files alone.
const FILES_ALONE: &str = "files-alone";

fn files_alone(task: &Task) -> Task {
    let mut task = task.clone();
    task.params.insert(FILES_ALONE.to_owned(), "yes".to_owned());
    task
}

/// What the texts come to: files in the folder, which all launches read.
struct Files<'a> {
    folder: &'a Path,
    /// The matrix of a size of vocabulary.
    matrix: PathBuf,
    /// The shapes at all sizes.
    shapes: PathBuf,
}

impl<'a> Files<'a> {
    fn of(folder: &'a Path, size: usize) -> Self {
        Self { folder, matrix: folder.join(format!("tfidf-{size}.csr")), shapes: folder.join("shapes.bin") }
    }

    fn are_there(&self) -> bool {
        self.matrix.exists() && self.shapes.exists()
    }

    /// Makes them from the table. `Ok(Err)`: why it cannot serve.
    fn derive(&self, table: &Path, columns: Columns<'_>, seed: u64, size: usize) -> anyhow::Result<Result<(), String>> {
        if let Err(why) = corpus::make(self.folder, table, columns, seed)? {
            return Ok(Err(why));
        }
        let texts = corpus::texts(self.folder)?;
        let terms = Terms::of(&texts);
        store::write_matrix(&self.matrix, &terms.matrix(&terms.vocabulary(size))?)?;
        let shapes: Vec<Shape> = SIZES.iter().map(|size| terms.shape(&terms.vocabulary(*size))).collect();
        write_shapes(&self.shapes, &shapes)?;
        Ok(Ok(()))
    }

    fn read(&self) -> anyhow::Result<(Sparse, Vec<Shape>)> {
        Ok((store::read_matrix(&self.matrix)?, read_shapes(&self.shapes)?))
    }
}

fn write_shapes(path: &Path, shapes: &[Shape]) -> anyhow::Result<()> {
    let numbers = shapes.iter().flat_map(|shape| [shape.rows, shape.columns, shape.nonzeros]);
    scratch::write(path, &numbers.flat_map(|number| (number as u64).to_le_bytes()).collect::<Vec<u8>>())
}

fn read_shapes(path: &Path) -> anyhow::Result<Vec<Shape>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let numbers: Vec<usize> = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|number| Ok(usize::try_from(u64::from_le_bytes(*number))?))
        .collect::<anyhow::Result<_>>()?;
    let shapes: Vec<Shape> = numbers
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[rows, columns, nonzeros]| Shape { rows: *rows, columns: *columns, nonzeros: *nonzeros })
        .collect();
    anyhow::ensure!(shapes.len() == SIZES.len(), "{} was cut short", path.display());
    Ok(shapes)
}

fn dense(matrix: &Sparse) -> Vec<f64> {
    let columns = matrix.cols();
    let mut numbers = vec![0.0; matrix.rows() * columns];
    for (value, (row, column)) in matrix {
        numbers[row as usize * columns + column as usize] = *value;
    }
    numbers
}

/// What the chapter shows of every size; `whole` is the number of texts in the whole table.
fn vocabularies(shapes: &[Shape], whole: u64) -> RecordedTable {
    let how =
        |dense: u64| if dense > DENSE_LIMIT { "computed: too large to be made here" } else { "made and measured" };
    let row = |texts: u64, size: Cell, terms: usize, density: f64, sparse: Option<u64>, dense: u64, how: &str| {
        vec![
            Cell::Number(texts as f64),
            size,
            Cell::Number(terms as f64),
            Cell::Number(density),
            Cell::from(sparse.map(|bytes| bytes as f64)),
            Cell::Number(dense as f64),
            Cell::from(sparse.map(|bytes| bytes as f64 / dense.max(1) as f64)),
            Cell::from(how),
        ]
    };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut last: Option<(usize, &Shape)> = None;
    for (size, shape) in SIZES.iter().zip(shapes) {
        if last.is_some_and(|(_, last)| last.columns == shape.columns) {
            continue; // the texts have no more
        }
        last = Some((*size, shape));
        let (sparse, dense) = (shape.sparse_bytes(), shape.dense_bytes());
        let size = Cell::Number(*size as f64);
        rows.push(row(shape.rows as u64, size, shape.columns, shape.density(), Some(sparse), dense, how(dense)));
    }
    if let Some((size, shape)) = last {
        let texts = shape.rows as u64;
        let dense = 8 * texts * DIMENSIONS as u64;
        rows.push(row(texts, Cell::from("embedding"), DIMENSIONS, 1.0, None, dense, how(dense)));
        if whole > texts {
            let share = whole as f64 / texts.max(1) as f64;
            let sparse = (12.0 * shape.nonzeros as f64 * share) as u64 + 4 * (whole + 1);
            let (size, dense) = (Cell::Number(size as f64), 8 * whole * shape.columns as u64);
            rows.push(row(
                whole,
                size,
                shape.columns,
                shape.density(),
                Some(sparse),
                dense,
                "computed: the whole table",
            ));
        }
    }
    RecordedTable::new(
        &[
            ("Texts", Unit::Rows),
            ("Vocabulary of", Unit::Number),
            ("Terms", Unit::Number),
            ("Density", Unit::Share),
            ("Sparse (CSR)", Unit::Bytes),
            ("Dense", Unit::Bytes),
            ("Sparse of dense", Unit::Share),
            ("The dense one is", Unit::Number),
        ],
        rows,
    )
}
