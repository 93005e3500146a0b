//! A recorded run made by hand: two experiments, a table with hostile names, every kind of outcome.

use std::collections::BTreeMap;

use analysis::{Analysis, Assumptions};
use catalog::{Definition, Folder};
use report::{Input, SiteSettings};
use results::{
    BudgetName, Cache, Case, Ceiling, Choice, Clock, Column, ColumnRole, Cpu, Dataset, Disk, DiskKind, Experiment,
    Lane, Launch, Machine, Os, Outcome, Point, Role, Run, RunEnd, RunHeader, Sample, Sortedness, Source,
};

pub(crate) mod guide;
pub(crate) mod large;
pub(crate) mod schemes;

/// A column that tries to leave the page.
pub(crate) const SCRIPT: &str = "<script>alert(1)</script>";

/// Names that break careless pages.
pub(crate) const HOSTILE: [&str; 7] =
    [SCRIPT, "a\"b'c`d", "🦀 emoji", "\u{202e}עברית", "=1+1,x", "{{ x }} {% y %}", "user_id"];

static FORMATS: Folder = Folder {
    slug: "formats",
    code: "0000000000000001",
    files: &[
        ("chapter.md", include_str!("fixture/formats/chapter.md")),
        ("claims.toml", include_str!("fixture/formats/claims.toml")),
        ("experiment.toml", include_str!("fixture/formats/experiment.toml")),
        ("snippets/DuckDB.sql", include_str!("fixture/formats/snippets/DuckDB.sql")),
        ("snippets/Polars.py", include_str!("fixture/formats/snippets/Polars.py")),
    ],
};

static KERNELS: Folder = Folder {
    slug: "kernels",
    code: "0000000000000002",
    files: &[
        ("chapter.md", include_str!("fixture/kernels/chapter.md")),
        ("experiment.toml", include_str!("fixture/kernels/experiment.toml")),
    ],
};

/// Everything that a site is rendered from.
pub(crate) struct Fixture {
    pub(crate) run: Run,
    pub(crate) folders: Vec<(Folder, Definition)>,
    pub(crate) assumptions: Assumptions,
    pub(crate) settings: SiteSettings,
    pub(crate) analysis: Analysis,
}

impl Fixture {
    /// The recorded run.
    pub(crate) fn new() -> Self {
        Self::of(run())
    }

    /// Another run of the same experiments.
    pub(crate) fn of(run: Run) -> Self {
        let folders: Vec<(Folder, Definition)> =
            [FORMATS, KERNELS].into_iter().map(|folder| (folder, folder.definition().unwrap())).collect();
        let assumptions = Assumptions::default();
        let analysis = analyse(&run, &folders, &assumptions);
        Self { run, folders, assumptions, settings: SiteSettings::default(), analysis }
    }

    /// For [`report::render`].
    pub(crate) fn input(&self) -> Input<'_> {
        Input {
            run: &self.run,
            analysis: &self.analysis,
            folders: &self.folders,
            assumptions: &self.assumptions,
            settings: &self.settings,
            version: "0.1.0",
        }
    }

    /// Renders into a fresh folder.
    pub(crate) fn render(&self) -> tempfile::TempDir {
        let out = tempfile::tempdir().unwrap();
        report::render(&self.input(), out.path()).unwrap();
        out
    }
}

/// Analyses a run with the claims of the folders.
pub(crate) fn analyse(run: &Run, folders: &[(Folder, Definition)], assumptions: &Assumptions) -> Analysis {
    let catalog: Vec<_> = folders
        .iter()
        .map(|(folder, definition)| (folder.slug.to_owned(), definition.clone(), folder.claims().unwrap()))
        .collect();
    analysis::analyse(run, &catalog, assumptions)
}

