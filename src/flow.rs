//! One way through, left half: probe → dataset → plan → measure → results file.

mod lanes;
pub(crate) mod progress;
mod scratch;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use catalog::{DataNeed, Definition, Folder};
use measure::launch::{Launcher, Processes};
use measure::plan::Surroundings;
use measure::session::{Mode, Stage, measure_point};
use measure::{Budget, Plan, PointPlan, Protocol};
use results::{
    Case, Ceiling, Choice, Clock, Dataset, Experiment, Machine, Record, Role, Run, RunEnd, RunHeader, Writer,
};

use crate::failure::{Failure, system, usage};
use crate::settings::OwnLane;
use crate::store::Store;
use progress::Progress;
use scratch::Scratch;

/// What to measure.
pub(crate) struct Request {
    /// `--data`.
    pub(crate) data: Vec<String>,
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

static STOPS: AtomicUsize = AtomicUsize::new(0);

/// The first Ctrl-C ends the run after the current sample, the second one at once.
fn listen_for_stop() {
    // A second call in one process fails, and the first handler goes on working.
    let _ = ctrlc::set_handler(|| {
        if STOPS.fetch_add(1, Ordering::SeqCst) > 0 {
            std::process::exit(i32::from(crate::failure::INTERRUPTED));
        }
    });
}

fn stopped() -> bool {
    STOPS.load(Ordering::SeqCst) > 0
}

/// An experiment with everything that planning it takes.
struct Chapter {
    folder: Folder,
    definition: Definition,
    choices: Vec<Choice>,
    skipped: Option<String>,
    plan: Plan,
}

/// Share of the budget for measuring; the rest is for confirming what leads to advice, and for the site.
const MEASURING: f64 = 0.85;

/// Measures what is missing.
pub(crate) fn measure(request: &Request, progress: &mut dyn Progress) -> Result<Measured, Failure> {
    let start = Instant::now();
    listen_for_stop();
    let chapters = chosen(request)?;
    let (mut machine, store) = look_around(request, progress);
    machine.lanes.extend(lanes::own(&request.own));
    for problem in &store.unreadable {
        progress.warn(&format!("left out: {problem}"));
    }

    let scratch = Scratch::new(&request.results)?;
    let mut data = open_data(request, &chapters, &store, &scratch, progress)?;
    let code = registry::all();
    let mut chapters: Vec<Chapter> = chapters
        .into_iter()
        .map(|(folder, definition)| {
            let experiment = code.get(folder.slug).map(AsRef::as_ref);
            plan_chapter(folder, definition, experiment, request, &machine, data.dataset.as_ref())
        })
        .collect();
    narrow(&mut chapters, request.only.as_ref());

    let known = if request.fresh { HashMap::new() } else { store.cases() };
    let retry = request.retry;
    let usable = move |case: &Case| case.outcome.reason().is_none() || !retry;
    let cached = |point: &PointPlan| {
        point.cases.iter().all(|case| known.get(&(case.key.as_str(), Role::Measure)).is_some_and(|c| usable(c)))
    };
    let to_measure: usize = chapters.iter().flat_map(|c| &c.plan.points).filter(|p| !cached(p)).count();

    let header = header(request);
    let mut records = vec![Record::Run(header.clone()), Record::Machine(machine.clone())];
    let ceilings = known_ceilings(&store, &machine, request);
    if to_measure == 0 && ceilings.is_some() {
        // Nothing is written: the run is put together from what earlier runs hold.
        records.extend(ceilings.into_iter().flatten().map(Record::Ceiling));
        records.extend(data.dataset.map(Record::Dataset));
        let reused = add_cached(&chapters, &known, &mut records);
        records.push(end(start, false, reused, 0));
        let mut run = Run::from_records(records, Vec::new()).ok_or_else(|| system("the run has no header"))?;
        if let Some(newest) = store.runs.first() {
            run.header.id.clone_from(&newest.header.id);
            run.header.started.clone_from(&newest.header.started);
        }
        progress.nothing_to_do(reused);
        return Ok(Measured { run, file: None, interrupted: false });
    }

    let mut writer = Writer::create(&request.results.join(machine.id()), &header.id)?;
    for record in &records {
        writer.write(record)?;
    }
    let ceilings = match ceilings {
        Some(ceilings) => ceilings,
        None => measure_ceilings(request, scratch.path(), progress),
    };
    let mut sink = Sink { writer, records };
    for ceiling in ceilings {
        sink.put(Record::Ceiling(ceiling))?;
    }
    if let Some(dataset) = &data.dataset {
        sink.put(Record::Dataset(dataset.clone()))?;
    }
    let mut from_cache = Vec::new();
    let reused = add_cached(&chapters, &known, &mut from_cache);
    for record in from_cache {
        sink.put(record)?;
    }

    data.make_table(request, scratch.path(), progress)?;
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
    let mut measured = tour.measure_all(&cached, &mut sink, progress)?;
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

/// Where records go: to the file at once, and kept for rendering.
struct Sink {
    writer: Writer,
    records: Vec<Record>,
}

impl Sink {
    fn put(&mut self, record: Record) -> Result<(), Failure> {
        self.writer.write(&record).map_err(|e| {
            let finished = self.records.iter().filter(|r| matches!(r, Record::Case(_))).count();
            system(format_args!(
                "{e}\n{finished} finished cases are kept in that file, and the next run resumes from them"
            ))
        })?;
        self.records.push(record);
        Ok(())
    }
}

/// The measuring itself, point by point.
struct Tour<'a> {
    request: &'a Request,
    chapters: &'a [Chapter],
    protocol: Protocol,
    stage: Stage<'a>,
    deadline: Instant,
}

impl Tour<'_> {
    fn measure_all(
        &mut self,
        cached: &dyn Fn(&PointPlan) -> bool,
        sink: &mut Sink,
        progress: &mut dyn Progress,
    ) -> Result<u64, Failure> {
        let mut left: Vec<(&Chapter, &PointPlan)> = self
            .chapters
            .iter()
            .flat_map(|chapter| chapter.plan.points.iter().map(move |point| (chapter, point)))
            .filter(|(_, point)| !cached(point))
            .collect();
        // The chapters take turns, so that a budget that ends early leaves each of them with its first points.
        let share = |chapter: &Chapter, point: &PointPlan| {
            let at = chapter.plan.points.iter().position(|p| p.point == point.point).unwrap_or(0);
            at as f64 / chapter.plan.points.len() as f64
        };
        left.sort_by(|(a, p), (b, q)| share(a, p).total_cmp(&share(b, q)));
        left.reverse();
        let weight = |rest: &[(&Chapter, &PointPlan)]| -> f64 {
            rest.iter().map(|(c, _)| c.definition.weight / c.plan.points.len().max(1) as f64).sum()
        };
        let mut measured = 0;
        while let Some((chapter, point)) = left.last().copied() {
            let remaining = self.deadline.saturating_duration_since(Instant::now());
            // The first point is measured whatever the budget: a report without any number serves nobody.
            let some = measured > 0;
            if some && remaining.is_zero() && self.request.clock == Clock::Real {
                progress.warn(&format!("the budget is spent: {} points were not measured", left.len()));
                break;
            }
            // What an earlier point did not use is shared by those that are left.
            let own = chapter.definition.weight / chapter.plan.points.len().max(1) as f64;
            let limit = remaining.mul_f64((own / weight(&left)).clamp(0.0, 1.0));
            progress.point(&chapter.definition.title, &point.point, remaining);
            let mode = Mode::Measure { control: self.controlled(point) };
            let columns = columns(&chapter.choices);
            let Some(cases) = measure_point(point, &columns, mode, &self.protocol, &self.stage, limit) else { break };
            for case in cases {
                measured += u64::from(case.outcome.is_measured());
                progress.case(&case, progress::news(&chapter.definition, &case).as_deref());
                sink.put(Record::Case(case))?;
            }
            left.pop();
        }
        Ok(measured)
    }

