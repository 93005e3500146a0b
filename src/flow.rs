//! One way through, left half: probe → dataset → plan → measure → results file.

mod ceilings;
mod chapter;
mod data;
mod earlier;
mod lanes;
mod preview;
pub(crate) mod progress;
mod scratch;
mod sink;
mod stop;
mod storage;
mod tour;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use measure::launch::{Launcher, Processes};
use measure::session::Stage;
use measure::{Budget, PointPlan, Protocol};
use results::{Case, Clock, Machine, Record, Role, Run, RunEnd, RunHeader, Writer};

use crate::failure::{Failure, system};
use crate::settings::OwnLane;
use chapter::Chapter;
use earlier::Earlier;
pub(crate) use preview::Preview;
use progress::Progress;
use scratch::Scratch;
use sink::Sink;
use stop::stopped;
use tour::{MEASURING, Tour};

/// What to measure.
pub(crate) struct Request {
    /// `--data`.
    pub(crate) data: Vec<String>,
    /// `--storage`.
    pub(crate) storage: Vec<PathBuf>,
    /// The budget.
    pub(crate) budget: Budget,
    /// Seed of everything.
    pub(crate) seed: u64,
    /// Margin as a fraction.
    pub(crate) margin: f64,
    /// Only these experiments; all if empty.
    pub(crate) experiments: Vec<String>,
    /// Only these points and variants: for `reproduce`.
    pub(crate) only: Option<Only>,
    /// Folder of the results files.
    pub(crate) results: PathBuf,
    /// Whether seconds are real.
    pub(crate) clock: Clock,
    /// Ignore what earlier runs hold.
    pub(crate) fresh: bool,
    /// Measure failed cases again.
    pub(crate) retry: bool,
    /// The reader's own programs.
    pub(crate) own: Vec<OwnLane>,
}

/// A figure: the points and variants that it shows.
pub(crate) struct Only {
    /// Every axis named must match.
    pub(crate) point: results::Point,
    /// Variants; all if empty. The baseline always runs.
    pub(crate) variants: Vec<String>,
}

/// What came of it.
pub(crate) struct Measured {
    /// The run, with what earlier runs contributed.
    pub(crate) run: Run,
    /// The results file; `None` if nothing had to be measured.
    pub(crate) file: Option<PathBuf>,
    /// Whether the reader stopped it.
    pub(crate) interrupted: bool,
}

