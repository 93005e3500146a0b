//! One case: a query on a layout, with everything about it that needs no clock.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use measure::{Prepared, Refusal, Task, scratch};
use polars::prelude::*;
use polars_core::runtime::RAYON;
use results::{RecordedTable, Sortedness, Unit};

use crate::ask::{self, ask};
use crate::keys;
use crate::layout::{Cut, Layout, Order, Says};
use crate::parquet::LEVEL;
use crate::pruning::{Reading, by_query};
use crate::queries::{Queries, Query};
use crate::table::Table;
use crate::write::{self, Written};

/// Sets up a case; makes the files that it needs if they are not there yet.
///
/// # Errors
/// A skip where the table cannot be asked or laid out so; a failure if a file cannot be made or is not faithful.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    // A point without a query: what is compared says what is asked.
    let id = task.point.get("query").or_else(|| task.point.get("what")).context("the point has no query")?;
    let query = Query::parse(id).with_context(|| format!("there is no query {id:?}"))?;
    // A point of a sweep says how many pieces it wants.
    let pieces = task.numbers.get("pieces").map(|pieces| *pieces as usize);
    let layout = Layout::from_params(&task.params, pieces)?;
    let working = task.table.as_deref().context("this experiment needs a table")?;
    let folder = scratch::folder(&task.scratch, "partitioning")?;

    let rows = task.dataset.as_ref().map_or(0, |dataset| dataset.rows_used);
    let mut table = Table::open(working, &task.columns, task.dataset.as_ref(), rows)?;
    let queries = Queries::load_or_find(&folder.join("queries.json"), &table, &task.columns)?;
    queries.filter(query).map_err(Refusal::Skip)?;
    layout.needs(&queries).map_err(Refusal::Skip)?;
    if let Some(why) = comes_so(task, &layout, &queries) {
        return Err(Refusal::Skip(why));
    }
    let home = home(task, &folder, &layout);
    let written = match Written::load(&home)? {
        Some(written) => written,
        None => {
            let frame = table.load_all()?;
            let plan = layout.plan(&frame, &queries, task.seed)?.map_err(Refusal::Skip)?;
            let written = write::write(&home, &layout, &plan, &frame, &queries)?.map_err(Refusal::Skip)?;
            prove_keys(&written)?;
            written
        }
    };

    let mut tables = BTreeMap::new();
    if query == Query::All && pieces.is_none() {
        tables.insert("reading", reading_table(&written, &queries));
        if task.params.contains_key("keys") {
            let path = folder.join("keys.json");
            let ranked = keys::load_or_rank(&path, &table, &queries, task.dataset.as_ref(), &layout, written.bytes)?;
            tables.insert("keys", ranked.keys);
            tables.insert("questions", ranked.questions);
        }
    }
    let schema = table.rows.collect_schema()?;
    let files = opened(&written, &queries, query);
    let reading = by_query(&written.readings, &queries).get(&query).map(|reading| (*reading).clone());
    let (of, stored) = (table.of, table.columns.len());

    let mut case = Prepared::new({
        let written = written.clone();
        move || ask(&written, query, &queries, &schema)
    });
    case.files = files;
    case = with_facts(case, &written, reading.as_ref());
    for (name, table) in tables {
        case = case.table(name, table);
    }
    Ok(case
        .setting("threads", RAYON.current_num_threads())
        .setting("polars", polars::VERSION)
        .setting("engine", "streaming")
        .setting("codec", format!("zstd {LEVEL}"))
        .setting("row group rows", row_group_rows(&layout, written.rows))
        .setting("page bytes", layout.page_bytes)
        .setting("columns stored", format!("{stored} of {of}")))
}

/// Where the files of a variant lie: variants with the same layout share them.
fn home(task: &Task, folder: &std::path::Path, layout: &Layout) -> PathBuf {
    match layout.cut {
        Cut::Files(n) => folder.join(format!("files-{n}")),
        Cut::Groups(n) => folder.join(format!("groups-{n}")),
        Cut::One | Cut::Days => folder.join(&task.variant),
    }
}

fn row_group_rows(layout: &Layout, rows: u64) -> u64 {
    match layout.cut {
        Cut::Groups(groups) => rows.div_ceil(groups as u64),
        _ => layout.group_rows as u64,
    }
}

