use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use measure::launch::{Launcher, Program, Sampled, Trouble, Worker};
use measure::plan::{Answers, PlannedCase, PointPlan};
use measure::session::{Mode, Stage, measure_point};
use measure::wire::{Ran, Ready};
use measure::{Protocol, Task};
use results::{Answer, BudgetName, Case, Cell, Outcome, Point, RecordedTable, Role, Unit};

use super::definition;

/// A launcher whose workers take the time, and give the answer, that a table says; it writes down what happens.
#[derive(Clone, Default)]
struct Script {
    /// Nanoseconds per call, by variant.
    speed: BTreeMap<String, u64>,
    /// Another answer, by variant.
    answer: BTreeMap<String, f64>,
    /// By how much the answer moves from launch to launch, by variant.
    answer_moves: BTreeMap<String, f64>,
    /// What a variant states when it is prepared.
    states: Option<fn(&Task) -> Ready>,
    /// Launch (from 0) in which a variant fails to prepare.
    breaks: BTreeMap<String, usize>,
    log: Rc<RefCell<Vec<String>>>,
}

struct Scripted {
    script: Script,
    variant: String,
    launch: u32,
    noise: u64,
}

impl Launcher for Script {
    fn launch(&self, _program: &Program) -> Result<Box<dyn Worker>, Trouble> {
        let noise = self.log.borrow().len() as u64;
        Ok(Box::new(Scripted { script: self.clone(), variant: String::new(), launch: 0, noise }))
    }

    fn drop_pages(&self, files: &[PathBuf]) -> Result<(), String> {
        self.log.borrow_mut().push(format!("drop {}", files.len()));
        Ok(())
    }
}

impl Worker for Scripted {
    fn startup(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn prepare(&mut self, task: &Task, _limit: Duration) -> Result<Ready, Trouble> {
        self.variant.clone_from(&task.variant);
        self.launch = task.launch;
        let line = format!("prepare {}", self.variant);
        let before = self.script.log.borrow().iter().filter(|l| **l == line).count();
        self.script.log.borrow_mut().push(line);
        if self.script.breaks.get(&self.variant) == Some(&before) {
            return Err(Trouble::Fail("it broke".into()));
        }
        let stated = self.script.states.map(|states| states(task)).unwrap_or_default();
        Ok(Ready { files: vec!["f".into()], ..stated })
    }

    fn run(&mut self, iterations: u64, _limit: Duration) -> Result<Sampled, Trouble> {
        self.script.log.borrow_mut().push(format!("run {} x{iterations}", self.variant));
        // A little noise, so that intervals have a width: ±0.5 % from a counter.
        self.noise = self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let jitter = 1.0 + ((self.noise >> 40) as f64 / f64::from(1 << 24) - 0.5) * 0.01;
        let wall = self.script.speed.get(&self.variant).copied().unwrap_or(2_000_000) as f64 * jitter;
        let moved = self.script.answer_moves.get(&self.variant).copied().unwrap_or(0.0) * f64::from(self.launch);
        let value = self.script.answer.get(&self.variant).copied().unwrap_or(1.0) + moved;
        let answer = Answer { rows: 1, values: vec![value], digest: None };
        Ok(Sampled {
            ran: Ran { wall_ns: (wall * iterations as f64) as u64, cpu_ns: None, answer },
            counters: BTreeMap::new(),
        })
    }
}

fn plan(cache: &str) -> PointPlan {
    let case = |variant: &catalog::Variant| PlannedCase {
        variant: variant.clone(),
        tolerance: 0.0,
        answers: Answers::Baseline,
        key: variant.id.clone(),
        skip: None,
    };
    PointPlan {
        experiment: "demo".into(),
        point: Point::new().with("cache", cache),
        numbers: BTreeMap::new(),
        baseline: "a".into(),
        cases: definition().variant.iter().map(case).collect(),
    }
}

fn stage<'a>(script: &'a Script, stopped: &'a dyn Fn() -> bool) -> Stage<'a> {
    Stage {
        launcher: script,
        program: &|_, _, _| Program { command: Vec::new(), environment: Vec::new() },
        scratch: Path::new("/nowhere"),
        table: None,
        dataset: None,
        images: None,
        storage: &[],
        threads: 1,
        stopped,
    }
}

fn measured(script: &Script, cache: &str, mode: Mode) -> Vec<Case> {
    measured_with(script, &plan(cache), mode)
}

fn measured_with(script: &Script, plan: &PointPlan, mode: Mode) -> Vec<Case> {
    let stage = stage(script, &|| false);
    let protocol = Protocol::new(BudgetName::Standard, 0.05, 1);
    measure_point(plan, &BTreeMap::new(), mode, &protocol, &stage, Duration::from_secs(60)).expect("not stopped")
}

fn find<'a>(cases: &'a [Case], variant: &str, role: Role) -> &'a Case {
    cases.iter().find(|c| c.variant == variant && c.role == role).expect("the case is there")
}

