//! What the analysis finds: the types that the pages show.

use std::collections::BTreeMap;

use catalog::{Claim, Contrast, Metric, Requirement, Scale};
use results::{Dataset, Machine, Point, RecordedTable, RunHeader};
use serde::{Deserialize, Serialize};
use stats::{Interval, Verdict};

/// A run, analysed.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// What was asked for.
    pub header: RunHeader,
    /// The machine.
    pub machine: Machine,
    /// The data.
    pub dataset: Option<Dataset>,
    /// One for each experiment, in the order of the guide.
    pub chapters: Vec<ChapterAnalysis>,
    /// How far this run can be trusted.
    pub trust: Trust,
    /// All recommendations of the run, the most valuable first.
    pub recommendations: Vec<Recommendation>,
}

/// An experiment, analysed.
#[derive(Clone, Debug, Serialize)]
pub struct ChapterAnalysis {
    /// Slug.
    pub slug: String,
    /// Why the whole experiment was skipped, if it was.
    pub skipped: Option<String>,
    /// One for each planned case of [`results::Role::Measure`], in the order of the definition: axes first, then variants.
    pub cases: Vec<CaseAnalysis>,
    /// The findings that the prose names, by name. Each name of the definition is here.
    pub findings: BTreeMap<String, Finding>,
    /// The values that the prose names, by name, in the metric's base unit (or as a factor).
    pub values: BTreeMap<String, NamedValue>,
    /// The claims beside what was measured.
    pub claims: Vec<ClaimResult>,
    /// What to do, if the chapter gives advice and the measurements support it.
    pub recommendation: Option<Recommendation>,
    /// Why there is no recommendation, as a sentence, if there is none.
    pub no_recommendation: Option<String>,
    /// Variants that cannot be advised, because a condition is not shown to be kept.
    pub ruled_out: Vec<RuledOut>,
    /// Columns that the experiment chose.
    pub choices: Vec<results::Choice>,
}

/// A planned case with everything that can be read off it.
#[derive(Clone, Debug, Serialize)]
pub struct CaseAnalysis {
    /// Variant.
    pub variant: String,
    /// Point.
    pub point: Point,
    /// Why there is no measurement, as a sentence; `None` if it was measured.
    pub missing: Option<String>,
    /// Launches and samples.
    pub launches: usize,
    /// Samples over all launches.
    pub samples: usize,
    /// Samples that Tukey's fences label as outliers; they are kept.
    pub outliers: usize,
    /// Median (of trials: mean) with interval by metric; what was not measured is absent.
    pub metrics: BTreeMap<Metric, Interval>,
    /// How many trials stand behind a metric that was drawn several times.
    pub trials: BTreeMap<Metric, usize>,
    /// Against the baseline at the same point, by time; `None` for the baseline itself and where either is missing.
    pub against_baseline: Option<Finding>,
    /// Threads, versions, levels, cache state.
    pub settings: BTreeMap<String, String>,
    /// For cold cases: whether the device really delivered the bytes. `None` for warm ones.
    pub cold_proof: Option<ColdProof>,
}

/// Whether a cold measurement was cold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColdProof {
    /// Whether the device delivered the bytes that a cold read needs.
    pub proven: bool,
    /// The evidence as a sentence.
    pub evidence: String,
}

/// A comparison with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is compared.
    pub contrast: Contrast,
    /// Factor of improvement: other side ÷ this side where less is better, this ÷ other where more is better.
    /// 2 means twice as good. Absent if either side was not measured, or is zero where the difference is judged.
    pub factor: Option<Interval>,
    /// What is judged.
    pub scale: Scale,
    /// Margin of practical equivalence: a fraction, or where the difference is judged an amount in the metric's unit.
    pub margin: f64,
    /// This side − the other in the metric's unit, where the difference is judged.
    pub difference: Option<Interval>,
    /// The verdict after control of the false discovery rate; `None` if not measured.
    pub verdict: Option<Verdict>,
    /// Why it was not measured, as a sentence.
    pub missing: Option<String>,
    /// Result of the confirming second run: `Some(true)` if it came to the same verdict, `None` if there was none.
    pub confirmed: Option<bool>,
    /// Launches on the smaller side.
    pub launches: usize,
}

