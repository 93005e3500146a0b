//! Measuring one point: launches, answers, warm-up, randomised rounds, looks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use results::{Case, Dataset, Launch, Outcome, Role, Sample, fingerprint};
use stats::Decision;

use crate::Task;
use crate::contender::{Contender, compare_answers};
use crate::launch::{Launcher, Program, Trouble, Worker};
use crate::plan::PointPlan;
use crate::protocol::Protocol;

/// What the workers of a run have in common.
pub struct Stage<'a> {
    /// Starts workers.
    pub launcher: &'a dyn Launcher,
    /// The program that runs a variant.
    pub program: &'a dyn Fn(&str, &catalog::Variant, u32) -> Program,
    /// Folder for derived files.
    pub scratch: &'a Path,
    /// The working table.
    pub table: Option<&'a Path>,
    /// Its profile.
    pub dataset: Option<&'a Dataset>,
    /// The list of the reader's images, see [`Task::images`].
    pub images: Option<&'a Path>,
    /// See [`Task::storage`].
    pub storage: &'a [PathBuf],
    /// Threads of a variant that states none.
    pub threads: u32,
    /// Whether the reader asked to stop; looked at between samples.
    pub stopped: &'a dyn Fn() -> bool,
}

/// Warm-up ends when a sample differs from the one before by no more than this part of it (a tenth).
const STEADY: u64 = 10;
/// Warm-up also ends after this many nanoseconds of work: a call that takes longer has warmed its caches and threads itself.
const WARM_ENOUGH: u64 = 50_000_000;

/// How far the launches up to the first look may overrun the limit of a point, beside a grace for small limits.
const OVERRUN: u32 = 3;
const GRACE: Duration = Duration::from_secs(5);

/// Launches without which nothing can be said of a comparison. A point that cannot have them ends after its first, and its verdict is
/// *cannot tell*: a second one would be spent for nothing.
const LEAST: usize = 3;

/// Which launches a point gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The chapter's measurement, with or without an A/A control.
    Measure {
        /// Measure the baseline a second time, under its own name.
        control: bool,
    },
    /// A fresh repetition of a finding.
    Confirm,
}

/// Measures every case of a point until each is settled or `limit` is spent. `None` if the reader stopped it.
///
/// The first look happens unless it would take several times the limit, and then as many launches as do not; a spent limit keeps
/// later looks from being taken. What the first launch takes to derive files counts for neither: it is spent whatever follows.
pub fn measure_point(
    plan: &PointPlan,
    columns: &std::collections::BTreeMap<String, String>,
    mode: Mode,
    protocol: &Protocol,
    stage: &Stage<'_>,
    limit: Duration,
) -> Option<Vec<Case>> {
    let mut start = Instant::now();
    let seed = protocol.seed ^ number(&[&plan.experiment, &plan.point.to_string(), &format!("{mode:?}")]);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let cold = plan.point.get("cache") == Some("cold");
    let mut field = contenders(plan, mode);
    let last = protocol.looks.last();
    let first = protocol.looks.next(0).unwrap_or(last);
    let mut rounds = protocol.rounds;

    for launch in 0..last {
        let mut began = Instant::now();
        let lead = field.iter().position(|c| c.case.variant.id == plan.baseline && c.role != Role::Control);
        let unsettled = field.iter().enumerate().any(|(i, c)| c.alive() && !c.settled && Some(i) != lead);
        let alone = launch > 0 && field.iter().filter(|c| c.alive()).count() == 1;
        if !field.iter().any(Contender::alive) || (launch > 0 && !unsettled && !alone) {
            break;
        }
        let mut order: Vec<usize> =
            (0..field.len()).filter(|&i| field[i].alive() && (!field[i].settled || Some(i) == lead)).collect();
        if launch > 0 {
            // On the first launch the definition's order holds, since a variant may use files that an earlier one derives.
            order.shuffle(&mut rng);
        }

        let mut workers: Vec<(usize, Box<dyn Worker>)> = Vec::with_capacity(order.len());
        for i in order {
            if (stage.stopped)() {
                return None;
            }
            match start_worker(&mut field[i], plan, columns, protocol, stage, launch) {
                Ok(worker) => workers.push((i, worker)),
                Err(trouble) => field[i].fail(trouble),
            }
        }
        if launch == 0 {
            // Files are derived once, here: the launches to come have only to open them.
            began = Instant::now();
            start = began;
        }
        first_calls(&mut field, &mut workers, plan, protocol, launch == 0);
        warm_up(&mut field, &mut workers, protocol, cold);

        let mut round = 0;
        while round < rounds {
            workers.shuffle(&mut rng);
            let begun = Instant::now();
            for (order, (i, worker)) in workers.iter_mut().enumerate() {
                if (stage.stopped)() {
                    return None;
                }
                let contender = &mut field[*i];
                if contender.alive() {
                    sample(contender, worker.as_mut(), stage, protocol, (round, order), cold);
                }
            }
            if launch == 0 && round == 0 {
                rounds = affordable(rounds, begun.elapsed(), limit, first);
            }
            round += 1;
        }
        drop(workers);

        let launches = launch + 1;
        if protocol.looks.is_look(launches) {
            look(&mut field, plan, protocol);
        }
        // The launches to come take about as long as this one. A second one is begun only if the third is meant too.
        let with =
            |more: usize| start.elapsed() + began.elapsed().saturating_mul(u32::try_from(more).unwrap_or(u32::MAX));
        let most = if launches < first { limit * OVERRUN + GRACE } else { limit };
        let least = LEAST.min(first);
        let over = if launches < least { launches == 1 && with(least - 1) > most } else { with(1) > most };
        if over {
            break;
        }
    }
    Some(field.into_iter().map(|contender| contender.finish(plan, cold)).collect())
}

