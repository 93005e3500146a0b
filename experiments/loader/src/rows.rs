//! Feeding a consumer with batches of rows: every column of numbers of the table, as one matrix, row after row.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use loading::{Accelerator, Batch, Shuffle, Trouble, Work, order, threads};
use measure::{Prepared, Refusal, Task, scratch};
use polars::prelude::{Schema, SchemaRef};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::case::{Layout, Setting};
use crate::columns::{self, Chunks, Table};
use crate::images::answer;
use crate::pictures::folder;

/// Rows of a batch, and of a chunk of each file.
const BATCH: usize = 16_384;
/// Most columns.
const COLUMNS: usize = 32;
/// What is kept beside a CSV file.
#[derive(Serialize, Deserialize)]
struct Written {
    starts: Vec<u64>,
    rows: usize,
}

/// Sets up a case.
///
/// # Errors
/// A skip if the table has no column of numbers; a failure of reading or writing.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let columns: Vec<String> = task
        .dataset
        .iter()
        .flat_map(|dataset| &dataset.columns)
        .filter(|column| column.is_number())
        .take(COLUMNS)
        .map(|column| column.name.clone())
        .collect();
    if columns.is_empty() {
        return Err(Refusal::Skip(
            "the table has no column of numbers, and batches of rows are made of those".to_owned(),
        ));
    }
    let layout = match Layout::of(task)? {
        Layout::Files => Layout::Parquet,
        Layout::Tar => return Err(Refusal::Skip("rows are not stored in archives".to_owned())),
        other => other,
    };
    let Setting::Knobs(knobs) = Setting::of(task)? else {
        return Err(Refusal::Fail(anyhow::anyhow!("the tuner is for images")));
    };
    let (path, table) = open(task, layout, &columns)?;
    let order = order(table.rows.div_ceil(BATCH), 1, Shuffle::Full, task.seed);
    let bytes = path.metadata()?.len();
    let rows = Arc::new(Rows { table, columns, order });
    let mut nobody = Accelerator { per_batch: Duration::ZERO };
    let (count, width) = (rows.table.rows, rows.columns.len());
    let batch_bytes = BATCH * width * size_of::<f32>();
    Ok(Prepared::new(move || {
        let pass = threads::pass(rows.as_ref(), knobs, &mut nobody)?;
        anyhow::ensure!(pass.troubles.is_empty(), "a batch of rows cannot be read: {:?}", pass.troubles);
        Ok(answer(pass.check))
    })
    .setting("workers", knobs.workers)
    .setting("prefetch", knobs.prefetch)
    .setting("batch", BATCH)
    .setting("columns", width)
    .fact("rows", count as f64)
    .fact("bytes", (count * width * size_of::<f32>()) as f64)
    .fact("disk_bytes", bytes as f64)
    .fact("workers", knobs.workers as f64)
    .fact("queue_bytes", knobs.memory(batch_bytes) as f64))
}

fn open(task: &Task, layout: Layout, columns: &[String]) -> anyhow::Result<(PathBuf, Table)> {
    let working = task.table.as_ref().ok_or_else(|| anyhow::anyhow!("the task has no table"))?;
    let folder = folder(task)?;
    let path = folder.join(format!("table.{}", layout.ending()));
    // The working table is mapped, not read: writing it goes through it once.
    let whole = Table::open(Layout::Arrow, working, None)?;
    let rows = whole.rows;
    let mut frame = whole.read(0, rows)?;
    let schema: SchemaRef = Arc::new(Schema::clone(frame.schema()));
    if layout != Layout::Csv {
        scratch::once(&path, |beside| columns::write_table(&mut frame, layout, BATCH, beside).map(drop))?;
        return Ok((path.clone(), Table::open(layout, &path, Some(columns.to_vec()))?));
    }
    let Written { starts, rows } = scratch::remembered(&folder.join("table-csv.json"), || {
        let mut starts = Vec::new();
        scratch::in_place(&path, |beside| {
            starts = columns::write_table(&mut frame, layout, BATCH, beside)?;
            Ok(())
        })?;
        Ok(Written { starts, rows })
    })?;
    let chunks = Chunks { starts, rows, together: BATCH };
    Ok((path.clone(), Table::open_csv(&path, columns.to_vec(), chunks, schema)?))
}

/// Batches of rows.
struct Rows {
    table: Table,
    columns: Vec<String>,
    order: Vec<u32>,
}

impl Work for Rows {
    type Tools = ();

    fn tools(&self) {}

    fn batches(&self) -> usize {
        self.order.len()
    }

    fn make(&self, number: usize, _tools: &mut (), batch: &mut Batch) {
        let chunk = self.order[number] as usize;
        match self.read(chunk, batch) {
            Ok(rows) => batch.samples = rows,
            Err(error) => batch.troubles.add(Trouble::Unreadable, format!("{error:#}")),
        }
    }
}

impl Rows {
    fn read(&self, chunk: usize, batch: &mut Batch) -> anyhow::Result<usize> {
        let first = chunk * BATCH;
        let rows = BATCH.min(self.table.rows - first);
        let frame = self.table.read(first, rows)?;
        let width = self.columns.len();
        let matrix = &mut batch.data.room(BATCH * width)[..rows * width];
        let (mut sum, mut hash) = (0.0, 0);
        for (place, name) in self.columns.iter().enumerate() {
            let numbers = columns::numbers(frame.column(name)?)?;
            anyhow::ensure!(numbers.len() == rows, "{rows} rows were asked for, and {} came", numbers.len());
            sum += numbers.iter().map(|number| f64::from(*number)).sum::<f64>();
            for (row, number) in matrix.chunks_exact_mut(width).zip(&numbers) {
                row[place] = *number;
            }
            let bits: u32 = numbers.iter().fold(0, |bits, number| bits.rotate_left(5) ^ number.to_bits());
            hash ^= xxh3_64_with_seed(&bits.to_le_bytes(), place as u64);
        }
        batch.check.add(chunk as u64, sum / (rows * width).max(1) as f64, hash);
        // A batch counts for its rows.
        batch.check.samples += rows as u64 - 1;
        Ok(rows)
    }
}
