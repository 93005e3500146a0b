//! The lines of a results file.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Case, Ceiling, Choice, Dataset, Machine};

/// One line of a results file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// First line: what was asked for.
    Run(RunHeader),
    /// The machine.
    Machine(Machine),
    /// One ceiling of the machine.
    Ceiling(Ceiling),
    /// The data.
    Dataset(Dataset),
    /// An experiment as it was defined when it was measured, with every case that was planned.
    Experiment(Experiment),
    /// A finished case.
    Case(Case),
    /// Last line: how it ended. A file without it was interrupted.
    End(RunEnd),
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunHeader {
    /// Version of the format, see [`crate::SCHEMA`].
    pub schema: u32,
    /// Unique id of the run, also the file's name.
    pub id: String,
    /// UTC, RFC 3339.
    pub started: String,
    /// Version of Benchbook.
    pub benchbook: String,
    /// The command, for the reproduce line.
    pub command: Vec<String>,
    /// Seed of data, order and bootstrap.
    pub seed: u64,
    /// Name of the budget.
    pub budget: BudgetName,
    /// Seconds that the budget allows for the whole report.
    pub budget_seconds: u64,
    /// Margin of practical equivalence, as a fraction.
    pub margin: f64,
    /// Whether seconds are real.
    pub clock: Clock,
    /// Numbers of launches after which the run looked whether a case is settled; the confidence is spread over them.
    pub looks: Vec<usize>,
}

/// Which preset a run used; any duration maps to the nearest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetName {
    /// A first site in three or four minutes; its figures are preliminary.
    Quick,
    /// About twenty minutes.
    Standard,
    /// Overnight.
    Thorough,
}

/// Whether seconds are real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Measured.
    Real,
    /// Made up from a seed, for tests of the pages and the command line. The site says so on every page.
    Fake,
}

/// An experiment as it was defined when it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Folder name under `experiments/`.
    pub slug: String,
    /// The definition (`experiment.toml`) as JSON.
    pub definition: Value,
    /// Hash of the code and definition.
    pub code: String,
    /// Columns that it chose from the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Why the whole experiment was skipped, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Keys of every case that was planned, so that a reader sees what is missing.
    pub planned: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEnd {
    /// Wall-clock seconds from start to here.
    pub elapsed_seconds: f64,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Cases that an earlier run had measured already.
    pub reused: u64,
    /// Cases measured by this run.
    pub measured: u64,
}
