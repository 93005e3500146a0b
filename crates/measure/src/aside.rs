//! A worker process that an experiment starts on its own, while it prepares a case: another number of threads, or work whose memory
//! must not stay in the process that is measured.
//!
//! It is a worker like any other (`benchbook worker`). Where this program is not Benchbook (a test), there is none to be had.

use std::time::Duration;

use results::Answer;

use crate::Task;
use crate::launch::{Process, Program, Worker};

/// How long it may take to prepare, or to answer: as long as whoever waits for it may take to prepare.
const LIMIT: Duration = Duration::from_secs(600);

/// A process that has been given a task. It ends when this is dropped.
pub struct Aside(Process);

impl Aside {
    /// Starts a process and has it prepare `task`, with the task's number of threads. `None` if there is no such process to be had, or
    /// it could not prepare the task: whoever wants to know why prepares it himself.
    #[must_use]
    pub fn prepare(task: &Task) -> Option<Self> {
        let threads = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS"];
        let environment = threads.map(|name| (name.to_owned(), task.threads.to_string())).into();
        Self::in_program(&Program { environment, ..Program::worker(&std::env::current_exe().ok()?) }, task)
    }

    /// The same with another program.
    #[must_use]
    pub fn in_program(program: &Program, task: &Task) -> Option<Self> {
        let mut process = Process::start(program).ok()?;
        process.prepare(task, LIMIT).ok()?;
        Some(Self(process))
    }

    /// The answer of one call of the work; `None` if it failed.
    pub fn answer(&mut self) -> Option<Answer> {
        Some(self.0.run(1, LIMIT).ok()?.ran.answer)
    }
}