/// A number for the prose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedValue {
    /// Metric that it was read off.
    pub metric: Metric,
    /// What it is.
    pub reading: Reading,
}

/// Something read off the measurements.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// A level in the metric's unit.
    Level(Interval),
    /// A factor of improvement.
    Factor(Interval),
    /// This side − the other, in the metric's unit.
    Difference(Interval),
    /// A place along an axis.
    Crossing {
        /// Name of the axis.
        axis: String,
        /// Where.
        crossed: Crossed,
    },
    /// There is no factor, because a side is zero.
    Zero,
    /// Not measured: why, as a sentence.
    Missing(String),
}

/// Where along a numeric axis a factor crosses a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crossed {
    /// Once.
    Once {
        /// Where the estimate crosses.
        estimate: Place,
        /// From where on the interval holds the value.
        low: Place,
        /// Up to where.
        high: Place,
    },
    /// There and back: all places, in order.
    Several(Vec<f64>),
}

/// A place along a numeric axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Before the smallest place that was measured, which is this.
    BelowSmallest(f64),
    /// Here.
    At(f64),
    /// Behind the largest place that was measured, which is this.
    BeyondLargest(f64),
}

/// A claim beside what this machine measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimResult {
    /// The claim.
    pub claim: Claim,
    /// What was measured: a factor of improvement, or a crossing.
    pub measured: Option<Reading>,
    /// What follows.
    pub verdict: ClaimVerdict,
    /// Why not testable here or not measured, as a sentence.
    pub reason: Option<String>,
}

/// What a measurement says about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// The interval reaches the claimed range or more.
    Confirmed,
    /// An improvement, but the interval lies below the claimed range.
    WeakerHere,
    /// No improvement, or the opposite.
    Refuted,
    /// The interval is too wide to say.
    CannotTell,
    /// Needs something that is not here, or was not measured.
    NotTestable,
}

/// Advice that was measured before it is given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// Experiment.
    pub slug: String,
    /// What the reader has now (variant).
    pub current: String,
    /// The same in words; where the variant only comes nearest to the reader's files, both are named.
    pub current_label: String,
    /// What is advised (variant).
    pub advised: String,
    /// The sentence: what to do.
    pub action: String,
    /// When not to, as a sentence.
    pub unless: String,
    /// What it saves in all.
    pub gain: Gain,
    /// What it saves per workload.
    pub workloads: Vec<WorkloadSaving>,
    /// Bytes on disk now and then, if both are known.
    pub disk_bytes: Option<(f64, f64)>,
    /// Result of the confirming second run; `None` if there was none.
    pub confirmed: Option<bool>,
    /// Parameters of the advised variant, for its snippets.
    pub params: BTreeMap<String, String>,
    /// Workloads that could not be counted in, each with the reason as a sentence.
    pub left_out: Vec<String>,
    /// What the experiment has to say in detail: the table `advice` of the advised variant, if it recorded one.
    pub details: Option<RecordedTable>,
}

/// What a recommendation saves in all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// Time, weighted by how often each workload is done.
    Time {
        /// Seconds saved per working day, with interval.
        seconds_per_day: Interval,
        /// Money saved per month: waiting time and bytes billed, at the reader's prices.
        money_per_month: Interval,
    },
    /// Another metric, summed over the workloads, each once.
    Metric {
        /// The metric, which is also that of the workloads' savings.
        metric: Metric,
        /// What there is now, in its unit.
        now: f64,
        /// What there is then.
        then: f64,
        /// What is gained in the good direction, with interval.
        saved: Interval,
    },
}

impl Gain {
    /// The metric of the workloads' savings.
    #[must_use]
    pub fn metric(&self) -> Metric {
        match self {
            Self::Time { .. } => Metric::Time,
            Self::Metric { metric, .. } => *metric,
        }
    }
}

/// A variant that cannot be advised.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuledOut {
    /// The variant.
    pub variant: String,
    /// The condition.
    pub require: Requirement,
    /// Where it is not shown to be kept.
    pub point: Point,
    /// What was measured there; absent if nothing was.
    pub measured: Option<Interval>,
}

