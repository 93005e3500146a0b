//! The table's own mostly-zero columns: what storing them without their zeros saves, and a weighted sum of each.

use std::rc::Rc;

use anyhow::Context;
use kernels::team::evenly;
use measure::{Prepared, Refusal, Task};
use polars::prelude::*;
use results::{Answer, Cell, RecordedTable, Unit};

use crate::case::{Case, DENSE_LIMIT, Layout};
use crate::choose::ZEROS;
use crate::formula::vector;
use crate::kernels::spmv::{self, Partials};
use crate::kernels::view::View;
use crate::kernels::{Sparse, dense, sparse_bytes};

/// Rows of a dense column that are a task of their own.
const TASK: usize = 65_536;

/// Sets up the weighted sums.
///
/// # Errors
/// A skip if the table has no mostly-zero columns.
pub(crate) fn prepare(task: &Task, case: &Rc<Case>) -> Result<Prepared, Refusal> {
    let names = names(task);
    if names.is_empty() {
        return Err(Refusal::Skip("The table has no numeric column that is almost always zero.".to_owned()));
    }
    if case.layout == Layout::Embedding {
        return Err(Refusal::Skip("An embedding stands for texts, not for these columns.".to_owned()));
    }
    let columns = read(task, &names)?;
    let (rows, count) = (columns.rows, names.len());
    let recorded = (case.layout == Layout::Csc).then(|| saved(&names, &columns)).transpose()?;
    let weights = vector(task.seed, rows);
    let matrix = Matrix::of(case.layout, columns)?;
    let (bytes, entries) = (matrix.bytes(rows, count), matrix.entries());

    let own = Rc::clone(case);
    let mut sums = vec![0.0; count];
    let mut room = Partials::default();
    let prepared = Prepared::new(move || {
        matrix.weighted_sums(&own, &weights, &mut sums, &mut room);
        let total = sums.iter().zip(1..).map(|(sum, place)| sum * f64::from(place)).sum();
        Ok(Answer { rows: count as u64, values: vec![total], digest: None })
    });
    let prepared = case
        .described(prepared)
        .setting("ceiling", "memory-read")
        .setting("columns", count)
        .setting("rows", rows)
        .setting("missing values", "as zero")
        .fact("rows", rows as f64)
        .fact("bytes", (bytes + 8 * rows) as f64)
        .fact("working_set_bytes", (bytes + 8 * rows) as f64)
        .fact("flops", 2.0 * entries as f64)
        .fact("matrix_bytes", bytes as f64);
    // Dense columns lie column after column here, as in the table.
    let prepared =
        if case.layout == Layout::Dense { prepared.setting("layout", "dense, by columns") } else { prepared };
    Ok(match recorded {
        Some(table) => prepared.table("columns", table),
        None => prepared,
    })
}

/// The chosen columns, in the order in which they were chosen.
fn names(task: &Task) -> Vec<String> {
    let mut chosen: Vec<(usize, &String)> = task
        .columns
        .iter()
        .filter_map(|(purpose, column)| Some((purpose.strip_prefix(ZEROS)?.parse().ok()?, column)))
        .collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|(_, column)| column.clone()).collect()
}

/// Columns of numbers without signs, one after another.
struct Columns {
    rows: usize,
    numbers: Vec<f64>,
}

fn read(task: &Task, names: &[String]) -> anyhow::Result<Columns> {
    let table = task.table.as_deref().context("this work needs a table")?;
    let most = DENSE_LIMIT / 8 / names.len() as u64;
    let wanted: Vec<Expr> =
        names.iter().map(|name| Expr::Column(name.as_str().into()).cast(DataType::Float64)).collect();
    let frame = dataset::format::read_table(table)?.select(wanted).limit(IdxSize::try_from(most)?).collect()?;
    let rows = frame.height();
    let mut numbers = Vec::with_capacity(rows * names.len());
    for column in frame.columns() {
        // Without its sign, a sum of numbers cannot cancel out, and answers compare. What is missing or not a number stands
        // as zero.
        numbers.extend(column.f64()?.iter().map(|value| value.filter(|v| v.is_finite()).map_or(0.0, f64::abs)));
    }
    Ok(Columns { rows, numbers })
}