fn contenders(plan: &PointPlan, mode: Mode) -> Vec<Contender<'_>> {
    let role = if mode == Mode::Confirm { Role::Confirm } else { Role::Measure };
    let mut field: Vec<Contender<'_>> = plan.cases.iter().map(|case| Contender::new(case, role)).collect();
    if mode == (Mode::Measure { control: true }) {
        let baseline = plan.cases.iter().find(|case| case.variant.id == plan.baseline);
        field.extend(baseline.map(|case| Contender::new(case, Role::Control)));
    }
    field
}

fn start_worker(
    contender: &mut Contender<'_>,
    plan: &PointPlan,
    columns: &std::collections::BTreeMap<String, String>,
    protocol: &Protocol,
    stage: &Stage<'_>,
    launch: usize,
) -> Result<Box<dyn Worker>, Trouble> {
    let variant = &contender.case.variant;
    let threads = variant.threads.unwrap_or(stage.threads);
    let mut worker = stage.launcher.launch(&(stage.program)(&plan.experiment, variant, threads))?;
    let task = Task {
        experiment: plan.experiment.clone(),
        variant: variant.id.clone(),
        params: variant.params.clone(),
        point: plan.point.clone(),
        numbers: plan.numbers.clone(),
        seed: protocol.seed,
        launch: u32::try_from(launch).unwrap_or(u32::MAX),
        threads,
        scratch: stage.scratch.to_owned(),
        table: stage.table.map(PathBuf::from),
        dataset: stage.dataset.cloned(),
        images: stage.images.map(PathBuf::from),
        storage: stage.storage.to_vec(),
        columns: columns.clone(),
    };
    let begun = Instant::now();
    let ready = worker.prepare(&task, protocol.prepare_limit)?;
    let (startup_ns, prepare_ns) = (nanos(worker.startup()), nanos(begun.elapsed()));
    contender.prepared(ready, Launch { startup_ns, prepare_ns, ..Launch::default() })?;
    Ok(worker)
}