/// What a recommendation saves on one workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkloadSaving {
    /// Name for people.
    pub label: String,
    /// Where it was measured.
    pub point: Point,
    /// Times a day.
    pub per_day: f64,
    /// Seconds per query now (or what is saved instead, in its metric's unit).
    pub now: f64,
    /// The same then.
    pub then: f64,
    /// Saved per query in the good direction, with interval.
    pub saved: Interval,
    /// Money saved per query from bytes billed.
    pub saved_money: f64,
}

/// How far a run can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trust {
    /// A/A controls in the run, in the order of the guide.
    pub controls: Vec<Control>,
    /// Controls that came out faster or slower: false alarms.
    pub false_alarms: usize,
    /// Smallest effect that this run could have seen: the margin plus the median half-width of the control intervals,
    /// as a fraction. Absent without controls.
    pub smallest_effect: Option<f64>,
    /// Cases by outcome.
    pub measured: usize,
    /// Skipped cases.
    pub skipped: usize,
    /// Failed and timed-out cases.
    pub failed: usize,
    /// Planned cases that never finished.
    pub unfinished: usize,
    /// Comparisons with the verdict *cannot tell*.
    pub cannot_tell: usize,
    /// Comparisons judged.
    pub judged: usize,
    /// Verdicts that the control of the false discovery rate took back.
    pub taken_back: usize,
    /// What a reader should know: fake clock, noisy machine, interrupted run.
    pub warnings: Vec<String>,
}

/// The baseline measured once more under the same name: any difference is a false alarm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Control {
    /// Experiment.
    pub experiment: String,
    /// The variant that was measured twice.
    pub variant: String,
    /// Where.
    pub point: Point,
    /// How many times faster the second one came out; 1 lies in the interval if all is well.
    pub factor: Interval,
    /// What would have been concluded.
    pub verdict: Verdict,
}

/// What turns seconds and bytes into money. From `benchbook.toml`, else the defaults, shown on the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Assumptions {
    /// Price per terabyte (10^12 bytes) that a query reads.
    pub usd_per_tb: f64,
    /// Smallest number of bytes billed per query.
    pub minimum_bytes: f64,
    /// Price of an hour of waiting.
    pub usd_per_hour: f64,
    /// Price of the machine per hour.
    pub usd_per_machine_hour: f64,
    /// Working days per month.
    pub days_per_month: f64,
    /// Times a day, by workload id.
    pub frequencies: BTreeMap<String, f64>,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            usd_per_tb: 5.0,
            minimum_bytes: 10e6,
            usd_per_hour: 75.0,
            usd_per_machine_hour: 0.5,
            days_per_month: 21.0,
            frequencies: BTreeMap::new(),
        }
    }
}

/// Two runs side by side, for `compare`, `check` and the memo.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Name of the first (baseline) run.
    pub a: RunLabel,
    /// Name of the second run.
    pub b: RunLabel,
    /// One for each case measured in both.
    pub rows: Vec<ComparisonRow>,
    /// Cases measured in only one of them, with the side.
    pub unmatched: Vec<String>,
    /// Geometric mean of the factors per experiment, with interval.
    pub summary: Vec<(String, Interval)>,
    /// Whether the data sets are the same.
    pub same_data: bool,
    /// Whether the machines are the same.
    pub same_machine: bool,
}

/// A run's name in a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct RunLabel {
    /// Run id.
    pub id: String,
    /// When.
    pub started: String,
    /// Machine in one line.
    pub machine: String,
    /// Data in one line.
    pub data: String,
}

/// A case in both runs.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonRow {
    /// Experiment.
    pub experiment: String,
    /// Variant.
    pub variant: String,
    /// Point.
    pub point: Point,
    /// Seconds in A.
    pub a_seconds: Interval,
    /// Seconds in B.
    pub b_seconds: Interval,
    /// How many times faster B is than A.
    pub factor: Interval,
    /// Verdict on B.
    pub verdict: Verdict,
}
