//! A worker process that an experiment starts on its own, while it prepares a case: another number of threads, or work whose memory
//! must not stay in the process that is measured.
//!
//! It is a worker like any other (`benchbook worker`). Where this program is not Benchbook (a test), there is none to be had.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use results::Answer;

use crate::Task;
use crate::wire::{Greeting, PROTOCOL, Reply, Request};

/// A process that has been given a task. It ends when this is dropped.
pub struct Aside {
    child: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl Aside {
    /// Starts a process and has it prepare `task`, with the task's number of threads. `None` if there is no such process to be had, or
    /// it could not prepare the task: whoever wants to know why prepares it himself.
    #[must_use]
    pub fn prepare(task: &Task) -> Option<Self> {
        let threads = task.threads.to_string();
        let mut child = Command::new(std::env::current_exe().ok()?)
            .arg("worker")
            .env("POLARS_MAX_THREADS", &threads)
            .env("RAYON_NUM_THREADS", &threads)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let requests = child.stdin.take();
        let replies = BufReader::new(child.stdout.take()?);
        let mut aside = Self { child, requests, replies };
        let greeting: Greeting = serde_json::from_str(&aside.line()?).ok()?;
        if greeting.protocol != PROTOCOL {
            return None;
        }
        let reply = aside.ask(&Request::Prepare { task: Box::new(task.clone()) })?;
        matches!(reply, Reply::Prepared(_)).then_some(aside)
    }

    /// The answer of one call of the work.
    pub fn answer(&mut self) -> Option<Answer> {
        match self.ask(&Request::Run { iterations: 1 })? {
            Reply::Ran(ran) => Some(ran.answer),
            _ => None,
        }
    }

    fn ask(&mut self, request: &Request) -> Option<Reply> {
        let requests = self.requests.as_mut()?;
        writeln!(requests, "{}", serde_json::to_string(request).ok()?).ok()?;
        requests.flush().ok()?;
        serde_json::from_str(&self.line()?).ok()
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.replies.read_line(&mut line).ok()?;
        Some(line)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // A worker ends with its input; what is no worker is not waited for.
        self.requests = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