/// The recorded run.
pub(crate) fn run() -> Run {
    let mut cases = formats();
    cases.extend(kernels());
    let experiment = |folder: &Folder, choices: Vec<Choice>| Experiment {
        slug: folder.slug.to_owned(),
        definition: serde_json::to_value(folder.definition().unwrap()).unwrap(),
        code: folder.code.to_owned(),
        choices,
        skipped: None,
        planned: cases.iter().filter(|case| case.experiment == folder.slug).map(|case| case.key.clone()).collect(),
    };
    let choice = |purpose: &str, column: &str, why: &str| Choice {
        purpose: purpose.to_owned(),
        column: column.to_owned(),
        why: why.to_owned(),
    };
    let choices = vec![
        choice("time", "a\"b'c`d", "the only time column, and the table is sorted by it"),
        choice("key", "user_id", "nearly unique"),
        choice("filter", SCRIPT, &format!("{SCRIPT} has few values")),
    ];
    let experiments = vec![experiment(&FORMATS, choices), experiment(&KERNELS, Vec::new())];
    Run {
        header: RunHeader {
            schema: results::SCHEMA,
            id: "20261122-101500-a1b2".to_owned(),
            started: "2026-11-22T10:15:00Z".to_owned(),
            benchbook: "0.1.0".to_owned(),
            command: ["benchbook", "report", "--data", "my table/", "--budget", "quick"].map(str::to_owned).into(),
            seed: 42,
            budget: BudgetName::Quick,
            budget_seconds: 90,
            margin: 0.05,
            clock: Clock::Real,
            looks: vec![3, 5],
        },
        machine: machine(),
        ceilings: ceilings(),
        dataset: Some(dataset(&HOSTILE)),
        experiments,
        cases,
        end: Some(RunEnd { elapsed_seconds: 83.2, interrupted: false, reused: 0, measured: 40 }),
        warnings: Vec::new(),
    }
}

/// A table with these columns.
pub(crate) fn dataset(names: &[&str]) -> Dataset {
    let column = |(i, name): (usize, &&str)| Column {
        name: (*name).to_owned(),
        dtype: ["i64", "f32", "text", "datetime"][i % 4].to_owned(),
        nulls: (i % 3 != 0).then_some(1234 * i as u64),
        distinct: Some(10_u64.pow((i % 6) as u32)),
        sorted: Some([Sortedness::Ascending, Sortedness::Unsorted][i % 2]),
        zero_share: (i % 2 == 0).then_some(0.031 * (i % 30) as f64),
        mean_bytes: (i % 4 == 2).then_some(17.5),
        roles: [vec![ColumnRole::Key], vec![ColumnRole::Category, ColumnRole::Filter], Vec::new()][i % 3].clone(),
    };
    Dataset {
        id: "feedbeef".to_owned(),
        name: "my table".to_owned(),
        source: Source::User,
        format: Some("csv".to_owned()),
        files: 3,
        bytes: 1_234_567_890,
        rows: 4_000_000,
        rows_used: 1_000_000,
        part: None,
        columns: names.iter().enumerate().map(column).collect(),
        notes: vec![format!("12 rows of {SCRIPT} were ragged")],
    }
}

fn machine() -> Machine {
    let lane = |id: &str, version: Option<&str>, missing: Option<&str>, adds: &str| Lane {
        id: id.to_owned(),
        version: version.map(str::to_owned),
        path: None,
        missing: missing.map(str::to_owned),
        adds: adds.to_owned(),
    };
    Machine {
        cpu: Cpu {
            model: "Example CPU 3000 <fast> & \"quiet\"".to_owned(),
            physical_cores: 2,
            logical_cores: 4,
            caches: [(1, 48 << 10, 2), (2, 2 << 20, 2), (3, 32 << 20, 4)]
                .map(|(level, bytes, shared_by)| Cache { level, bytes, shared_by })
                .into(),
            simd: ["avx2", "avx512f"].map(str::to_owned).into(),
        },
        memory_bytes: 16 << 30,
        memory_limit_bytes: Some(12 << 30),
        numa_nodes: Some(1),
        disks: vec![Disk {
            usage: "data".to_owned(),
            device: Some("vda".to_owned()),
            filesystem: Some("ext4".to_owned()),
            kind: DiskKind::Virtual,
            bytes: Some(100 << 30),
            free_bytes: Some(40 << 30),
        }],
        gpus: Vec::new(),
        os: Os {
            family: "linux".to_owned(),
            name: "Debian 12".to_owned(),
            kernel: Some("6.1".to_owned()),
            arch: "x86_64".to_owned(),
        },
        lanes: vec![
            lane("python", Some("3.12"), None, "the article's own loop"),
            lane("duckdb", None, Some("python3 has no module duckdb; pip install duckdb"), "a second engine"),
        ],
        conditions: BTreeMap::from([("governor".to_owned(), "performance".to_owned())]),
    }
}

