//! One case: the table in a layout, a way to draw from it, what its samples are worth, and the draw itself.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use measure::{Prepared, Refusal, Task, scratch};
use polars::prelude::*;
use polars_core::runtime::RAYON;

use crate::draw::{Known, draw};
use crate::population::{NO_PARTITION, Population};
use crate::repeat::Again;
use crate::scanned::Drawing;
use crate::store::{Layout, Store, group_rows};
use crate::trials::Judge;
use crate::truth::Truth;
use crate::way::{Wanted, Way};
use crate::{child, repeat, rows, scanned, trials};

/// The value of the axis `size` that is a share of the table.
const ONE_PERCENT: &str = "one-percent";
/// The point at which is shown what does not depend on size and layout: what comes again, and how many rows are enough.
const SHOWN_AT: [(&str, &str); 3] = [("layout", "parquet"), ("size", "1000"), ("cache", "warm")];

/// Sets up a case; makes the files that it needs if they are not there yet.
///
/// # Errors
/// A skip where the table cannot serve this way or size; a failure if a file cannot be made, or the draw gives other rows
/// than it should.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let name = task.params.get("way").context("the variant has no parameter `way`")?;
    let way = Way::parse(name).with_context(|| format!("there is no way {name:?}"))?;
    let layout = task.point.get("layout").context("the point has no layout")?;
    let layout = Layout::parse(layout).with_context(|| format!("there is no layout {layout:?}"))?;
    let working = task.table.as_deref().context("this experiment needs a table")?;
    let dataset = task.dataset.as_ref().context("this experiment needs the table's profile")?;
    let table = dataset::format::read_table(working)?;
    let folder = folder(task)?;

    let truth = Truth::open(&folder, &table, &task.columns, dataset)?;
    let wanted = wanted(task, truth.known.rows).map_err(Refusal::Skip)?;
    let partitions = truth.known.partitions.as_ref();
    if layout == Layout::Partitioned && partitions.is_none() {
        return Err(Refusal::Skip(NO_PARTITION.to_owned()));
    }
    let original = if layout == Layout::Partitioned { Some(by_partition(&truth)?) } else { None };
    let mut population = population(&truth, original.as_deref())?;
    // A way that this table cannot serve is found out before files are written for it.
    if !matches!(way, Way::System | Way::SystemSpread) {
        way.select(&population, task.seed, wanted).map_err(Refusal::Skip)?;
    }
    let store = Store::open(&folder, layout, table.clone(), truth.known.rows, partitions)?;
    population = population.with_groups(store.footers()?.groups.into_iter().map(|group| group.places).collect());
    let places = way.select(&population, task.seed, wanted).map_err(Refusal::Skip)?;
    let known = known(&truth, truth.known.rows)?;
    let telling = rows::telling(&store.schema, known.key.as_deref());

    let mut case = {
        let (store, known, telling) = (store.clone(), known.clone(), telling.clone());
        let seed = task.seed;
        Prepared::new(move || Ok(rows::answer(&draw(way, &store, &known, seed, wanted)?, &telling)?))
    };
    case.files = store.files.clone();
    if task.params.contains_key(child::ALONE) {
        return Ok(case);
    }
    if task.launch == 0 {
        check(&mut case, &table, &places, original.as_deref(), &telling)?;
    }

    let original = original.as_deref();
    let drawing = Drawing {
        way,
        store: &store,
        known: &known,
        population: &population,
        seed: task.seed,
        wanted,
        places: &places,
    };
    let scanned = scanned::bytes(drawing)?;
    case = case
        .fact("rows", truth.known.rows as f64)
        .fact("sample_rows", places.len() as f64)
        .fact("disk_bytes", store.bytes()? as f64)
        .fact("bytes_scanned", scanned as f64)
        .setting("threads", RAYON.current_num_threads())
        .setting("polars", polars::VERSION)
        .setting("engine", if way == Way::System || way == Way::SystemSpread { "row groups" } else { "streaming" })
        .setting("seed", task.seed);
    if layout != Layout::Csv {
        case = case.setting("rows of a row group", group_rows(truth.known.rows)).setting("codec", "zstd 3");
    }
    if let Some(partitions) = partitions {
        case = case.setting("partitions", format!("{}, {} in all", partitions.label(), partitions.count()));
    }
    if let Some((_, share)) = &truth.known.fault {
        case = case.fact("fault_share", *share);
    }

    let draws = trials::draws(truth.known.rows, wanted, truth.known.columns.len());
    let seeds: Vec<u64> = (0..draws).map(|trial| task.trial_seed(trial)).collect();
    let judge = Judge::new(&truth)?;
    let found = trials::run(way, &population, &judge, original, &seeds, wanted).map_err(Refusal::Skip)?;
    case = case.setting("draws per launch", draws).table("columns", trials::table(&truth, &found));
    for (name, values) in found.values {
        case = case.trials(name, values);
    }
    if SHOWN_AT.iter().all(|(axis, value)| task.point.get(axis).is_none_or(|at| at == *value)) {
        for (name, values) in trials::enough(way, &population, &judge, original, &seeds).map_err(Refusal::Skip)? {
            case = case.trials(name, values);
        }
        let kept = repeats(task, way, &folder, &table, &truth, &mut case)?;
        for (change, share) in &kept {
            case = case.fact(change.fact(), *share);
        }
        case = case.table("repeat", repeat::table(&kept));
    }
    Ok(case)
}