    /// Measures each finding that leads to advice once more, in fresh launches.
    fn confirm(&mut self, sink: &mut Sink, progress: &mut dyn Progress) -> Result<u64, Failure> {
        let Some(run) = Run::from_records(sink.records.clone(), Vec::new()) else { return Ok(0) };
        let analysis = crate::verbs::analyse(&run, &analysis::Assumptions::default())?;
        let mut measured = 0;
        let candidates = analysis::advice_candidates(&analysis);
        let rest = self.request.budget.time.mul_f64(1.0 - MEASURING);
        let limit = rest / u32::try_from(candidates.len().max(1)).unwrap_or(u32::MAX);
        for (slug, point, variant, against) in candidates {
            let done = run.cases(&slug, Role::Confirm).any(|c| c.point == point && c.variant == variant);
            let found = self.chapters.iter().find(|chapter| chapter.plan.experiment == slug);
            let planned =
                found.and_then(|chapter| Some((chapter, chapter.plan.points.iter().find(|p| p.point == point)?)));
            let Some((chapter, planned)) = planned.filter(|_| !done) else { continue };
            let mut pair = planned.clone();
            pair.baseline.clone_from(&against);
            pair.cases.retain(|case| case.variant.id == variant || case.variant.id == against);
            progress.confirming(&chapter.definition.title, &point);
            let columns = columns(&chapter.choices);
            let cases = measure_point(&pair, &columns, Mode::Confirm, &self.protocol, &self.stage, limit);
            let Some(cases) = cases else { break };
            for case in cases {
                measured += u64::from(case.outcome.is_measured());
                sink.put(Record::Case(case))?;
            }
        }
        Ok(measured)
    }

