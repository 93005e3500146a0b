//! One case: a query on a table, with everything about it that needs no clock.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use measure::{Experiment, Prepared, Refusal, Task};
use results::{Answer, Choice, Dataset, RecordedTable, Unit};
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::asked::{self, Queries, READING};
use crate::bounds::Bounds;
use crate::parquet::{self, LEVEL, Survey};
use crate::source;
use crate::table::{self, Described, Format, Layout};

/// The part of the experiment *partitioning* that this program runs.
pub(crate) struct TableFormats;

impl Experiment for TableFormats {
    fn choose(&self, _: &Dataset) -> Result<Vec<Choice>, String> {
        Err("columns are chosen by Benchbook itself".to_owned())
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        prepare(task)
    }
}

/// What the layout of one file says about itself.
#[derive(Deserialize)]
struct OneFile {
    root: PathBuf,
}

fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    // A point without a query: what is compared says what is asked.
    let query =
        task.point.get("query").or_else(|| task.point.get("what")).context("the point has no query")?.to_owned();
    let layout = Layout::from_params(&task.params)?;
    let folder = task.scratch.join("partitioning");
    let queries = Queries::load(&folder)?;
    let filter = queries.filter(&query).map(|_| ());
    filter.map_err(Refusal::Skip)?;

    let threads = usize::try_from(task.threads)?.max(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let table = load_or_write(&runtime, &folder, &task.variant, layout, &queries)?;
    let bounds = table.bounds(&queries, &query)?.map_err(Refusal::Skip)?;

    let mut case = match query.as_str() {
        "list" => listing(runtime, layout.format, &table, queries)?,
        _ => {
            let reading = runtime.block_on(reading(layout.format, &table, bounds.as_ref(), &queries))?;
            let tables = if query == "all" {
                Some(runtime.block_on(reading_table(layout.format, &table, &queries))?)
            } else {
                None
            };
            let mut case = asking(runtime, layout.format, &table, bounds, queries, threads);
            case = with_reading(case, &reading, &table);
            if let Some(reading) = tables {
                case = case.table("reading", reading);
            }
            case.files = [reading.files, table.list.clone()].concat();
            case
        }
    };
    let files = table.files.len() as f64;
    case = case
        .fact("rows", table.rows as f64)
        .fact("disk_bytes", (table.bytes + table.list_bytes) as f64)
        .fact("files", files)
        .fact("file_bytes", table.bytes as f64 / files)
        .fact("file_rows", table.rows as f64 / files);
    let case = match layout.format {
        Format::Delta => case.setting("deltalake", crate::version("deltalake")),
        Format::Iceberg => case.setting("iceberg", crate::version("iceberg")),
        Format::Plain => case,
    };
    Ok(case
        .setting("threads", threads)
        .setting("parquet", if layout.format == Format::Iceberg { "its own reader" } else { "arrow-rs" })
        .setting("codec", format!("zstd {LEVEL}"))
        .setting("row group rows", layout.shape.group_rows)
        .setting("page bytes", layout.shape.page_bytes)
        .setting("columns stored", format!("{} of {}", table.columns, table.of)))
}

/// The table of a variant: described in the run's scratch folder, or made now. Its metadata may hold absolute paths, so the
/// table is written where it stays, and its description appears when it is whole.
fn load_or_write(
    runtime: &Runtime,
    folder: &Path,
    variant: &str,
    layout: Layout,
    queries: &Queries,
) -> Result<Described, Refusal> {
    let description = folder.join(format!("{variant}.json"));
    if let Some(table) = Described::load(&description)? {
        return Ok(table);
    }
    let one: OneFile = asked::read(&folder.join("single").join("layout.json"))?;
    let source = source::read(&one.root, &queries.named())?;
    let root = folder.join(format!("{variant}.{}", std::process::id()));
    let written = runtime.block_on(table::write(&root, layout, &source, queries));
    let table = match written {
        Ok(table) => table,
        Err(refusal) => {
            // Nothing refers to what is left of it, and the scratch folder goes at the end of the run.
            let _ = std::fs::remove_dir_all(&root);
            return Err(refusal);
        }
    };
    let beside = description.with_extension(format!("{}.part", std::process::id()));
    std::fs::write(&beside, serde_json::to_vec(&table)?)?;
    std::fs::rename(&beside, &description)?;
    Ok(table)
}