fn folder(task: &Task) -> anyhow::Result<PathBuf> {
    scratch::folder(&task.scratch, "sampling")
}

/// How many rows are asked for, or why a sample of that size makes no sense here.
fn wanted(task: &Task, rows: usize) -> Result<Wanted, String> {
    let size = match task.numbers.get("size") {
        Some(number) => *number as usize,
        None if task.point.get("size") == Some(ONE_PERCENT) => (rows / 100).max(1),
        None => return Err("The axis size has no number at this point.".to_owned()),
    };
    if size * 2 > rows {
        return Err(format!("The table has {rows} rows: {size} of them would be most of it, and no sample."));
    }
    Ok(Wanted::rows(size, rows))
}

/// The row of the table at each place, if rows lie by partition.
fn by_partition(truth: &Truth) -> anyhow::Result<Vec<u32>> {
    let parts = truth.parts()?.context(NO_PARTITION)?;
    let mut rows: Vec<u32> = (0..u32::try_from(parts.len())?).collect();
    rows.sort_by_key(|&row| parts[row as usize]);
    Ok(rows)
}

fn placed<T: Copy>(of_rows: &[T], original: Option<&[u32]>) -> Vec<T> {
    match original {
        None => of_rows.to_vec(),
        Some(original) => original.iter().map(|&row| of_rows[row as usize]).collect(),
    }
}

fn population(truth: &Truth, original: Option<&[u32]>) -> anyhow::Result<Population> {
    let mut population = Population::new(truth.known.rows);
    if let Some(keys) = truth.keys()? {
        population = population.with_keys(placed(keys, original));
    }
    if let Some(strata) = truth.strata()? {
        population = population.with_strata(placed(strata, original));
    }
    if let Some(parts) = truth.parts()? {
        population = population.with_parts(placed(parts, original));
    }
    Ok(population)
}

/// What is known of the first `rows` rows of the table.
fn known(truth: &Truth, rows: usize) -> anyhow::Result<Known> {
    let mut partitions = None;
    if let (Some(found), Some(parts)) = (&truth.known.partitions, truth.parts()?) {
        let mut counts = vec![0; found.count()];
        parts[..rows.min(parts.len())].iter().for_each(|&part| counts[usize::from(part)] += 1);
        partitions = Some((found.clone(), counts));
    }
    Ok(Known { key: truth.known.key.clone(), strata: truth.known.group.clone(), partitions, rows })
}

/// The draw must give the rows that the way names, or nothing that was found out about its samples is true of it.
fn check(
    case: &mut Prepared,
    table: &LazyFrame,
    places: &[u32],
    original: Option<&[u32]>,
    telling: &[String],
) -> anyhow::Result<()> {
    let rows: Vec<u32> = places.iter().map(|&place| original.map_or(place, |rows| rows[place as usize])).collect();
    let expected = rows::answer(&rows::fetch(table, &rows, telling)?, telling)?;
    let drawn = (case.work)()?;
    ensure!(drawn == expected, "it drew {} rows that are not the {} rows of its rule", drawn.rows, expected.rows);
    Ok(())
}

fn repeats(
    task: &Task,
    way: Way,
    folder: &std::path::Path,
    table: &LazyFrame,
    truth: &Truth,
    case: &mut Prepared,
) -> anyhow::Result<repeat::Kept> {
    let one_thread = || {
        let here = (case.work)().ok()?;
        Some(child::answer(task, 1)? == here)
    };
    let known = |rows: usize| known(truth, rows);
    let again = Again { folder, way, table, rows: truth.known.rows, known: &known, seed: task.seed };
    again.find(&task.variant, one_thread)
}
