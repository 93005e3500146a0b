//! The same draw in a process of its own with another number of threads.
//!
//! The engine's number of threads is fixed when a process starts, so whether a sample depends on it can only be seen in
//! another process. It is a worker like any other (`benchbook worker`); where this program is not Benchbook (a test), nobody
//! answers, and nothing is claimed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use measure::Task;
use measure::wire::{Greeting, PROTOCOL, Reply, Request};
use results::Answer;

/// Parameter of a task that asks for the draw alone.
pub(crate) const ALONE: &str = "alone";

/// What a process with `threads` threads answers to the same task; `None` if there is no such process to be had.
pub(crate) fn answer(task: &Task, threads: u32) -> Option<Answer> {
    let mut task = task.clone();
    task.threads = threads;
    task.params.insert(ALONE.to_owned(), "yes".to_owned());
    let mut child = Command::new(std::env::current_exe().ok()?)
        .arg("worker")
        .env("POLARS_MAX_THREADS", threads.to_string())
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let (requests, replies) = (child.stdin.take(), child.stdout.take());
    let answer =
        requests.zip(replies).and_then(|(requests, replies)| converse(requests, BufReader::new(replies), task));
    // It ends with its input; one that is no worker is not waited for.
    if answer.is_none() {
        let _ = child.kill();
    }
    let _ = child.wait();
    answer
}

fn converse(mut requests: impl Write, mut replies: impl BufRead, task: Task) -> Option<Answer> {
    let greeting: Greeting = serde_json::from_str(&line(&mut replies)?).ok()?;
    if greeting.protocol != PROTOCOL {
        return None;
    }
    let mut ask = |request: Request| -> Option<Reply> {
        writeln!(requests, "{}", serde_json::to_string(&request).ok()?).ok()?;
        requests.flush().ok()?;
        serde_json::from_str(&line(&mut replies)?).ok()
    };
    let Reply::Prepared(_) = ask(Request::Prepare { task: Box::new(task) })? else { return None };
    let Reply::Ran(ran) = ask(Request::Run { iterations: 1 })? else { return None };
    Some(ran.answer)
}

fn line(replies: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    replies.read_line(&mut line).ok()?;
    Some(line)
}