fn asking(
    runtime: Runtime,
    format: Format,
    table: &Described,
    bounds: Option<Bounds>,
    queries: Queries,
    threads: usize,
) -> Prepared {
    let table = table.clone();
    Prepared::new(move || {
        let tally = runtime.block_on(table.read(format, bounds.as_ref(), &queries.measure, threads))?;
        // Near 1, so that a relative tolerance is one of the column's whole weight; and no sum of the reader's shows.
        let value = 1.0 + tally.sum / queries.measure.total;
        Ok(Answer { rows: tally.rows, values: vec![value], digest: None })
    })
}

/// Finding out which files there are.
fn listing(runtime: Runtime, format: Format, table: &Described, queries: Queries) -> anyhow::Result<Prepared> {
    let table = table.clone();
    Ok(Prepared::new(move || {
        let files = runtime.block_on(table.plan(format, None, &queries.measure.column))?.len();
        ensure!(files == table.files.len(), "{files} files were found, and {} were written", table.files.len());
        Ok(Answer { rows: table.rows, ..Answer::default() })
    })
    .fact("bytes_needed", 0.0))
}

/// What a query must read of a table.
struct Reading {
    files: Vec<PathBuf>,
    opened: Survey,
}

async fn reading(
    format: Format,
    table: &Described,
    bounds: Option<&Bounds>,
    queries: &Queries,
) -> anyhow::Result<Reading> {
    let measure = &queries.measure.column;
    let files = table.plan(format, bounds, measure).await?;
    let mut opened = Survey::default();
    for file in &files {
        opened.add(parquet::survey(file, bounds, measure)?);
    }
    Ok(Reading { files, opened })
}

impl Reading {
    /// Rows in files that the list rules out.
    fn by_file(&self, table: &Described) -> u64 {
        table.rows.saturating_sub(self.opened.rows)
    }
}

fn share(rows: u64, table: &Described) -> f64 {
    if table.rows == 0 { 0.0 } else { rows as f64 / table.rows as f64 }
}

fn with_reading(case: Prepared, reading: &Reading, table: &Described) -> Prepared {
    let opened = &reading.opened;
    case.fact("bytes_needed", opened.needed as f64)
        .fact("bytes_scanned", (opened.bytes + table.list_bytes) as f64)
        .fact("files_opened", reading.files.len() as f64)
        .fact("by_folder", 0.0)
        .fact("by_file", share(reading.by_file(table), table))
        .fact("by_group", share(opened.by_group, table))
        .fact("rows_left", share(opened.rows - opened.by_group, table))
}

/// What each query reads of the table, level by level.
async fn reading_table(format: Format, table: &Described, queries: &Queries) -> anyhow::Result<RecordedTable> {
    let columns = [
        ("query", Unit::Number),
        ("files opened", Unit::Files),
        ("bytes read", Unit::Bytes),
        ("ruled out by the list of files", Unit::Share),
        ("by row groups", Unit::Share),
    ];
    let mut rows = Vec::new();
    for (query, label) in READING {
        let Ok(bounds) = table.bounds(queries, query)? else { continue };
        let reading = reading(format, table, bounds.as_ref(), queries).await?;
        rows.push(vec![
            label.into(),
            (reading.files.len() as f64).into(),
            ((reading.opened.bytes + table.list_bytes) as f64).into(),
            share(reading.by_file(table), table).into(),
            share(reading.opened.by_group, table).into(),
        ]);
    }
    Ok(RecordedTable::new(&columns, rows))
}