/// Measures what is missing; meanwhile `preview` shows what there is so far.
pub(crate) fn measure(
    request: &Request,
    progress: &mut dyn Progress,
    mut preview: Preview<'_>,
) -> Result<Measured, Failure> {
    let start = Instant::now();
    stop::listen();
    let chapters = chapter::chosen(request)?;
    let (mut machine, earlier) = look_around(request, progress);
    machine.lanes.extend(lanes::own(&request.own));
    for problem in &earlier.unreadable {
        progress.warn(&format!("left out: {problem}"));
    }

    let scratch = Scratch::new(&request.results, ".scratch-")?;
    let mut data = data::open(request, &chapters, &earlier, &scratch, progress)?;
    let code = registry::all();
    let mut chapters: Vec<Chapter> = chapters
        .into_iter()
        .map(|(folder, definition)| {
            let experiment = code.get(folder.slug).map(AsRef::as_ref);
            chapter::plan(folder, definition, experiment, request, &machine, &data)
        })
        .collect();
    chapter::narrow(&mut chapters, request.only.as_ref());

    let known = if request.fresh { HashMap::new() } else { earlier.cases() };
    let retry = request.retry;
    let usable = move |case: &Case| case.outcome.reason().is_none() || !retry;
    let cached = |point: &PointPlan| {
        point.cases.iter().all(|case| known.get(&(case.key.as_str(), Role::Measure)).is_some_and(|c| usable(c)))
    };
    let to_measure: usize = chapters.iter().flat_map(|c| &c.plan.points).filter(|p| !cached(p)).count();

    let header = header(request);
    let mut records = vec![Record::Run(header.clone()), Record::Machine(machine.clone())];
    let ceilings = ceilings::known(&earlier, &machine, request);
    if to_measure == 0 && ceilings.is_some() {
        // Nothing is written: the run is put together from what earlier runs hold.
        records.extend(ceilings.into_iter().flatten().map(Record::Ceiling));
        records.extend(data.dataset.map(Record::Dataset));
        let reused = chapter::add_cached(&chapters, &known, &mut records);
        records.push(end(start, false, reused, 0));
        let mut run = Run::from_records(records, Vec::new()).ok_or_else(|| system("the run has no header"))?;
        if let Some(newest) = earlier.runs.first() {
            run.header.id.clone_from(&newest.header.id);
            run.header.started.clone_from(&newest.header.started);
        }
        progress.nothing_to_do(reused);
        return Ok(Measured { run, file: None, interrupted: false });
    }

    let writer = Writer::create(&request.results.join(machine.id()), &header.id)?;
    let mut sink = Sink { writer, records: Vec::new() };
    for record in records {
        sink.put(record)?;
    }
    if let Some(dataset) = &data.dataset {
        sink.put(Record::Dataset(dataset.clone()))?;
    }
    let mut from_cache = Vec::new();
    let reused = chapter::add_cached(&chapters, &known, &mut from_cache);
    for record in from_cache {
        sink.put(record)?;
    }
    // The machine, the data and the chapters to come: who waits has something to read at once.
    preview.show(&sink.records, progress);
    for ceiling in ceilings.unwrap_or_else(|| ceilings::measure(request, scratch.path(), progress)) {
        sink.put(Record::Ceiling(ceiling))?;
    }

    data.make_table(request, scratch.path(), progress)?;
    let images = data.list_images(scratch.path())?;
    let storage = storage::folders(&request.storage)?;
    let storage_paths: Vec<PathBuf> = storage.iter().map(|folder| folder.path().to_owned()).collect();
    let launcher: Box<dyn Launcher> = match request.clock {
        Clock::Real => Box::new(Processes),
        Clock::Fake => Box::new(measure::fake::Fake { seed: request.seed }),
    };
    let programs = lanes::Programs::new(scratch.path(), &machine, &request.own)?;
    let protocol = Protocol::new(request.budget.name, request.margin, request.seed);
    let stage = Stage {
        launcher: launcher.as_ref(),
        program: &|slug, variant, threads| programs.of(slug, variant, threads),
        scratch: scratch.path(),
        table: data.table.as_deref(),
        dataset: data.dataset.as_ref(),
        images: images.as_deref(),
        storage: &storage_paths,
        threads: machine.cpu.logical_cores.max(1),
        stopped: &stopped,
    };
    let mut tour = Tour {
        request,
        chapters: &chapters,
        protocol,
        stage,
        deadline: start + request.budget.time.mul_f64(MEASURING),
    };
    progress.begin(to_measure, request.budget.time.saturating_sub(start.elapsed()));
    let mut measured = tour.measure_all(&cached, &mut sink, progress, &mut preview)?;
    if !stopped() && request.only.is_none() {
        measured += tour.confirm(&mut sink, progress)?;
    }
    let interrupted = stopped();
    sink.put(end(start, interrupted, reused, measured))?;
    progress.done();
    let file = sink.writer.path().to_owned();
    let run = Run::from_records(sink.records, Vec::new()).ok_or_else(|| system("the run has no header"))?;
    Ok(Measured { run, file: Some(file), interrupted })
}

fn look_around(request: &Request, progress: &mut dyn Progress) -> (Machine, Earlier) {
    progress.phase("looking at the machine");
    let folder = request.results.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut folders = vec![("results and scratch", folder)];
    folders.extend(request.storage.iter().map(|folder| ("storage", folder.as_path())));
    let mut machine = machine::probe(&folders);
    machine.lanes = machine::lanes(None);
    let earlier = Earlier::read(&request.results.join(machine.id()));
    (machine, earlier)
}

fn header(request: &Request) -> RunHeader {
    let started = std::time::SystemTime::now();
    let (started, stamp) = scratch::utc(started);
    RunHeader {
        schema: results::SCHEMA,
        id: format!("{stamp}-{:05}", std::process::id() % 100_000),
        started,
        benchbook: env!("CARGO_PKG_VERSION").to_owned(),
        command: std::env::args().collect(),
        seed: request.seed,
        budget: request.budget.name,
        budget_seconds: request.budget.time.as_secs(),
        margin: request.margin,
        clock: request.clock,
        looks: Protocol::new(request.budget.name, request.margin, request.seed).looks.numbers(),
    }
}

fn end(start: Instant, interrupted: bool, reused: u64, measured: u64) -> Record {
    Record::End(RunEnd { elapsed_seconds: start.elapsed().as_secs_f64(), interrupted, reused, measured })
}
