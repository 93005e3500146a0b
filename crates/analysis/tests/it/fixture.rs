//! Small runs made in code: an experiment with two axes, and cases whose seconds are made up.

use std::collections::BTreeMap;

use analysis::{Analysis, Assumptions, CaseAnalysis, ChapterAnalysis, analyse};
use catalog::{Claim, Claims, Definition};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use results::{
    BudgetName, Case, Clock, Experiment, Launch, Machine, Outcome, Point, Role, Run, RunEnd, RunHeader, SCHEMA, Sample,
};

pub(crate) const SLUG: &str = "formats";

/// Three variants, two workloads, warm and cold.
pub(crate) const DEFINITION: &str = r#"
title = "Formats"
question = "Which format?"
part = "Data management"
order = 2
baseline = "csv"
data = "table"
headline = "scan"

[[axis]]
name = "workload"
label = "Workload"
values = [{ id = "scan", label = "Scan" }, { id = "lookup", label = "Lookup" }]

[[axis]]
name = "cache"
label = "Page cache"
values = [{ id = "warm", label = "Warm" }, { id = "cold", label = "Cold" }]

[[variant]]
id = "csv"
label = "CSV"

[[variant]]
id = "parquet"
label = "Parquet"
params = { codec = "zstd" }

[[variant]]
id = "avro"
label = "Avro"

[[except]]
variants = ["avro"]
point = { workload = "lookup", cache = "cold" }
reason = "Avro has no index to look up in"

[preset.quick]
variants = ["csv", "parquet"]
axes = { cache = ["warm"] }

[[finding]]
name = "scan"
of = { variant = "parquet", point = { workload = "scan", cache = "warm" } }

[[finding]]
name = "size"
of = { variant = "parquet", point = { workload = "scan", cache = "warm" }, metric = "disk-bytes" }

[[finding]]
name = "throughput"
of = { variant = "parquet", point = { workload = "scan", cache = "warm" }, metric = "rows-per-second" }

[[finding]]
name = "cold"
of = { variant = "parquet", point = { workload = "scan", cache = "cold" }, against = "parquet", against_point = { cache = "warm" } }

[[finding]]
name = "first-values"
of = { variant = "parquet" }

[[value]]
name = "scan_time"
kind = "level"
of = { variant = "parquet", point = { workload = "scan", cache = "warm" } }

[[value]]
name = "scan_factor"
kind = "factor"
of = { variant = "parquet", point = { workload = "scan", cache = "warm" } }

[advice]
action = "Convert to {variant}"
variants = ["parquet", "avro"]
current = "csv"
current_by_format = { avro = "avro", "csv.gz" = "csv" }
unless = "You append row by row."
workload = [
  { id = "scan", label = "Scan", point = { workload = "scan", cache = "warm" }, per_day = 40.0 },
  { id = "lookup", label = "Lookup", point = { workload = "lookup", cache = "warm" }, per_day = 10.0 },
]
"#;

/// The definition of the fixture.
pub(crate) fn definition() -> Definition {
    Definition::parse(SLUG, DEFINITION).unwrap()
}

pub(crate) fn point(workload: &str, cache: &str) -> Point {
    Point::new().with("workload", workload).with("cache", cache)
}

/// A run with no case yet, under the standard budget.
pub(crate) fn run() -> Run {
    Run {
        header: RunHeader {
            schema: SCHEMA,
            id: "a".to_owned(),
            started: "2025-01-01T00:00:00Z".to_owned(),
            benchbook: "0.1.0".to_owned(),
            command: vec![],
            seed: 1,
            budget: BudgetName::Standard,
            budget_seconds: 300,
            margin: 0.05,
            clock: Clock::Real,
            looks: vec![5, 10, 20],
        },
        machine: Machine::default(),
        ceilings: vec![],
        dataset: None,
        experiments: vec![experiment(&definition())],
        cases: vec![],
        end: Some(RunEnd { elapsed_seconds: 1.0, interrupted: false, reused: 0, measured: 0 }),
        warnings: vec![],
    }
}

