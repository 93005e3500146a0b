//! Starting workers: one process for each launch of a variant, with a limit on every answer.

mod process;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use process::Process;

use crate::wire::{Ran, Ready};
use crate::{Task, counters};

/// Why a worker gave no measurement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It says that this is not possible here.
    #[error("{0}")]
    Skip(String),
    /// It reported an error, crashed, was killed or printed rubbish.
    #[error("{0}")]
    Fail(String),
    /// It did not answer in time.
    #[error("it did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// A program that can be started to run a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Environment variables to set.
    pub environment: Vec<(String, String)>,
}

impl Program {
    /// A program that is a worker when it is called with the verb `worker`, as Benchbook and what is built apart for it are.
    #[must_use]
    pub fn worker(executable: &Path) -> Self {
        let command = vec![executable.display().to_string(), "worker".to_owned()];
        Self { command, environment: Vec::new() }
    }
}

/// Starts workers. The fake one of [`crate::fake`] makes the whole command line testable without a clock.
pub trait Launcher {
    /// Starts a worker for one variant.
    ///
    /// # Errors
    /// [`Trouble`] if it does not start or greet.
    fn launch(&self, program: &Program) -> Result<Box<dyn Worker>, Trouble>;

    /// Asks the kernel to drop the files' pages.
    ///
    /// # Errors
    /// The reason why it cannot.
    fn drop_pages(&self, files: &[PathBuf]) -> Result<(), String>;
}

/// A running worker.
pub trait Worker {
    /// Time from start to greeting.
    fn startup(&self) -> Duration;

    /// Sets up one case.
    ///
    /// # Errors
    /// [`Trouble`]; after it the worker is not used any more.
    fn prepare(&mut self, task: &Task, limit: Duration) -> Result<Ready, Trouble>;

    /// Makes timed calls, and counts what the kernel saw meanwhile.
    ///
    /// # Errors
    /// [`Trouble`]; after it the worker is not used any more.
    fn run(&mut self, iterations: u64, limit: Duration) -> Result<Sampled, Trouble>;
}

/// Timed calls with the counters of the whole sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampled {
    /// What the worker reports.
    pub ran: Ran,
    /// What the kernel counted, see [`results::Sample::counters`].
    pub counters: std::collections::BTreeMap<String, u64>,
}

/// Starts real processes.
#[derive(Debug, Default)]
pub struct Processes;

impl Launcher for Processes {
    fn launch(&self, program: &Program) -> Result<Box<dyn Worker>, Trouble> {
        Ok(Box::new(Process::start(program)?))
    }

    fn drop_pages(&self, files: &[PathBuf]) -> Result<(), String> {
        counters::drop_pages(files).map_err(|e| e.to_string())
    }
}
