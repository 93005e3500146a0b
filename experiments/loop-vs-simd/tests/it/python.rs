//! The Python lane, through the worker protocol, beside the Rust lanes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use loop_vs_simd::experiment;
use measure::Task;
use results::Answer;
use serde_json::{Value, json};

use crate::support::{KERNELS, TYPES, disagreement, task};

/// The worker's script with its helper, running.
struct Worker {
    child: Child,
    replies: BufReader<std::process::ChildStdout>,
}

impl Worker {
    /// Starts it in a folder laid out as Benchbook lays it out; `None` without Python.
    fn start(folder: &Path) -> Option<Self> {
        let script = folder.join("loops.py");
        std::fs::write(&script, include_str!("../../loops.py")).expect("a temporary folder");
        let (name, helper) = measure::PYTHON_HELPER;
        std::fs::write(folder.join(name), helper).expect("a temporary folder");
        let python = std::env::var_os("BENCHBOOK_PYTHON").unwrap_or_else(|| "python3".into());
        let mut child = Command::new(&python)
            .arg(&script)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| eprintln!("skipped: {} does not start ({e})", python.display()))
            .ok()?;
        let mut replies = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut greeting = String::new();
        replies.read_line(&mut greeting).expect("a greeting");
        assert_eq!(greeting.trim(), r#"{"protocol": 1}"#);
        Some(Self { child, replies })
    }

    fn ask(&mut self, request: &Value) -> Value {
        let pipe = self.child.stdin.as_mut().expect("a pipe");
        writeln!(pipe, "{request}").expect("the worker reads");
        let mut reply = String::new();
        self.replies.read_line(&mut reply).expect("the worker answers");
        serde_json::from_str(&reply).unwrap_or_else(|e| panic!("{e}: {reply:?}"))
    }

    fn prepare(&mut self, task: &Task) -> Value {
        self.ask(&json!({"op": "prepare", "task": task}))
    }

    /// The answer of two calls, which must be the same; or why there is none.
    fn answer(&mut self, task: &Task) -> Result<(Answer, Value), String> {
        let ready = self.prepare(task);
        match ready["reply"].as_str() {
            Some("prepared") => {}
            Some("skip") => return Err(ready["reason"].as_str().unwrap_or_default().to_owned()),
            _ => panic!("{} {}: {ready}", task.variant, task.point),
        }
        let mut answer = || -> Answer {
            let ran = self.ask(&json!({"op": "run", "iterations": 1}));
            serde_json::from_value(ran["answer"].clone()).unwrap_or_else(|e| panic!("{e}: {ran}"))
        };
        let first = answer();
        assert_eq!(first, answer(), "{} {}: the second call differs", task.variant, task.point);
        Ok((first, ready))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn python_gives_the_answers_of_the_rust_lanes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(mut worker) = Worker::start(folder.path()) else { return };
    let mut compared = 0;
    for kernel in KERNELS {
        for dtype in TYPES {
            if (kernel, dtype) == ("sigmoid", "i64") {
                continue;
            }
            // An odd number of elements, more than NumPy makes at a time.
            let at = |variant| task(variant, kernel, dtype, 100_040, folder.path());
            let mut rust = experiment().prepare(&at("scalar")).unwrap_or_else(|e| panic!("{e:?}"));
            let expected = (rust.work)().expect("an answer");
            for variant in ["python-loop", "python-builtin", "numpy", "numpy-reuse"] {
                match worker.answer(&at(variant)) {
                    Ok((answer, ready)) => {
                        let why = disagreement(&answer, &expected, dtype);
                        assert_eq!(why, None, "{variant} {kernel} {dtype}");
                        for (name, fact) in &rust.facts {
                            assert_eq!(ready["facts"][name], json!(fact), "{variant} {kernel} {dtype}: {name}");
                        }
                        for name in ["ceiling", "dtype", "passes", "threads"] {
                            let setting = &ready["settings"][name];
                            assert_eq!(setting, &json!(rust.settings[name]), "{variant} {kernel} {dtype}: {name}");
                        }
                        compared += 1;
                    }
                    Err(reason) if reason.contains("NumPy is not installed") => {
                        eprintln!("skipped {variant}: {reason}");
                    }
                    Err(reason) => {
                        let single = dtype == "f32" && reason.contains("double precision");
                        let nothing = variant == "numpy-reuse" && reason.contains("no output to reuse");
                        assert!(single || nothing, "{variant} {kernel} {dtype}: {reason}");
                    }
                }
            }
        }
    }
    assert!(compared >= 18, "only {compared} cases were compared");
}

#[test]
fn without_numpy_the_numbers_are_kept_for_the_next_launch() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = task("python-loop", "sum", "i64", 8192, folder.path());
    let Some(mut worker) = Worker::start(folder.path()) else { return };
    let (first, _) = worker.answer(&at).expect("an answer");
    let kept = || std::fs::read_dir(folder.path()).expect("the folder").flatten().map(|e| e.path());
    let Some(file) = kept().find(|path| path.extension().is_some_and(|ext| ext == "bits20")) else {
        eprintln!("skipped: NumPy is here, which makes them anew");
        return;
    };
    drop(worker);
    // A file that was cut short is made again.
    std::fs::write(&file, b"short").expect("the file");
    let mut worker = Worker::start(folder.path()).expect("Python is here");
    assert_eq!(worker.answer(&at).expect("an answer").0, first);
    assert_eq!(std::fs::metadata(&file).expect("the file").len(), 4096);
}
