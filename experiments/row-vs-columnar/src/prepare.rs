//! One case: files, settings and facts around a workload on a variant's file.

use std::rc::Rc;

use anyhow::Context;
use measure::{Prepared, Refusal, Task};
use polars_core::runtime::RAYON;

use crate::derive::{self, Folder};
use crate::formats::{Format, Source};
use crate::needed;
use crate::queries::Queries;
use crate::workloads::Workload;
use crate::workloads::change::{Append, WriteAll};
use crate::workloads::tpch;

/// Sets up a case; makes the files that it needs if they are not there yet.
///
/// # Errors
/// A skip where the table cannot serve this workload; a failure if a file cannot be made or is not faithful.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let id = task.point.get("workload").context("the point has no workload")?;
    let workload = Workload::parse(id).with_context(|| format!("there is no workload {id:?}"))?;
    let format = Format::from_params(&task.params)?;
    let working = task.table.as_deref().context("this experiment needs a table")?;

    let folder = Folder::new(&task.scratch, task.seed)?;
    let (table, left_out) = folder.table(working)?;
    let queries = Queries::load_or_find(
        &folder.file("queries.json"),
        &derive::read(&table)?,
        &left_out,
        &task.columns,
        task.dataset.as_ref(),
    )?;
    let columns = workload.columns(&queries).map_err(Refusal::Skip)?;
    let source = folder.source(&task.variant, format, workload.order(), &queries)?;

    let mut case = match workload {
        Workload::Append => append(&source, &queries, &table)?,
        Workload::WriteAll => write_all(&source, &table)?,
        _ => question(workload, &source, &queries, &folder)?,
    };
    let disk = std::fs::metadata(&source.path)?.len();
    let rows = if workload == Workload::Append { queries.batch_rows } else { queries.rows };
    let bytes = match workload {
        Workload::Append => queries.bytes(&columns) * rows / queries.rows.max(1),
        Workload::Filter { pushdown: false, .. } => queries.bytes(&queries.names()),
        _ => queries.bytes(&columns),
    };
    case = case.fact("rows", rows as f64).fact("bytes", bytes as f64).fact("disk_bytes", disk as f64);
    case = case
        .setting("threads", RAYON.current_num_threads())
        .setting("polars", polars::VERSION)
        .setting("engine", source.engine());
    for (key, value) in task.params.iter().filter(|(key, _)| key.as_str() != "format") {
        case = case.setting(&key.replace('_', " "), value);
    }
    if matches!(format, Format::Text(_)) {
        case = case.setting("schema", "given");
    }
    if !queries.left_out.is_empty() {
        let counts: Vec<String> = queries.left_out.iter().map(|(why, n)| format!("{n} {why}")).collect();
        case = case.setting("columns left out of every format", counts.join(", "));
    }
    Ok(case)
}

fn question(workload: Workload, source: &Source, queries: &Queries, folder: &Folder) -> anyhow::Result<Prepared> {
    let table = derive::read(&folder.ordered(workload.order(), queries)?)?;
    let needed = needed::bytes(workload, source, queries, &table)?;
    if matches!(workload, Workload::TpchQ1 | Workload::TpchQ6) {
        tpch::check(&workload.ask(source, queries)?, queries.rows)?;
    }
    let files = vec![source.path.clone()];
    let (source, queries) = (source.clone(), queries.clone());
    let mut case = Prepared::new(move || workload.ask(&source, &queries)).fact("bytes_needed", needed as f64);
    case.files = files;
    Ok(case)
}

fn append(source: &Source, queries: &Queries, table: &std::path::Path) -> anyhow::Result<Prepared> {
    let rows = u32::try_from(queries.batch_rows)?;
    let append = Rc::new(Append::prepare(source, derive::read(table)?.limit(rows).collect()?)?);
    let (again, queries) = (Rc::clone(&append), queries.clone());
    let mut case = Prepared::new({
        let append = Rc::clone(&append);
        move || append.run(&queries)
    });
    case.files = vec![append.file().to_path_buf()];
    case.reset = Some(Box::new(move || again.reset()));
    let way = if source.format.appends_in_place() { "at the end of the file" } else { "a new file beside it" };
    Ok(case.setting("written", way).setting("forced to disk", "no"))
}

fn write_all(source: &Source, table: &std::path::Path) -> anyhow::Result<Prepared> {
    let mut frame = derive::read(table)?.collect()?;
    frame.rechunk_mut();
    let write = Rc::new(WriteAll::prepare(source, frame));
    let again = Rc::clone(&write);
    let mut case = Prepared::new(move || write.run());
    case.reset = Some(Box::new(move || again.reset()));
    Ok(case.setting("forced to disk", "no"))
}
