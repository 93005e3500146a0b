//! What is measured again and again, and how it came out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use catalog::Variant;
use measure::launch::{Processes, Program};
use measure::session::{Mode, Stage, measure_point};
use measure::{Answers, PlannedCase, PointPlan, Protocol};
use results::{BudgetName, Case, Point, Role};
use stats::{Verdict, log_ratio};

use crate::work::{PARAMETER, PASSES};

/// One kind of measurement.
pub(crate) struct Scenario {
    /// For the table.
    pub(crate) name: &'static str,
    /// The budget whose looks and rounds are used.
    budget: BudgetName,
    /// Margin of practical equivalence.
    margin: f64,
    /// How much slower the variant is; 0 for an A/A control.
    slower_by: f64,
}

/// All of them.
pub(crate) const SCENARIOS: [Scenario; 5] = [
    Scenario { name: "A/A, quick, margin 5 %", budget: BudgetName::Quick, margin: 0.05, slower_by: 0.0 },
    Scenario { name: "A/A, standard, margin 5 %", budget: BudgetName::Standard, margin: 0.05, slower_by: 0.0 },
    Scenario { name: "A/A, thorough, margin 2 %", budget: BudgetName::Thorough, margin: 0.02, slower_by: 0.0 },
    Scenario { name: "10 % slower, standard, margin 5 %", budget: BudgetName::Standard, margin: 0.05, slower_by: 0.10 },
    Scenario { name: "5 % slower, thorough, margin 2 %", budget: BudgetName::Thorough, margin: 0.02, slower_by: 0.05 },
];

const BASELINE: &str = "baseline";
const VARIANT: &str = "variant";
/// A budget's time must not be what decides here.
const LIMIT: Duration = Duration::from_secs(600);

/// Head of the table.
pub(crate) const HEAD: &str =
    "| scenario | machine | runs | faster | same | slower | cannot tell | launches, median | seconds a run |";

/// How the measurements came out.
#[derive(Default)]
pub(crate) struct Tally {
    faster: u32,
    same: u32,
    slower: u32,
    cannot_tell: u32,
    /// Launches of each.
    launches: Vec<f64>,
}

impl Tally {
    pub(crate) fn add(&mut self, (verdict, launches): (Verdict, usize)) {
        match verdict {
            Verdict::Faster => self.faster += 1,
            Verdict::Same => self.same += 1,
            Verdict::Slower => self.slower += 1,
            Verdict::CannotTell => self.cannot_tell += 1,
        }
        self.launches.push(launches as f64);
    }

    /// Its row of the table, below [`HEAD`].
    pub(crate) fn row(&self, scenario: &str, machine: &str, seconds: f64) -> String {
        let Self { faster, same, slower, cannot_tell, launches } = self;
        let runs = launches.len();
        let median = stats::median(launches).map_or("–".to_owned(), |median| median.to_string());
        let each = seconds / runs.max(1) as f64;
        format!(
            "| {scenario} | {machine} | {runs} | {faster} | {same} | {slower} | {cannot_tell} | {median} | {each:.2} |"
        )
    }
}

impl Scenario {
    /// Whether the same work is measured twice.
    pub(crate) fn is_control(&self) -> bool {
        self.slower_by == 0.0
    }

    /// Measures it once, with real processes: the verdict on the variant, and its launches.
    pub(crate) fn measure(&self, scratch: &Path, seed: u64) -> Result<(Verdict, usize)> {
        let protocol = Protocol::new(self.budget, self.margin, seed);
        let control = self.is_control();
        let mut cases = vec![case(BASELINE, 0.0)];
        if !control {
            cases.push(case(VARIANT, self.slower_by));
        }
        let plan = PointPlan {
            experiment: "protocol".to_owned(),
            point: Point::new(),
            numbers: BTreeMap::new(),
            baseline: BASELINE.to_owned(),
            cases,
        };
        let own = Program::worker(&std::env::current_exe()?);
        let program = |_: &str, _: &Variant, _: u32| own.clone();
        let stage = Stage {
            launcher: &Processes,
            program: &program,
            scratch,
            table: None,
            dataset: None,
            images: None,
            storage: &[],
            threads: 1,
            stopped: &|| false,
        };
        let measured = measure_point(&plan, &BTreeMap::new(), Mode::Measure { control }, &protocol, &stage, LIMIT);
        self.judge(&measured.context("nobody stopped it")?, &protocol)
    }

    /// The verdict on what was measured, and the launches that it took.
    fn judge(&self, measured: &[Case], protocol: &Protocol) -> Result<(Verdict, usize)> {
        let find = |id: &str, role| measured.iter().find(|case| case.variant == id && case.role == role);
        let baseline = samples(find(BASELINE, Role::Measure))?;
        let variant = match self.is_control() {
            true => samples(find(BASELINE, Role::Control))?,
            false => samples(find(VARIANT, Role::Measure))?,
        };
        let confidence = protocol.looks.final_confidence(variant.len());
        let verdict =
            log_ratio(&variant, &baseline, confidence).map_or(Verdict::CannotTell, |r| r.verdict(self.margin));
        Ok((verdict, variant.len()))
    }
}

fn samples(case: Option<&Case>) -> Result<Vec<Vec<f64>>> {
    let case = case.context("the case was not recorded")?;
    if let Some(reason) = case.outcome.reason() {
        bail!("{} was not measured: {reason}", case.variant);
    }
    Ok(case.seconds())
}