/// Why there is no need to write this layout: the rows come in its order.
fn comes_so(task: &Task, layout: &Layout, queries: &Queries) -> Option<String> {
    let Order::By(purpose) = layout.order else { return None };
    let column = queries.column(purpose)?;
    let profile = task.dataset.as_ref()?.columns.iter().find(|profile| profile.name == column)?;
    let comes = layout.grains.is_empty() && profile.sorted == Some(Sortedness::Ascending);
    comes.then(|| "the rows come in this order: it is the same as the one file".to_owned())
}

/// Whether the engine reads the folders' keys as they were written: slashes, missing values, letters of any script.
fn prove_keys(written: &Written) -> anyhow::Result<()> {
    let Some(key) = written.keys.last() else { return Ok(()) };
    let key = dataset::value::column(key);
    let counts = ask::scan(written)?.group_by([key.alias("key")]).agg([len().alias("rows")]).collect()?;
    let rows: IdxSize = counts.column("rows")?.idx()?.iter().flatten().sum();
    ensure!(
        u64::from(rows) == written.rows,
        "{rows} rows were found in the folders, and {} were written",
        written.rows
    );
    let grain = *written.grains.last().context("a key has no grain")?;
    let last = |file: &write::WrittenFile| file.keys.last().and_then(|key| key.name(grain));
    let expected: std::collections::BTreeSet<Option<String>> = written.files.iter().map(last).collect();
    let read: std::collections::BTreeSet<Option<String>> =
        counts.column("key")?.str()?.iter().map(|key| key.map(str::to_owned)).collect();
    ensure!(read == expected, "the keys in the folders' names are read back as others");
    Ok(())
}

/// The files whose folders leave open that a row passes.
fn opened(written: &Written, queries: &Queries, query: Query) -> Vec<PathBuf> {
    let filter = match query {
        Query::List => return Vec::new(),
        _ => queries.filter(query).ok().flatten(),
    };
    let is_open = |file: &&write::WrittenFile| {
        filter.is_none_or(|filter| {
            file.keys.iter().all(|key| key.says(filter, queries, written.per_day) != Says::Nothing)
        })
    };
    written.files.iter().filter(is_open).map(|file| file.path.clone()).collect()
}

fn with_facts(case: Prepared, written: &Written, reading: Option<&Reading>) -> Prepared {
    let files = written.files.len() as f64;
    let case = case
        .fact("rows", written.rows as f64)
        .fact("disk_bytes", written.bytes as f64)
        .fact("files", files)
        .fact("file_bytes", written.bytes as f64 / files)
        .fact("file_rows", written.rows as f64 / files);
    let Some(reading) = reading else { return case.fact("bytes_needed", 0.0) };
    case.fact("bytes_needed", reading.needed as f64)
        .fact("bytes_scanned", reading.bytes as f64)
        .fact("files_opened", reading.files as f64)
        .fact("by_folder", reading.share(reading.by_folder))
        .fact("by_file", reading.share(reading.by_file))
        .fact("by_group", reading.share(reading.by_group))
        .fact("by_page", reading.share(reading.by_page))
        .fact("rows_left", reading.share(reading.by_page + reading.left))
}

/// What each query reads of a layout, level by level.
fn reading_table(written: &Written, queries: &Queries) -> RecordedTable {
    let columns = [
        ("query", Unit::Number),
        ("files opened", Unit::Files),
        ("bytes read", Unit::Bytes),
        ("ruled out by folders", Unit::Share),
        ("by the list of files", Unit::Share),
        ("by row groups", Unit::Share),
        ("by pages", Unit::Share),
        ("rows that pass", Unit::Share),
    ];
    let rows = by_query(&written.readings, queries)
        .into_iter()
        .map(|(query, reading)| {
            let share = |rows: u64| reading.share(rows).into();
            vec![
                query.label().into(),
                (reading.files as f64).into(),
                (reading.bytes as f64).into(),
                share(reading.by_folder),
                share(reading.by_file),
                share(reading.by_group),
                share(reading.by_page),
                share(reading.passing),
            ]
        })
        .collect();
    RecordedTable::new(&columns, rows)
}