fn ceilings() -> Vec<Ceiling> {
    let ceiling =
        |id: &str, label: &str, unit: &str, working: Option<u64>, samples: Vec<f64>, missing: Option<&str>| {
            serde_json::from_value::<Ceiling>(serde_json::json!({
                "id": id, "label": label, "unit": unit, "threads": 1, "working_set_bytes": working, "samples": samples,
                "missing": missing,
            }))
            .unwrap()
        };
    vec![
        ceiling("memory-read", "Memory read, L1 cache", "bytes/s", Some(24 << 10), vec![9.1e10, 9.3e10], None),
        ceiling("memory-read", "Memory read, L2 cache", "bytes/s", Some(1 << 20), vec![5.2e10, 5.1e10], None),
        ceiling("memory-read", "Memory read, memory", "bytes/s", Some(256 << 20), vec![1.1e10, 1.2e10], None),
        ceiling("disk-random-read", "Disk, random read", "reads/s", None, vec![21_000.0], None),
        ceiling(
            "disk-sequential-read",
            "Disk, sequential",
            "bytes/s",
            None,
            vec![],
            Some("the pages could not be dropped"),
        ),
    ]
}

/// A case with launches of six rounds around `seconds`; noise comes from a fixed sequence.
fn case(experiment: &str, variant: &str, point: Point, role: Role, seconds: f64, launches: usize) -> Case {
    let key = format!("{experiment}/{variant}/{point}/{role:?}");
    let mut state = key.bytes().fold(0x9e37_79b9_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
    };
    let cold = point.get("cache") == Some("cold");
    let launch = |launch_noise: f64, noise: &mut dyn FnMut() -> f64| Launch {
        startup_ns: 9_000_000,
        prepare_ns: 120_000_000,
        warmup_ns: vec![(seconds * 1.3e9) as u64],
        samples: (0..6)
            .map(|round| Sample {
                round,
                order: round % 3,
                iterations: 1,
                wall_ns: (seconds * 1e9 * (1.0 + 0.01 * launch_noise + 0.02 * noise())) as u64,
                counters: BTreeMap::from([
                    ("cpu_ns".to_owned(), (seconds * 1.6e9) as u64),
                    ("peak_rss_bytes".to_owned(), 180_000_000),
                    ("device_bytes".to_owned(), if cold { 40_000_000 } else { 0 }),
                ]),
            })
            .collect(),
        trials: BTreeMap::new(),
    };
    let launches = (0..launches)
        .map(|_| {
            let shift = noise();
            launch(shift, &mut noise)
        })
        .collect();
    Case {
        experiment: experiment.to_owned(),
        variant: variant.to_owned(),
        point,
        role,
        key,
        outcome: Outcome::Measured,
        settings: BTreeMap::from([("threads".to_owned(), "2".to_owned()), ("note".to_owned(), SCRIPT.to_owned())]),
        facts: BTreeMap::from([("rows".to_owned(), 1e6)]),
        answer: None,
        launches,
        tables: BTreeMap::new(),
    }
}