pub(crate) fn experiment(definition: &Definition) -> Experiment {
    Experiment {
        slug: SLUG.to_owned(),
        definition: serde_json::to_value(definition).unwrap(),
        code: "code".to_owned(),
        choices: vec![],
        skipped: None,
        planned: vec![],
    }
}

/// A case that took about `seconds` a call: five launches of six rounds, noise of about 1 % of each launch and round.
pub(crate) fn case(variant: &str, point: &Point, seconds: f64) -> Case {
    noisy(variant, point, seconds, 5, 0.01)
}

/// A case with its own number of launches and noise; the noise depends on variant, point and level alone.
pub(crate) fn noisy(variant: &str, point: &Point, seconds: f64, launches: usize, noise: f64) -> Case {
    let seed = results::fingerprint(&[variant, &point.to_string(), &seconds.to_string()]);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(u64::from_str_radix(&seed, 16).unwrap());
    let mut wobble = || 1.0 + noise * (rng.random::<f64>() - 0.5) * 2.0;
    let launches = (0..launches).map(|_| {
        let layout = wobble();
        let samples = (0..6).map(|round| Sample {
            round,
            order: 0,
            iterations: 4,
            wall_ns: (seconds * layout * wobble() * 4e9) as u64,
            counters: BTreeMap::new(),
        });
        Launch { samples: samples.collect(), ..Launch::default() }
    });
    Case {
        experiment: SLUG.to_owned(),
        variant: variant.to_owned(),
        point: point.clone(),
        role: Role::Measure,
        key: results::fingerprint(&[variant, &point.to_string()]),
        outcome: Outcome::Measured,
        settings: BTreeMap::new(),
        facts: BTreeMap::new(),
        answer: None,
        launches: launches.collect(),
        tables: BTreeMap::new(),
    }
}

/// Short ways to dress a case.
pub(crate) trait Dress {
    fn role(self, role: Role) -> Self;
    fn fact(self, name: &str, value: f64) -> Self;
    fn setting(self, name: &str, value: &str) -> Self;
    fn counter(self, name: &str, per_sample: u64) -> Self;
    fn trials(self, name: &str, by_launch: &[&[f64]]) -> Self;
    fn outcome(self, outcome: Outcome) -> Self;
}

impl Dress for Case {
    fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    fn fact(mut self, name: &str, value: f64) -> Self {
        self.facts.insert(name.to_owned(), value);
        self
    }

    fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    fn counter(mut self, name: &str, per_sample: u64) -> Self {
        for sample in self.launches.iter_mut().flat_map(|launch| &mut launch.samples) {
            sample.counters.insert(name.to_owned(), per_sample);
        }
        self
    }

    /// The trials of the first launches; the others have none.
    fn trials(mut self, name: &str, by_launch: &[&[f64]]) -> Self {
        for (launch, trials) in self.launches.iter_mut().zip(by_launch) {
            launch.trials.insert(name.to_owned(), trials.to_vec());
        }
        self
    }

    fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self.launches.clear();
        self
    }
}

/// A run with these cases.
pub(crate) fn with(cases: Vec<Case>) -> Run {
    Run { cases, ..run() }
}

/// Analyses with these claims and the default assumptions.
pub(crate) fn analysed_with(run: &Run, claims: &str) -> Analysis {
    let claims: Vec<Claim> = Claims::parse(SLUG, claims, &definition()).unwrap();
    analyse(run, &[(SLUG.to_owned(), definition(), claims)], &Assumptions::default())
}

/// Analyses without claims.
pub(crate) fn analysed(run: &Run) -> Analysis {
    analysed_with(run, "")
}

/// The only chapter.
pub(crate) fn chapter(analysis: &Analysis) -> &ChapterAnalysis {
    &analysis.chapters[0]
}

/// A case of the only chapter.
pub(crate) fn find<'a>(analysis: &'a Analysis, variant: &str, point: &Point) -> &'a CaseAnalysis {
    chapter(analysis).cases.iter().find(|case| case.variant == variant && case.point == *point).unwrap()
}