/// The first call of each launch: its answer is compared, and its time tells how many calls make a sample.
fn first_calls(
    field: &mut [Contender<'_>],
    workers: &mut [(usize, Box<dyn Worker>)],
    plan: &PointPlan,
    protocol: &Protocol,
    calibrate: bool,
) {
    for (i, worker) in workers.iter_mut() {
        let contender = &mut field[*i];
        match worker.run(1, protocol.run_limit) {
            Err(trouble) => contender.fail(trouble),
            Ok(sampled) => {
                if calibrate || contender.iterations == 0 {
                    // The first call also pays for first touches, so the second tells the speed of a fast one.
                    let mut wall = sampled.ran.wall_ns;
                    if !contender.ready.single_call && wall < nanos(protocol.sample) {
                        match worker.run(1, protocol.run_limit) {
                            Ok(second) => wall = second.ran.wall_ns,
                            Err(trouble) => contender.fail(trouble),
                        }
                    }
                    contender.iterations = iterations(contender.ready.single_call, wall, protocol.sample);
                }
                if let Some(launch) = contender.launches.last_mut() {
                    launch.warmup_ns.push(sampled.ran.wall_ns);
                }
                contender.answer = Some(sampled.ran.answer);
            }
        }
    }
    compare_answers(field, &plan.baseline);
}

fn iterations(single_call: bool, wall_ns: u64, sample: Duration) -> u64 {
    if single_call { 1 } else { nanos(sample).div_ceil(wall_ns.max(20)).clamp(1, 1_000_000) }
}

fn warm_up(field: &mut [Contender<'_>], workers: &mut [(usize, Box<dyn Worker>)], protocol: &Protocol, cold: bool) {
    if cold {
        return; // the point is what happens without
    }
    for (i, worker) in workers.iter_mut() {
        let contender = &mut field[*i];
        let mut last = u64::MAX;
        let mut spent = contender.launches.last().map_or(0, |launch| launch.warmup_ns.iter().sum::<u64>());
        for _ in 0..protocol.warmup {
            if !contender.alive() || spent >= WARM_ENOUGH {
                break;
            }
            let iterations = contender.iterations;
            match worker.run(iterations, protocol.run_limit) {
                Err(trouble) => contender.fail(trouble),
                Ok(sampled) => {
                    let each = sampled.ran.wall_ns / iterations.max(1);
                    spent += sampled.ran.wall_ns;
                    if let Some(launch) = contender.launches.last_mut() {
                        launch.warmup_ns.push(each);
                    }
                    if last.abs_diff(each) <= each / STEADY {
                        break;
                    }
                    last = each;
                }
            }
        }
    }
}

fn sample(
    contender: &mut Contender<'_>,
    worker: &mut dyn Worker,
    stage: &Stage<'_>,
    protocol: &Protocol,
    (round, order): (u32, usize),
    cold: bool,
) {
    let iterations = if cold { 1 } else { contender.iterations };
    if cold && let Err(why) = stage.launcher.drop_pages(&contender.ready.files) {
        contender.cold_note = Some(format!("the pages could not be dropped: {why}"));
    }
    if !cold
        && contender.is_rewarmed()
        && let Err(trouble) = worker.run(1, protocol.run_limit)
    {
        return contender.fail(trouble);
    }
    match worker.run(iterations, protocol.run_limit) {
        Err(trouble) => contender.fail(trouble),
        Ok(sampled) => {
            let expected = contender.answer.as_ref();
            if let Some(difference) =
                expected.and_then(|e| sampled.ran.answer.disagreement(e, contender.case.tolerance))
            {
                contender.outcome =
                    Outcome::Failed { reason: format!("its answer changed from one call to another: {difference}") };
                return;
            }
            if let Some(launch) = contender.launches.last_mut() {
                launch.samples.push(Sample {
                    round,
                    order: u32::try_from(order).unwrap_or(u32::MAX),
                    iterations,
                    wall_ns: sampled.ran.wall_ns,
                    counters: sampled.counters,
                });
            }
        }
    }
}

/// How many rounds a launch can have so that the first look fits into the limit.
fn affordable(rounds: u32, one: Duration, limit: Duration, launches: usize) -> u32 {
    let per_launch = limit / u32::try_from(launches.max(1)).unwrap_or(u32::MAX);
    let fit = per_launch.as_secs_f64() / one.as_secs_f64().max(1e-9);
    (fit as u32).clamp(1, rounds)
}

fn look(field: &mut [Contender<'_>], plan: &PointPlan, protocol: &Protocol) {
    let baseline = field
        .iter()
        .find(|c| c.case.variant.id == plan.baseline && c.role != Role::Control && c.alive())
        .map(Contender::seconds);
    for contender in field.iter_mut().filter(|c| c.alive() && !c.settled) {
        contender.settled = match &baseline {
            Some(baseline) => {
                let decision = protocol.looks.decide(&contender.seconds(), baseline, protocol.margin);
                !matches!(decision, Decision::Continue)
            }
            // Without a baseline there is nothing to settle: the first look is the last.
            None => true,
        };
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn number(parts: &[&str]) -> u64 {
    u64::from_str_radix(&fingerprint(parts), 16).unwrap_or(0)
}
