//! The worker protocol: JSON Lines on a worker's standard input and output.
//!
//! It is public (`PROTOCOL.md`), so that a variant may be a Python script or the reader's own program. A worker greets,
//! then answers each request with exactly one line, and leaves at `quit` or at the end of its input.

use std::collections::BTreeMap;
use std::path::PathBuf;

use results::{Answer, Facts, RecordedTable};
use serde::{Deserialize, Serialize};

use crate::Task;

/// The version of the protocol that this build speaks.
pub const PROTOCOL: u32 = 1;

/// The first line of a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Version of the protocol.
    pub protocol: u32,
}

/// What the main process asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Request {
    /// Set up one case; untimed.
    Prepare {
        /// The case.
        task: Box<Task>,
    },
    /// Call the work `iterations` times, and time all calls together.
    Run {
        /// Number of calls.
        iterations: u64,
    },
    /// Leave.
    Quit,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// The case is ready.
    Prepared(Ready),
    /// The calls were made.
    Ran(Ran),
    /// Not possible here, by no one's fault.
    Skip {
        /// Why, as a sentence.
        reason: String,
    },
    /// It went wrong.
    Fail {
        /// Why, as a sentence.
        reason: String,
    },
}

/// A case that is ready.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// Threads, versions, levels.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// `rows`, `bytes`, `flops` per call, `disk_bytes`.
    #[serde(default)]
    pub facts: Facts,
    /// Quantities drawn several times, a value for each of the launch's seeds.
    #[serde(default)]
    pub trials: BTreeMap<String, Vec<f64>>,
    /// Tables for the chapter.
    #[serde(default)]
    pub tables: BTreeMap<String, RecordedTable>,
    /// Files that the work reads, to be dropped from the page cache before a cold call.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Whether a sample must be a single call, because the work changes its own input.
    #[serde(default)]
    pub single_call: bool,
}

impl Ready {
    /// What cannot be recorded, as a clause: a quantity that is not a number, a ragged table. JSON has no word for such
    /// numbers, so it is said before they are sent.
    #[must_use]
    pub fn defect(&self) -> Option<String> {
        let trials =
            self.trials.iter().flat_map(|(name, values)| values.iter().map(move |value| ("trial", name, value)));
        let numbers = self.facts.iter().map(|(name, value)| ("fact", name, value)).chain(trials);
        let wrong = numbers.filter(|(_, _, value)| !value.is_finite());
        wrong.map(|(kind, name, value)| format!("the {kind} {name:?} is {value}")).next().or_else(|| {
            let defect =
                |(name, table): (&String, &RecordedTable)| Some(format!("table {name:?}: {}", table.defect()?));
            self.tables.iter().find_map(defect)
        })
    }
}

/// Calls that were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// Wall-clock nanoseconds of all calls together.
    pub wall_ns: u64,
    /// CPU nanoseconds of all threads, all calls together.
    #[serde(default)]
    pub cpu_ns: Option<u64>,
    /// What the last call answered.
    pub answer: Answer,
}