fn unmeasured(mut case: Case, outcome: Outcome) -> Case {
    case.outcome = outcome;
    case.launches.clear();
    case.facts.clear();
    case
}

fn formats() -> Vec<Case> {
    let mut cases = Vec::new();
    let seconds = |variant: &str, workload: &str| -> f64 {
        let csv = 0.8;
        csv / match (variant, workload) {
            ("csv", _) => 1.0,
            ("avro", "lookup") => 1.02,
            ("avro", _) => 1.4,
            (_, "read-all") => 3.1,
            (_, "one-column") => 24.0,
            _ => 0.4,
        }
    };
    for workload in ["read-all", "one-column", "lookup"] {
        for cache in ["cold", "warm"] {
            let point = Point::new().with("workload", workload).with("cache", cache);
            for variant in ["csv", "avro", "parquet-zstd", "duckdb"] {
                if variant == "avro" && workload == "lookup" && cache == "cold" {
                    continue;
                }
                let mut case = case("formats", variant, point.clone(), Role::Measure, seconds(variant, workload), 5);
                let bytes = match variant {
                    "csv" => 4.1e8,
                    "avro" => 2.2e8,
                    _ => 0.9e8,
                };
                case.facts.insert("disk_bytes".to_owned(), bytes);
                case.facts.insert("bytes".to_owned(), bytes);
                cases.push(match (variant, workload) {
                    ("duckdb", _) => unmeasured(
                        case,
                        Outcome::Skipped { reason: "python3 has no module duckdb; pip install duckdb".to_owned() },
                    ),
                    ("avro", "one-column") if cache == "cold" => unmeasured(case, Outcome::TimedOut { seconds: 30 }),
                    ("parquet-zstd", "lookup") if cache == "cold" => unmeasured(
                        case,
                        Outcome::Failed { reason: format!("the column \"{SCRIPT}\" cannot be decoded") },
                    ),
                    _ => case,
                });
            }
        }
    }
    let warm = Point::new().with("workload", "one-column").with("cache", "warm");
    cases.push(case("formats", "csv", warm.clone(), Role::Control, 0.8, 5));
    for workload in ["read-all", "one-column"] {
        let point = warm.clone().with("workload", workload);
        for variant in ["csv", "parquet-zstd"] {
            cases.push(case("formats", variant, point.clone(), Role::Confirm, seconds(variant, workload), 5));
        }
    }
    cases
}

fn kernels() -> Vec<Case> {
    let mut cases = Vec::new();
    for kernel in ["square", "sum"] {
        for (size, bytes) in [("16k", 16384.0), ("256k", 262_144.0), ("4m", 4_194_304.0), ("64m", 67_108_864.0)] {
            let point = Point::new().with("kernel", kernel).with("size", size);
            for (variant, rate) in [("scalar", 4e9), ("auto", 1.9e10), ("simd", 2e10)] {
                let rate = if bytes > 1e7 { f64::min(rate, 1.15e10) } else { rate };
                let mut case = case("kernels", variant, point.clone(), Role::Measure, bytes / rate, 5);
                case.facts.insert("bytes".to_owned(), bytes);
                // Many calls per sample, as the harness does below a microsecond.
                for sample in case.launches.iter_mut().flat_map(|launch| &mut launch.samples) {
                    sample.iterations = 1000;
                    sample.wall_ns *= 1000;
                }
                cases.push(case);
            }
            if bytes < 1e7 {
                let mut case = case("kernels", "python", point.clone(), Role::Measure, bytes / 1e8, 3);
                case.facts.insert("bytes".to_owned(), bytes);
                cases.push(case);
            }
        }
    }
    let point = Point::new().with("kernel", "square").with("size", "4m");
    let mut control = case("kernels", "scalar", point, Role::Control, 4_194_304.0 / 4e9, 5);
    control.facts.insert("bytes".to_owned(), 4_194_304.0);
    cases.push(control);
    cases
}