    /// Whether a point gets an A/A control: a seeded share of them, the first of each experiment always.
    fn controlled(&self, point: &PointPlan) -> bool {
        let first = self.chapters.iter().any(|c| {
            c.plan.experiment == point.experiment && c.plan.points.first().is_some_and(|p| p.point == point.point)
        });
        let hash = results::fingerprint(&[
            "control",
            &point.experiment,
            &point.point.to_string(),
            &self.request.seed.to_string(),
        ]);
        let share = u64::from_str_radix(&hash, 16).unwrap_or(0) as f64 / u64::MAX as f64;
        first || share < self.protocol.control_share
    }
}

fn columns(choices: &[Choice]) -> BTreeMap<String, String> {
    choices.iter().map(|choice| (choice.purpose.clone(), choice.column.clone())).collect()
}

fn chosen(request: &Request) -> Result<Vec<(Folder, Definition)>, Failure> {
    for slug in request.experiments.iter().chain(request.own.iter().map(|lane| &lane.experiment)) {
        catalog::folder(slug)?;
    }
    let mut all = catalog::all()?;
    all.retain(|(folder, _)| request.experiments.is_empty() || request.experiments.iter().any(|s| s == folder.slug));
    for (folder, definition) in &mut all {
        for lane in request.own.iter().filter(|lane| lane.experiment == folder.slug) {
            if definition.variant(&lane.id).is_some() {
                return Err(usage(format_args!(
                    "[[lane]] {:?}: {} has a variant of that name already",
                    lane.id, folder.slug
                )));
            }
            definition.variant.push(lanes::variant(lane));
            for preset in definition.preset.values_mut().filter(|preset| !preset.variants.is_empty()) {
                preset.variants.push(lane.id.clone());
            }
        }
    }
    Ok(all)
}

fn look_around(request: &Request, progress: &mut dyn Progress) -> (Machine, Store) {
    progress.phase("looking at the machine");
    let folder = request.results.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut machine = machine::probe(&[("results and scratch", folder)]);
    machine.lanes = machine::lanes(None);
    let store = Store::read(&request.results.join(machine.id()));
    (machine, store)
}

/// Rows of the default table, and the most of a user's, where no experiment's preset says otherwise.
const DEFAULT_ROWS: u64 = 1_000_000;
/// Rows where nothing is measured.
const FAKE_ROWS: u64 = 2_000;

/// The data of a run. A profile that an earlier run recorded saves opening the data, until something must be measured.
#[derive(Default)]
struct Data {
    dataset: Option<Dataset>,
    table: Option<PathBuf>,
    spec: Option<dataset::Spec>,
    rows: u64,
}

impl Data {
    /// Makes the working table if it is not there yet.
    fn make_table(&mut self, request: &Request, scratch: &Path, progress: &mut dyn Progress) -> Result<(), Failure> {
        if let (None, Some(spec)) = (&self.table, &self.spec) {
            progress.phase("opening the data");
            let options = dataset::OpenOptions { seed: request.seed, rows: self.rows, scratch: scratch.to_owned() };
            self.table = Some(dataset::open(spec, &options).map_err(usage)?.table);
        }
        Ok(())
    }
}

fn open_data(
    request: &Request,
    chapters: &[(Folder, Definition)],
    store: &Store,
    scratch: &Scratch,
    progress: &mut dyn Progress,
) -> Result<Data, Failure> {
    let needing: Vec<&Definition> =
        chapters.iter().map(|(_, d)| d).filter(|definition| definition.data == DataNeed::Table).collect();
    if needing.is_empty() && request.data.is_empty() {
        return Ok(Data::default());
    }
    let preset = |d: &&Definition| d.preset.get(&request.budget.name).and_then(|p| p.rows);
    let rows = match request.clock {
        Clock::Real => needing.iter().filter_map(preset).max().unwrap_or(DEFAULT_ROWS),
        Clock::Fake => FAKE_ROWS,
    };
    let spec = dataset::Spec::parse(&request.data).map_err(usage)?;
    let options = dataset::OpenOptions { seed: request.seed, rows, scratch: scratch.path().to_owned() };
    let id = dataset::identify(&spec, &options).map_err(usage)?;
    let same = |d: &&Dataset| d.id == id && (d.rows_used == rows || d.rows_used == d.rows);
    let known = store.runs.iter().filter_map(|run| run.dataset.as_ref()).find(same).filter(|_| !request.fresh);
    if let Some(known) = known {
        return Ok(Data { dataset: Some(known.clone()), table: None, spec: Some(spec), rows });
    }
    progress.phase("opening the data");
    let opened = dataset::open(&spec, &options).map_err(usage)?;
    Ok(Data { dataset: Some(opened.dataset), table: Some(opened.table), spec: Some(spec), rows })
}

