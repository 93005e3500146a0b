//! A lane's Python script as a worker, and the interpreter that runs it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use measure::Task;
use measure::wire::{Greeting, Ready, Reply, Request};
use results::Answer;

/// The interpreter that has the packages: `BENCHBOOK_PYTHON`, or `python3`.
#[must_use]
pub fn python() -> String {
    std::env::var("BENCHBOOK_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether the interpreter has a package; it is looked for and not imported, which may take seconds.
#[must_use]
pub fn has(module: &str) -> bool {
    let look = format!("import importlib.util, sys; sys.exit(importlib.util.find_spec({module:?}) is None)");
    Command::new(python()).args(["-c", &look]).output().is_ok_and(|out| out.status.success())
}

/// Runs a program.
///
/// # Panics
/// If it fails; `what` says whose it is.
pub fn run(what: &str, code: &str) {
    let ran = Command::new(python()).args(["-c", code]).output().unwrap_or_else(|e| panic!("{}: {e}", python()));
    assert!(ran.status.success(), "{what}:\n{code}\n{}", String::from_utf8_lossy(&ran.stderr));
}

/// A script and its helper, running.
pub struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Worker {
    /// Lays the scripts of an experiment's folder out in `folder`, as Benchbook does, and starts one of them.
    ///
    /// # Panics
    /// If the files cannot be copied, the interpreter does not start, or the script does not greet.
    #[must_use]
    pub fn start(experiment: &Path, program: &str, folder: &Path) -> Self {
        for entry in std::fs::read_dir(experiment).expect("the experiment's folder") {
            let path = entry.expect("an entry").path();
            if let (Some("py"), Some(name)) = (path.extension().and_then(|ext| ext.to_str()), path.file_name()) {
                std::fs::copy(&path, folder.join(name)).expect("a copy");
            }
        }
        let (name, helper) = measure::PYTHON_HELPER;
        std::fs::write(folder.join(name), helper).expect("the helper");
        let mut child = Command::new(python())
            .arg(folder.join(program))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{} does not start: {e}", python()));
        let (requests, replies) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut worker = Self { child, requests, replies: BufReader::new(replies) };
        let greeting: Greeting = worker.read();
        assert_eq!(greeting.protocol, measure::wire::PROTOCOL);
        worker
    }

    fn read<T: serde::de::DeserializeOwned>(&mut self) -> T {
        let mut line = String::new();
        self.replies.read_line(&mut line).expect("the worker answers");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// What it replies.
    ///
    /// # Panics
    /// If the pipe is closed, or the reply is none of the protocol.
    pub fn ask(&mut self, request: &Request) -> Reply {
        let line = serde_json::to_string(request).expect("JSON");
        writeln!(self.requests, "{line}").expect("the worker reads");
        self.read()
    }

    /// What it says of a case.
    ///
    /// # Errors
    /// The reason of a skip.
    ///
    /// # Panics
    /// If it fails, or names a file that is not there.
    pub fn prepare(&mut self, task: &Task) -> Result<Ready, String> {
        match self.ask(&Request::Prepare { task: Box::new(task.clone()) }) {
            Reply::Prepared(ready) => {
                assert!(ready.files.iter().all(|file| file.exists()), "{}: {:?}", task.variant, ready.files);
                Ok(ready)
            }
            Reply::Skip { reason } => Err(reason),
            other => panic!("{} {}: {other:?}", task.variant, task.point),
        }
    }

    /// The answer of the last of so many calls.
    ///
    /// # Panics
    /// If they fail.
    pub fn run(&mut self, iterations: u64) -> Answer {
        match self.ask(&Request::Run { iterations }) {
            Reply::Ran(ran) => ran.answer,
            other => panic!("{other:?}"),
        }
    }

    /// The answer of a case, which two calls must give alike, and what was said of the case.
    ///
    /// # Errors
    /// The reason of a skip.
    ///
    /// # Panics
    /// If it fails, or the second call differs.
    pub fn answer(&mut self, task: &Task) -> Result<(Answer, Ready), String> {
        let ready = self.prepare(task)?;
        let (first, second) = (self.run(1), self.run(1));
        assert_eq!(first, second, "{} {}: the second call differs", task.variant, task.point);
        Ok((first, ready))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.requests.write_all(b"{\"op\":\"quit\"}\n");
        let _ = self.child.wait();
    }
}
