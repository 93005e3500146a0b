//! Runs as they are recorded, with made-up times: what is said of a machine that is not here.

use std::collections::BTreeMap;

use catalog::Definition;
use results::{
    BudgetName, Case, Clock, Experiment, Launch, Machine, Outcome, Point, Role, Run, RunEnd, RunHeader, SCHEMA, Sample,
};

use crate::Random;

/// A case of which a call took about so many seconds: five launches of six rounds, each within a hundredth of it.
#[must_use]
pub fn case(slug: &str, variant: &str, point: &Point, seconds: f64) -> Case {
    let key = results::fingerprint(&[slug, variant, &point.to_string()]);
    let mut random = Random(u64::from_str_radix(&key, 16).unwrap_or_default());
    let mut sample = |round| Sample {
        round,
        order: 0,
        iterations: 1,
        wall_ns: (seconds * (1.0 + 0.01 * random.signed()) * 1e9) as u64,
        counters: BTreeMap::new(),
    };
    let launches = (0..5).map(|_| Launch { samples: (0..6).map(&mut sample).collect(), ..Launch::default() });
    Case {
        experiment: slug.to_owned(),
        variant: variant.to_owned(),
        point: point.clone(),
        role: Role::Measure,
        launches: launches.collect(),
        key,
        outcome: Outcome::Measured,
        settings: BTreeMap::new(),
        facts: BTreeMap::new(),
        answer: None,
        tables: BTreeMap::new(),
    }
}

/// The case with a value of a metric in every launch.
#[must_use]
pub fn with_trials(mut case: Case, name: &str, value: f64) -> Case {
    for launch in &mut case.launches {
        launch.trials.insert(name.to_owned(), vec![value]);
    }
    case
}

/// A finished run of one experiment, with these cases and no other.
///
/// # Panics
/// If the definition cannot be written as JSON.
#[must_use]
pub fn run(slug: &str, definition: &Definition, cases: Vec<Case>) -> Run {
    Run {
        header: RunHeader {
            schema: SCHEMA,
            id: "made-up".to_owned(),
            started: "2025-01-01T00:00:00Z".to_owned(),
            benchbook: env!("CARGO_PKG_VERSION").to_owned(),
            command: Vec::new(),
            seed: 1,
            budget: BudgetName::Standard,
            budget_seconds: 300,
            margin: 0.05,
            clock: Clock::Real,
            looks: vec![5, 10, 20],
        },
        machine: Machine::default(),
        ceilings: Vec::new(),
        dataset: None,
        experiments: vec![Experiment {
            slug: slug.to_owned(),
            definition: serde_json::to_value(definition).expect("a definition is JSON"),
            code: "made up".to_owned(),
            choices: Vec::new(),
            skipped: None,
            planned: Vec::new(),
        }],
        cases,
        end: Some(RunEnd { elapsed_seconds: 1.0, interrupted: false, reused: 0, measured: 0 }),
        warnings: Vec::new(),
    }
}
