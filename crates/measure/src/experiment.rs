//! What an experiment must implement: choose columns, and prepare one case.

use std::collections::BTreeMap;
use std::path::PathBuf;

use results::{Answer, Choice, Dataset, Facts, Point, RecordedTable};
use serde::{Deserialize, Serialize};

/// The code of an experiment.
///
/// Everything before the closure that [`prepare`](Self::prepare) returns is untimed; every call of the closure does the
/// work once, from the same starting state, and returns the same answer.
pub trait Experiment: Send + Sync {
    /// Chooses the columns that it needs, and says why; runs in the main process, on the profile alone.
    ///
    /// # Errors
    /// The reason why this data cannot serve, as a sentence.
    fn choose(&self, dataset: &Dataset) -> Result<Vec<Choice>, String>;

    /// Sets up one case inside a worker process: makes derived files in the scratch folder if they are not there yet
    /// ([`scratch`](crate::scratch): several launches share them), opens data, fills buffers.
    ///
    /// # Errors
    /// [`Refusal`]: a skip or a failure with its reason.
    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal>;
}

/// One case as a worker gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Slug of the experiment.
    pub experiment: String,
    /// Id of the variant.
    pub variant: String,
    /// The variant's parameters from `experiment.toml`.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Where on the axes.
    pub point: Point,
    /// The axes' numbers at this point (`size` in bytes, say), where they have one.
    #[serde(default)]
    pub numbers: BTreeMap<String, f64>,
    /// Seed for anything random that must be the same in every launch.
    pub seed: u64,
    /// Which launch of the variant this is, from 0; see [`Task::trial_seed`].
    #[serde(default)]
    pub launch: u32,
    /// Threads to use.
    pub threads: u32,
    /// Folder for derived files, shared by all launches of the run, removed at its end.
    pub scratch: PathBuf,
    /// The working table (Arrow IPC, uncompressed), if the experiment needs one.
    #[serde(default)]
    pub table: Option<PathBuf>,
    /// The table's profile.
    #[serde(default)]
    pub dataset: Option<Dataset>,
    /// The reader's own images, if `--data` named some: a file with the path of one on each line, as a JSON string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<PathBuf>,
    /// Folders for files whose reading is measured, one on each storage that the reader named; removed at the end of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<PathBuf>,
    /// The chosen columns by purpose.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

impl Task {
    /// The seed of a trial of this launch: each launch draws its own, and all variants the same ones.
    #[must_use]
    pub fn trial_seed(&self, trial: u32) -> u64 {
        self.seed.wrapping_add(u64::from(self.launch) * 1000).wrapping_add(u64::from(trial))
    }
}

/// A case that is ready to run.
pub struct Prepared {
    /// Does the work once per call.
    pub work: Box<dyn FnMut() -> anyhow::Result<Answer>>,
    /// Versions, levels, threads: what must be equal or is the point.
    pub settings: BTreeMap<String, String>,
    /// `rows`, `bytes`, `flops` per call, `disk_bytes`, and the experiment's own metrics; the same in every launch.
    pub facts: Facts,
    /// Quantities drawn several times, a value for each of the launch's seeds ([`Task::trial_seed`]).
    pub trials: BTreeMap<String, Vec<f64>>,
    /// Tables for the chapter, by name; the first launch's are recorded.
    pub tables: BTreeMap<String, RecordedTable>,
    /// Files that the work reads: these are dropped from the page cache before a cold sample.
    pub files: Vec<PathBuf>,
    /// Whether the work changes its files, so that a sample must be a single call and the state be restored by `reset`.
    pub reset: Option<Box<dyn FnMut() -> anyhow::Result<()>>>,
}

impl Prepared {
    /// A case with nothing but its work.
    #[must_use]
    pub fn new(work: impl FnMut() -> anyhow::Result<Answer> + 'static) -> Self {
        Self {
            work: Box::new(work),
            settings: BTreeMap::new(),
            facts: Facts::new(),
            trials: BTreeMap::new(),
            tables: BTreeMap::new(),
            files: Vec::new(),
            reset: None,
        }
    }

    /// Adds a setting.
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: f64) -> Self {
        self.facts.insert(name.to_owned(), value);
        self
    }

    /// Adds a quantity that was drawn several times: a value for each of the launch's seeds, in their order.
    #[must_use]
    pub fn trials(mut self, name: &str, values: Vec<f64>) -> Self {
        self.trials.insert(name.to_owned(), values);
        self
    }

    /// Adds a table; rows beyond [`RecordedTable::MOST_ROWS`] are counted and not kept.
    #[must_use]
    pub fn table(mut self, name: &str, table: RecordedTable) -> Self {
        self.tables.insert(name.to_owned(), table.cut());
        self
    }
}

/// Why a case cannot be prepared.
#[derive(Debug)]
pub enum Refusal {
    /// Not possible here, by no one's fault: the reason as a sentence.
    Skip(String),
    /// An error.
    Fail(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Fail(error.into())
    }
}