const CONTROLLED: Mode = Mode::Measure { control: true };

#[test]
fn every_round_is_a_complete_block_in_a_random_order() {
    let cases = measured(&Script::default(), "warm", CONTROLLED);
    assert_eq!(cases.len(), 4, "three variants and the control");
    let samples = |case: &Case| case.launches[0].samples.clone();
    let mut orders = BTreeSet::new();
    for round in 0..6 {
        let mut places: Vec<u32> = cases.iter().map(|c| samples(c)[round].order).collect();
        orders.insert(places.clone());
        places.sort_unstable();
        assert_eq!(places, [0, 1, 2, 3], "round {round}");
    }
    assert!(orders.len() > 1, "the order changes from round to round");
}

#[test]
fn equal_variants_settle_at_the_first_look_and_different_ones_too() {
    let script = Script { speed: [("b".to_owned(), 80_000)].into(), ..Script::default() };
    let cases = measured(&script, "warm", CONTROLLED);
    for case in &cases {
        assert_eq!((case.launches.len(), case.launches[0].samples.len()), (5, 12), "{}", case.variant);
    }
    let iterations = find(&cases, "b", Role::Measure).launches[0].samples[0].iterations;
    assert_eq!(iterations, 3, "three calls of 80 µs make a sample of 200 µs");
}

#[test]
fn another_answer_fails_before_anything_is_timed() {
    let script = Script { answer: [("b".to_owned(), 2.0)].into(), ..Script::default() };
    let cases = measured(&script, "warm", CONTROLLED);
    let failed = find(&cases, "b", Role::Measure);
    assert!(failed.outcome.reason().unwrap_or_default().contains("differs from that of a"), "{:?}", failed.outcome);
    assert!(failed.launches.is_empty(), "no sample is kept of a wrong answer");
    assert!(find(&cases, "c", Role::Measure).outcome.is_measured(), "the others go on");
}

/// The plan with other rules for the answers of all variants, or of `b` alone.
fn plan_with(all: Answers, b: Answers) -> PointPlan {
    let mut plan = plan("warm");
    for case in &mut plan.cases {
        case.answers = if case.variant.id == "b" { b } else { all };
    }
    plan
}

#[test]
fn an_answer_may_differ_by_design_and_must_then_agree_with_itself() {
    let script = Script { answer: [("b".to_owned(), 2.0)].into(), ..Script::default() };
    let plan = plan_with(Answers::Baseline, Answers::Itself);
    let cases = measured_with(&script, &plan, CONTROLLED);
    assert!(cases.iter().all(|case| case.outcome.is_measured()), "{cases:?}");

    let moving = Script { answer_moves: [("b".to_owned(), 0.5)].into(), ..script };
    let cases = measured_with(&moving, &plan, CONTROLLED);
    let reason = find(&cases, "b", Role::Measure).outcome.reason().unwrap_or_default();
    assert!(reason.contains("changed from one launch to another"), "{reason}");
    assert!(find(&cases, "c", Role::Measure).outcome.is_measured());

    // Without that rule it differs from the baseline before anything is timed; with none it is left alone.
    let cases = measured_with(&moving, &plan_with(Answers::Baseline, Answers::Baseline), CONTROLLED);
    assert!(find(&cases, "b", Role::Measure).launches.is_empty());
    let cases = measured_with(&moving, &plan_with(Answers::Free, Answers::Free), CONTROLLED);
    assert!(cases.iter().all(|case| case.outcome.is_measured()), "{cases:?}");
}

#[test]
fn a_baseline_that_differs_by_design_is_no_reference() {
    let script = Script { answer: [("a".to_owned(), 5.0)].into(), ..Script::default() };
    let mut plan = plan("warm");
    plan.cases[0].answers = Answers::Itself;
    let cases = measured_with(&script, &plan, Mode::Measure { control: false });
    assert!(cases.iter().all(|case| case.outcome.is_measured()), "{cases:?}");
}

/// A trial for each of two seeds, a fact, and a table that is longer than what is kept.
fn stated(task: &Task) -> Ready {
    let seeds = [task.trial_seed(0), task.trial_seed(1)].map(|seed| seed as f64);
    let table = RecordedTable::new(&[("Row", Unit::Number)], vec![vec![Cell::Number(f64::from(task.launch))]; 300]);
    Ready {
        facts: [("files".to_owned(), 7.0)].into(),
        trials: [("seed".to_owned(), seeds.into())].into(),
        tables: [("rows".to_owned(), table)].into(),
        ..Ready::default()
    }
}

