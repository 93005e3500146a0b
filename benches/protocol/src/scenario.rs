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
    pub(crate) slower_by: f64,
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

/// How the measurements came out.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) faster: u32,
    pub(crate) same: u32,
    pub(crate) slower: u32,
    pub(crate) cannot_tell: u32,
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

    pub(crate) fn median_launches(&self) -> f64 {
        stats::median(&self.launches).unwrap_or(f64::NAN)
    }
}

impl Scenario {
    /// Measures it once, with real processes: the verdict on the variant, and its launches.
    pub(crate) fn measure(&self, scratch: &Path, seed: u64) -> Result<(Verdict, usize)> {
        let protocol = Protocol::new(self.budget, self.margin, seed);
        let control = self.slower_by == 0.0;
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
        let own = std::env::current_exe()?.to_string_lossy().into_owned();
        let program = |_: &str, _: &Variant, _: u32| Program {
            command: vec![own.clone(), "worker".to_owned()],
            environment: Vec::new(),
        };
        let stage = Stage {
            launcher: &Processes,
            program: &program,
            scratch,
            table: None,
            dataset: None,
            threads: 1,
            stopped: &|| false,
        };
        let measured = measure_point(&plan, &BTreeMap::new(), Mode::Measure { control }, &protocol, &stage, LIMIT);
        let measured = measured.context("nobody stopped it")?;
        let role = if control { Role::Control } else { Role::Measure };
        let find = |id: &str, role| measured.iter().find(|case| case.variant == id && case.role == role);
        let baseline = samples(find(BASELINE, Role::Measure))?;
        let variant = samples(find(if control { BASELINE } else { VARIANT }, role))?;
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