fn case(id: &str, slower_by: f64) -> PlannedCase {
    let passes = (f64::from(PASSES) * (1.0 + slower_by)).round();
    PlannedCase {
        variant: Variant {
            id: id.to_owned(),
            label: id.to_owned(),
            lane: "rust".to_owned(),
            needs: Vec::new(),
            program: None,
            tolerance: None,
            answers_differ: None,
            threads: Some(1),
            params: [(PARAMETER.to_owned(), passes.to_string())].into(),
        },
        tolerance: 0.0,
        answers: Answers::Baseline,
        key: id.to_owned(),
        skip: None,
    }
}

#[cfg(test)]
mod tests {
    use results::{Launch, Outcome, Sample};

    use super::*;

    fn scenario(slower_by: f64) -> Scenario {
        Scenario { name: "a test", budget: BudgetName::Standard, margin: 0.05, slower_by }
    }

    /// A case of so many launches, whose calls take `ns` and a little more in each round.
    fn measured(variant: &str, role: Role, launches: usize, ns: u64) -> Case {
        let sample = |round: u32| Sample {
            round,
            order: 0,
            iterations: 10,
            wall_ns: 10 * ns + u64::from(round),
            counters: BTreeMap::new(),
        };
        let launch = Launch {
            startup_ns: 1,
            prepare_ns: 1,
            warmup_ns: Vec::new(),
            samples: (0..6).map(sample).collect(),
            trials: BTreeMap::new(),
        };
        Case {
            experiment: "protocol".to_owned(),
            variant: variant.to_owned(),
            point: Point::new(),
            role,
            key: variant.to_owned(),
            outcome: Outcome::Measured,
            settings: BTreeMap::new(),
            facts: BTreeMap::new(),
            answer: None,
            launches: vec![launch; launches],
            tables: BTreeMap::new(),
        }
    }

    fn judged(scenario: &Scenario, cases: &[Case]) -> Result<(Verdict, usize)> {
        scenario.judge(cases, &Protocol::new(scenario.budget, scenario.margin, 1))
    }

    #[test]
    fn a_slow_down_is_judged_against_the_baseline_and_a_control_against_itself() {
        let baseline = || measured(BASELINE, Role::Measure, 5, 1_000_000);
        for (slower_by, other, verdict) in [
            (0.1, measured(VARIANT, Role::Measure, 5, 1_100_000), Verdict::Slower),
            (0.1, measured(VARIANT, Role::Measure, 5, 1_000_100), Verdict::Same),
            (0.1, measured(VARIANT, Role::Measure, 5, 900_000), Verdict::Faster),
            (0.0, measured(BASELINE, Role::Control, 5, 1_000_100), Verdict::Same),
            (0.0, measured(BASELINE, Role::Control, 5, 1_100_000), Verdict::Slower),
        ] {
            assert_eq!(judged(&scenario(slower_by), &[baseline(), other]).unwrap(), (verdict, 5));
        }
        // One launch says nothing of the next one.
        let once = [measured(BASELINE, Role::Measure, 1, 1000), measured(VARIANT, Role::Measure, 1, 2000)];
        assert_eq!(judged(&scenario(0.1), &once).unwrap(), (Verdict::CannotTell, 1));
    }

    #[test]
    fn what_was_not_measured_is_an_error_with_its_reason() {
        let baseline = measured(BASELINE, Role::Measure, 5, 1000);
        let mut failed = measured(VARIANT, Role::Measure, 0, 1000);
        failed.outcome = Outcome::Failed { reason: "the worker crashed".to_owned() };
        let why = judged(&scenario(0.1), &[baseline.clone(), failed]).unwrap_err().to_string();
        assert!(why.contains(VARIANT) && why.contains("the worker crashed"), "{why}");
        let why = judged(&scenario(0.0), &[baseline]).unwrap_err().to_string();
        assert!(why.contains("not recorded"), "{why}");
    }

    #[test]
    fn a_slow_down_is_that_much_more_work() {
        let passes = |slower_by| case(VARIANT, slower_by).variant.params[PARAMETER].clone();
        assert_eq!([0.0, 0.05, 0.1].map(passes), ["100", "105", "110"]);
    }

    #[test]
    fn names_say_what_is_measured_and_are_told_apart() {
        for scenario in &SCENARIOS {
            let margin = format!("margin {} %", scenario.margin * 100.0);
            assert!(scenario.name.ends_with(&margin), "{}", scenario.name);
            let budget = format!("{:?}", scenario.budget).to_lowercase();
            assert!(scenario.name.contains(&budget), "{}", scenario.name);
            let starts = match scenario.is_control() {
                true => "A/A,".to_owned(),
                false => format!("{} % slower,", scenario.slower_by * 100.0),
            };
            assert!(scenario.name.starts_with(&starts), "{}", scenario.name);
            assert_eq!(SCENARIOS.iter().filter(|other| other.name == scenario.name).count(), 1);
        }
    }

    #[test]
    fn every_verdict_is_counted_in_its_own_column() {
        let mut tally = Tally::default();
        assert_eq!(tally.row("x", "quiet", 0.0), "| x | quiet | 0 | 0 | 0 | 0 | 0 | – | 0.00 |");
        for (verdict, launches) in [
            (Verdict::Faster, 3),
            (Verdict::Same, 5),
            (Verdict::Same, 5),
            (Verdict::Slower, 10),
            (Verdict::Slower, 3),
            (Verdict::Slower, 5),
            (Verdict::CannotTell, 20),
            (Verdict::CannotTell, 20),
        ] {
            tally.add((verdict, launches));
        }
        let row = tally.row("A/A", "a neighbour", 10.0);
        assert_eq!(row, "| A/A | a neighbour | 8 | 1 | 2 | 3 | 2 | 5 | 1.25 |");
        assert_eq!(row.matches('|').count(), HEAD.matches('|').count());
    }
}