fn plan_chapter(
    folder: Folder,
    definition: Definition,
    experiment: Option<&dyn measure::Experiment>,
    request: &Request,
    machine: &Machine,
    dataset: Option<&Dataset>,
) -> Chapter {
    let empty = || Plan { experiment: folder.slug.to_owned(), points: Vec::new() };
    let skip = |definition, reason: &str| Chapter {
        folder,
        definition,
        choices: Vec::new(),
        skipped: Some(reason.to_owned()),
        plan: empty(),
    };
    let Some(experiment) = experiment else {
        return skip(definition, "its folder is not in the registry of this build (crates/registry/Cargo.toml)");
    };
    let choices = match (definition.data, dataset) {
        (DataNeed::Table, None) => return skip(definition, "there is no table"),
        (DataNeed::Table, Some(dataset)) => match experiment.choose(dataset) {
            Ok(choices) => choices,
            Err(reason) => return skip(definition, &reason),
        },
        (DataNeed::None, _) => Vec::new(),
    };
    let around =
        Surroundings { machine, dataset, budget: request.budget.name, seed: request.seed, clock: request.clock };
    let plan = measure::plan::plan(folder, &definition, &choices, around);
    Chapter { folder, definition, choices, skipped: None, plan }
}

fn narrow(chapters: &mut [Chapter], only: Option<&Only>) {
    let Some(only) = only else { return };
    for chapter in chapters {
        chapter.plan.points.retain(|point| point.point.matches(&only.point));
        for point in &mut chapter.plan.points {
            let wanted =
                |id: &str| only.variants.is_empty() || id == point.baseline || only.variants.iter().any(|v| v == id);
            point.cases.retain(|case| wanted(&case.variant.id));
        }
    }
}

/// Adds the experiments and their cached cases, and counts the latter.
fn add_cached(chapters: &[Chapter], known: &HashMap<(&str, Role), &Case>, records: &mut Vec<Record>) -> u64 {
    let mut reused = 0;
    for chapter in chapters {
        let planned = || chapter.plan.points.iter().flat_map(|point| &point.cases);
        records.push(Record::Experiment(Experiment {
            slug: chapter.folder.slug.to_owned(),
            definition: serde_json::to_value(&chapter.definition).unwrap_or_default(),
            code: chapter.folder.code.to_owned(),
            choices: chapter.choices.clone(),
            skipped: chapter.skipped.clone(),
            planned: planned().map(|case| case.key.clone()).collect(),
        }));
        for case in planned() {
            for role in [Role::Measure, Role::Control, Role::Confirm] {
                if let Some(case) = known.get(&(case.key.as_str(), role)) {
                    reused += u64::from(role == Role::Measure);
                    records.push(Record::Case((*case).clone()));
                }
            }
        }
    }
    reused
}

/// Ceilings of this machine that a run with this budget or a longer one measured.
fn known_ceilings(store: &Store, machine: &Machine, request: &Request) -> Option<Vec<Ceiling>> {
    if request.clock == Clock::Fake || request.only.is_some() {
        return Some(Vec::new());
    }
    let fits = |run: &&Run| {
        run.machine.id() == machine.id()
            && run.header.clock == Clock::Real
            && run.header.budget >= request.budget.name
            && !run.ceilings.is_empty()
    };
    store.runs.iter().find(fits).filter(|_| !request.fresh).map(|run| run.ceilings.clone())
}

fn measure_ceilings(request: &Request, scratch: &Path, progress: &mut dyn Progress) -> Vec<Ceiling> {
    progress.phase("measuring the machine's ceilings");
    let share = request.budget.time / 15;
    let budget = share.clamp(Duration::from_secs(1), Duration::from_secs(15));
    let options = machine::CeilingOptions { budget, scratch: scratch.to_owned(), max_memory_bytes: None };
    machine::ceilings(&options, &mut |label| progress.detail(label))
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
