//! The same draw in a process of its own with another number of threads.
//!
//! The engine's number of threads is fixed when a process starts, so whether a sample depends on it can only be seen in
//! another process. Where there is none to be had, nothing is claimed.

use measure::Task;
use measure::aside::Aside;
use results::Answer;

/// Parameter of a task that asks for the draw alone.
pub(crate) const ALONE: &str = "alone";

/// What a process with `threads` threads answers to the same task; `None` if there is no such process to be had.
pub(crate) fn answer(task: &Task, threads: u32) -> Option<Answer> {
    let mut task = task.clone();
    task.threads = threads;
    task.params.insert(ALONE.to_owned(), "yes".to_owned());
    Aside::prepare(&task)?.answer()
}