#[test]
fn every_launch_draws_its_own_trials_and_all_variants_the_same() {
    let script = Script { states: Some(stated), ..Script::default() };
    let cases = measured(&script, "warm", CONTROLLED);
    let expected: Vec<Vec<f64>> = (0..5).map(|launch| vec![1000.0 * f64::from(launch) + 1.0; 2]).collect();
    let expected: Vec<Vec<f64>> = expected.into_iter().map(|two| vec![two[0], two[1] + 1.0]).collect();
    for case in &cases {
        assert_eq!(case.trials("seed"), Some(expected.clone()), "{} {:?}", case.variant, case.role);
        assert_eq!(case.facts["files"], 7.0);
        let table = &case.tables["rows"];
        assert_eq!(
            (table.rows.len(), table.more, &table.rows[0][0]),
            (200, 100, &Cell::Number(0.0)),
            "the first launch's"
        );
        assert!(!case.settings.contains_key("facts note"));
    }
}

#[test]
fn a_fact_that_changes_is_said_and_one_that_is_no_number_fails_the_case() {
    let changing =
        |task: &Task| Ready { facts: [("files".to_owned(), f64::from(task.launch))].into(), ..Ready::default() };
    let cases = measured(&Script { states: Some(changing), ..Script::default() }, "warm", CONTROLLED);
    let case = find(&cases, "b", Role::Measure);
    assert_eq!(case.settings["facts note"], "files was 0 in the first launch and 1 in launch 2");
    assert_eq!(case.facts["files"], 0.0, "the first launch's");

    let nothing = |_: &Task| Ready { trials: [("recall".to_owned(), vec![1.0, f64::NAN])].into(), ..Ready::default() };
    let cases = measured(&Script { states: Some(nothing), ..Script::default() }, "warm", CONTROLLED);
    let reason = find(&cases, "b", Role::Measure).outcome.reason().unwrap_or_default();
    assert_eq!(reason, "the trial \"recall\" is NaN");
}

#[test]
fn a_variant_that_breaks_later_is_a_row_and_harms_nobody() {
    let script = Script { breaks: [("c".to_owned(), 2)].into(), ..Script::default() };
    let cases = measured(&script, "warm", CONTROLLED);
    let broken = find(&cases, "c", Role::Measure);
    assert_eq!(broken.outcome, Outcome::Failed { reason: "it broke".into() });
    assert_eq!(broken.launches.len(), 2, "what was sampled before is kept");
    assert_eq!(find(&cases, "b", Role::Measure).launches.len(), 5);
}

#[test]
fn without_its_baseline_a_point_still_has_levels() {
    let script = Script { breaks: [("a".to_owned(), 0)].into(), ..Script::default() };
    let cases = measured(&script, "warm", Mode::Measure { control: false });
    assert!(find(&cases, "b", Role::Measure).outcome.is_measured());
    assert_eq!(find(&cases, "b", Role::Measure).launches.len(), 5);
}

#[test]
fn cold_samples_are_single_calls_after_the_pages_were_dropped() {
    let script = Script { speed: [("a".to_owned(), 1000)].into(), ..Script::default() };
    let cases = measured(&script, "cold", Mode::Measure { control: false });
    assert!(find(&cases, "a", Role::Measure).launches.iter().flat_map(|l| &l.samples).all(|s| s.iterations == 1));
    let log = script.log.borrow();
    let samples: usize = cases.iter().flat_map(|c| &c.launches).map(|l| l.samples.len()).sum();
    assert_eq!(log.iter().filter(|l| *l == "drop 1").count(), samples, "one drop for each sample");
    assert_eq!(find(&cases, "a", Role::Measure).settings["cache"], "cold");
}

#[test]
fn a_stop_between_samples_leaves_no_half_point() {
    let script = Script::default();
    let stop = || script.log.borrow().len() > 20;
    let stage = stage(&script, &stop);
    let protocol = Protocol::new(BudgetName::Standard, 0.05, 1);
    let limit = Duration::from_secs(60);
    assert!(measure_point(&plan("warm"), &BTreeMap::new(), CONTROLLED, &protocol, &stage, limit).is_none());
}

#[test]
fn a_spent_limit_keeps_the_first_look() {
    let script = Script::default();
    let stage = stage(&script, &|| false);
    let protocol = Protocol::new(BudgetName::Standard, 0.0001, 1);
    let cases = measure_point(&plan("warm"), &BTreeMap::new(), CONTROLLED, &protocol, &stage, Duration::ZERO);
    let cases = cases.expect("not stopped");
    assert!(
        cases.iter().all(|c| c.launches.len() == 5 && c.launches[1].samples.len() == 1),
        "few rounds, all launches"
    );
}

#[test]
fn files_that_are_derived_once_do_not_cost_the_first_look() {
    let derives_slowly = |task: &Task| {
        if task.launch == 0 {
            std::thread::sleep(Duration::from_millis(900));
        }
        Ready::default()
    };
    let script = Script { states: Some(derives_slowly), ..Script::default() };
    let stage = stage(&script, &|| false);
    let protocol = Protocol::new(BudgetName::Quick, 0.05, 1);
    let cases = measure_point(&plan("warm"), &BTreeMap::new(), CONTROLLED, &protocol, &stage, Duration::ZERO);
    for case in cases.expect("not stopped") {
        assert_eq!(case.launches.len(), 3, "{}", case.variant);
    }
}
