//! One case: which kind it is, and the facts and settings around its work.

use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, anyhow};
use measure::{Prepared, Refusal, Task, scratch};
use polars_core::runtime::RAYON;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::index::sample;
use results::Answer;

use crate::loss::{self, Features, Losses, Precision};
use crate::models::{self, Model};
use crate::plan::Plan;
use crate::queries::{Asked, Question};
use crate::scheme::Scheme;
use crate::table::{self, Stored};
use crate::vectors::search::pool;
use crate::vectors::{self, Index, Space, ndcg, recall};
use crate::{guide, vectors::Kind};

/// Searches in one call.
const BATCH: usize = 64;

/// Neighbours that are searched for.
const NEIGHBOURS: usize = 10;

/// Draws of queries, and the queries of each, that recall is measured on in each launch.
const TRIALS: u32 = 5;
const TRIAL_QUERIES: usize = 32;

/// Splits of the rows that a model is trained on in each launch.
const SPLITS: u32 = 2;

/// Sets up a case.
///
/// # Errors
/// A skip where the table cannot serve this workload; a failure if something cannot be read or made.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let workload = task.point.get("workload").context("the point has no workload")?;
    match workload {
        "load" => load(task),
        "scan" => question(task, Question::Scan),
        "group-by" => question(task, Question::GroupBy),
        "join" => question(task, Question::Join),
        "guide" => Ok(guide::prepare(Precision::from_params(&task.params)?)),
        "features" => features(task),
        "logistic" => model(task, models::Kind::Logistic),
        "trees" => model(task, models::Kind::Trees),
        "search" => search(task, Kind::Own),
        "search-random" => search(task, Kind::Random),
        other => Err(anyhow!("there is no workload {other:?}").into()),
    }
}

fn working(task: &Task) -> anyhow::Result<&std::path::Path> {
    task.table.as_deref().context("this experiment needs a table")
}

/// The folder of this experiment in the scratch folder, which all launches share.
fn folder(task: &Task) -> anyhow::Result<PathBuf> {
    scratch::folder(&task.scratch, "data-types")
}

fn chosen<'a>(task: &'a Task, purpose: &str) -> Option<&'a str> {
    task.columns.get(purpose).map(String::as_str)
}

fn polars(case: Prepared) -> Prepared {
    case.setting("threads", RAYON.current_num_threads()).setting("polars", polars::VERSION)
}

fn load(task: &Task) -> Result<Prepared, Refusal> {
    let folder = folder(task)?;
    let scheme = Scheme::from_params(&task.params)?;
    let plan = Plan::load_or_make(&folder, working(task)?)?;
    if plan.columns.is_empty() {
        return Err(Refusal::Skip("The table has no column of plain values, only nested ones.".to_owned()));
    }
    let stored = Rc::new(Stored::make(&folder, working(task)?, &plan, scheme, &task.variant)?);
    let memory = plan.bytes(scheme) as f64;
    let work = Rc::clone(&stored);
    let mut case = polars(Prepared::new(move || work.load()))
        .fact("rows", stored.rows as f64)
        .fact("disk_bytes", stored.bytes()? as f64)
        .fact("memory", memory)
        .setting("file", "Parquet, zstd 3")
        .setting("memory", "Polars' estimate, all rows");
    if stored.rows < plan.rows {
        case = case.setting("rows in the file", stored.rows);
    }
    case.files = vec![stored.path().to_path_buf()];
    Ok(match scheme {
        Scheme::AsIs => case.table("columns", table::columns(&plan)),
        Scheme::Lossless | Scheme::Single => case.table("advice", table::advice(&plan, scheme)),
        Scheme::Wide | Scheme::Texts => case,
    })
}

fn question(task: &Task, question: Question) -> Result<Prepared, Refusal> {
    let folder = folder(task)?;
    let scheme = Scheme::from_params(&task.params)?;
    let plan = Plan::load_or_make(&folder, working(task)?)?;
    let asked = Asked::prepare(question, scheme, working(task)?, &plan, &|purpose| chosen(task, purpose))?;
    let asked = asked.map_err(Refusal::Skip)?;
    let (rows, bytes, types) = (asked.rows(), asked.bytes(), asked.types());
    Ok(polars(Prepared::new(move || asked.ask()))
        .fact("rows", rows as f64)
        .fact("bytes", bytes as f64)
        .fact("memory", bytes as f64)
        .setting("types", types))
}

fn features(task: &Task) -> Result<Prepared, Refusal> {
    let precision = Precision::from_params(&task.params)?;
    let table = loss::load(working(task)?)?.map_err(Refusal::Skip)?;
    let features = Features::new(&table, precision);
    let level = features.level();
    let mut case = Prepared::new(move || Ok(features.sums()))
        .fact("rows", table.values() as f64)
        .fact("bytes", (table.values() * precision.bytes()) as f64)
        .fact("memory", (table.values() * precision.bytes()) as f64)
        .setting("instructions", level)
        .setting("threads", 1)
        .setting("columns", table.columns.len());
    let losses = Losses::load_or_find(&folder(task)?, &table)?;
    for (name, value) in losses.facts(precision) {
        case = case.fact(name, value);
    }
    if precision == Precision::F64 {
        // What every type loses, side by side; the doubles themselves lose nothing.
        case = case.table("errors", losses.errors()).table("summaries", losses.summaries());
    }
    Ok(case)
}