impl Columns {
    fn csc(&self) -> anyhow::Result<Sparse> {
        let nonzeros = self.numbers.iter().filter(|number| **number != 0.0).count();
        let mut starts: Vec<u32> = vec![0];
        let (mut indices, mut values) = (Vec::with_capacity(nonzeros), Vec::with_capacity(nonzeros));
        for column in self.each() {
            for (row, value) in column.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                indices.push(u32::try_from(row)?);
                values.push(*value);
            }
            starts.push(u32::try_from(values.len())?);
        }
        let shape = (self.rows, starts.len() - 1);
        Sparse::try_new_csc(shape, starts, indices, values)
            .map_err(|(.., why)| anyhow::anyhow!("the columns are not well formed: {why}"))
    }

    fn each(&self) -> impl Iterator<Item = &[f64]> {
        self.numbers.chunks(self.rows.max(1))
    }
}

enum Matrix {
    Dense { rows: usize, numbers: Vec<f64> },
    Sparse(Sparse),
}

impl Matrix {
    fn of(layout: Layout, columns: Columns) -> anyhow::Result<Self> {
        Ok(match layout {
            Layout::Dense | Layout::Embedding => Self::Dense { rows: columns.rows, numbers: columns.numbers },
            Layout::Csc => Self::Sparse(columns.csc()?),
            Layout::Csr => Self::Sparse(columns.csc()?.to_csr()),
        })
    }

    fn bytes(&self, rows: usize, columns: usize) -> usize {
        match self {
            Self::Dense { numbers, .. } => numbers.len() * size_of::<f64>(),
            Self::Sparse(matrix) => sparse_bytes(if matrix.is_csr() { rows } else { columns }, matrix.nnz()),
        }
    }

    fn entries(&self) -> usize {
        match self {
            Self::Dense { numbers, .. } => numbers.len(),
            Self::Sparse(matrix) => matrix.nnz(),
        }
    }

    fn weighted_sums(&self, case: &Case, weights: &[f64], sums: &mut [f64], room: &mut Partials) {
        match self {
            Self::Sparse(matrix) => {
                spmv::times_vector(&case.team, View::from(matrix).transposed(), weights, sums, room);
            }
            Self::Dense { rows, numbers } => {
                sums.fill(0.0);
                let pieces = evenly(*rows, rows.div_ceil(TASK));
                let tasks: Vec<_> = numbers
                    .chunks(*rows.max(&1))
                    .enumerate()
                    .flat_map(|(at, column)| {
                        pieces.iter().map(move |piece| (at, &column[piece.clone()], piece.clone()))
                    })
                    .collect();
                let parts =
                    case.team.map(tasks, |(at, column, piece)| (at, dense::dot(case.level, column, &weights[piece])));
                for (at, part) in parts {
                    sums[at] += part;
                }
            }
        }
    }
}

/// The table of what is saved, column by column.
fn saved(names: &[String], columns: &Columns) -> anyhow::Result<RecordedTable> {
    let mut rows = Vec::new();
    for (name, column) in names.iter().zip(columns.each()) {
        let nonzeros = column.iter().filter(|value| **value != 0.0).count();
        let (dense, sparse) = (size_of_val(column), 12 * nonzeros + 4);
        rows.push(vec![
            Cell::Column(name.clone()),
            Cell::Number(nonzeros as f64 / column.len().max(1) as f64),
            Cell::Number(dense as f64),
            Cell::Number(sparse as f64),
            Cell::Number(1.0 - sparse as f64 / dense.max(1) as f64),
            Cell::Number(parquet_bytes(column)? as f64),
        ]);
    }
    Ok(RecordedTable::new(
        &[
            ("Column", Unit::Number),
            ("Not zero", Unit::Share),
            ("Dense", Unit::Bytes),
            ("Sparse (CSC)", Unit::Bytes),
            ("Saved", Unit::Share),
            ("In Parquet, zstd", Unit::Bytes),
        ],
        rows,
    ))
}

/// Bytes of a column as a Parquet file: the format packs repeated values, zeros among them, on its own.
fn parquet_bytes(column: &[f64]) -> anyhow::Result<usize> {
    let mut frame = DataFrame::new(column.len(), vec![Column::new("x".into(), column)])?;
    let mut bytes = Vec::new();
    let options = ParquetWriteOptions { compression: ParquetCompression::Zstd(None), ..Default::default() };
    dataset::columnar::write_parquet(&mut frame, &options, &mut bytes)?;
    Ok(bytes.len())
}