fn model(task: &Task, kind: models::Kind) -> Result<Prepared, Refusal> {
    let precision = Precision::from_params(&task.params)?;
    let label = chosen(task, "label");
    let label = label.ok_or_else(|| Refusal::Skip("The table has no column that a model could predict.".to_owned()))?;
    let left_out: Vec<&str> = ["key"].iter().filter_map(|purpose| chosen(task, purpose)).collect();
    let rows = models::load(working(task)?, label, &left_out)?.map_err(Refusal::Skip)?;
    let areas = (0..SPLITS)
        .map(|split| Model::new(kind, &rows, precision, task.trial_seed(split))?.run())
        .collect::<anyhow::Result<Vec<f64>>>()?;
    let model = Model::new(kind, &rows, precision, task.seed)?;
    let (trained, features) = (model.rows(), rows.features());
    // What the types lose is measured as `auc`; the answer says what was trained on, and that it was trained alike.
    let expected = model.run()?;
    let work = move || {
        let area = model.run()?;
        anyhow::ensure!((area - expected).abs() < 1e-6, "the same rows gave another model: {area} after {expected}");
        Ok(Answer { rows: trained as u64, values: vec![features as f64], digest: None })
    };
    Ok(Prepared::new(work)
        .fact("rows", trained as f64)
        .fact("memory", (rows.len() * features * precision.bytes()) as f64)
        .trials("auc", areas)
        .setting("features", features)
        .setting("threads", 1)
        .setting("arithmetic", if precision == Precision::F64 { "64 bits" } else { "32 bits" })
        .setting("library", "smartcore"))
}

fn search(task: &Task, kind: Kind) -> Result<Prepared, Refusal> {
    let folder = folder(task)?;
    let scheme = vectors::Scheme::from_params(&task.params)?;
    let rows = task.dataset.as_ref().map_or(0, |dataset| dataset.rows_used);
    let space = vectors::load(kind, &folder, working(task)?, chosen(task, "embedding"), rows, task.seed, task.threads)?;
    let space = space.map_err(Refusal::Skip)?;
    if let vectors::Scheme::First(kept) = scheme
        && kept >= space.dims
    {
        let reason =
            format!("The vectors have {} dimensions, so there is nothing to cut off after {kept}.", space.dims);
        return Err(Refusal::Skip(reason));
    }
    let index = Index::new(scheme, &space.vectors, space.dims, task.seed)?;
    let pool = pool(task.threads)?;

    let (mut recalls, mut gains) = (Vec::new(), Vec::new());
    for trial in 0..TRIALS {
        let (recall, gain) = quality(&index, &space, &pool, task.trial_seed(trial));
        recalls.push(recall);
        gains.push(gain);
    }
    let queries = space.queries[..BATCH * space.dims].to_vec();
    let (memory, level, vectors) = (index.bytes(), index.level(), space.rows());
    let settings = [("vectors", vectors), ("dimensions", space.dims), ("queries in a batch", BATCH)];
    let work = move || Ok(answer(&index.search(&queries, NEIGHBOURS, &pool)));
    let mut case = Prepared::new(work)
        .fact("rows", BATCH as f64)
        .fact("bytes", memory as f64)
        .fact("memory", memory as f64)
        .fact("vector-bytes", memory as f64 / vectors as f64)
        .trials("recall", recalls)
        .trials("ndcg", gains)
        .setting("instructions", level)
        .setting("threads", task.threads)
        .setting("made from", space.origin.name());
    for (name, value) in settings {
        case = case.setting(name, value);
    }
    Ok(case)
}

/// Mean recall and nDCG over queries that are drawn by a seed.
fn quality(index: &Index, space: &Space, pool: &rayon::ThreadPool, seed: u64) -> (f64, f64) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let asked: Vec<usize> = sample(&mut random, space.queries.len() / space.dims, TRIAL_QUERIES).into_vec();
    let queries: Vec<f32> = asked.iter().flat_map(|&query| space.query(query).iter().copied()).collect();
    let found = index.search(&queries, NEIGHBOURS, pool);
    let mean = |of: &dyn Fn(usize) -> f64| (0..asked.len()).map(of).sum::<f64>() / asked.len() as f64;
    (mean(&|i| recall(&found[i], space.truth(asked[i]))), mean(&|i| ndcg(&found[i], space.truth(asked[i]))))
}

/// How many were found, and the mean score of the nearest ones: cosines, unless only bits are compared.
fn answer(found: &[Vec<vectors::Hit>]) -> Answer {
    let hits: usize = found.iter().map(Vec::len).sum();
    let scores: f64 = found.iter().flatten().map(|hit| f64::from(hit.score)).sum();
    Answer { rows: hits as u64, values: vec![scores / hits.max(1) as f64], digest: None }
}
