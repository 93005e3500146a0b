//! The Python lanes, through the worker protocol, beside the Rust variants.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use measure::Task;
use results::{Answer, Point, Source};
use serde_json::{Value, json};

use crate::support::{Bench, DEFINITION, ROLES, at, has, python, reviews};

/// The worker's script with its helper, running.
struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts it in a folder laid out as Benchbook lays it out.
    fn start(folder: &Path) -> Self {
        let script = folder.join("sparse_lane.py");
        std::fs::write(&script, include_str!("../../sparse_lane.py")).unwrap();
        let (name, helper) = measure::PYTHON_HELPER;
        std::fs::write(folder.join(name), helper).unwrap();
        let mut command = Command::new(python());
        command.arg(&script).env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (requests, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut worker = Self { child, requests, replies: BufReader::new(stdout) };
        assert_eq!(worker.line(), json!({"protocol": 1}));
        worker
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.replies.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        self.line()
    }

    /// The answer of two calls, which must be the same, and what the worker said before; or why there is none.
    fn answer(&mut self, task: &Task) -> Result<(Answer, Value), String> {
        let ready = self.ask(&json!({"op": "prepare", "task": task}));
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
        let _ = self.requests.write_all(b"{\"op\":\"quit\"}\n");
        let _ = self.child.wait();
    }
}

/// Compares Python lanes with the Rust variant of the same layout.
fn agree(bench: &Bench, point: &Point, lanes: &[&str]) {
    for lane in lanes {
        let variant = DEFINITION.variant(lane).unwrap();
        let twin = variant.params["layout"].as_str();
        let mut rust = bench.prepare(twin, point).unwrap_or_else(|why| panic!("{twin} {point}: {why}"));
        let expected = (rust.work)().unwrap();
        let mut worker = Worker::start(bench.scratch.path());
        let (answer, ready) =
            worker.answer(&bench.task(variant, point)).unwrap_or_else(|why| panic!("{lane} {point}: {why}"));
        assert_eq!(answer.disagreement(&expected, DEFINITION.tolerance), None, "{lane} {point}");
        assert_eq!(ready["facts"]["matrix_bytes"], json!(rust.facts["matrix_bytes"]), "{lane} {point}");
        if let (Some(mine), Some(theirs)) = (rust.trials.get("accuracy"), ready["trials"]["accuracy"].as_array()) {
            for (mine, theirs) in mine.iter().zip(theirs) {
                let theirs = theirs.as_f64().unwrap();
                assert!((mine - theirs).abs() < 0.02, "{lane}: {mine} and {theirs} of the same split");
            }
        }
    }
}

#[test]
fn numpy_and_scipy_agree_with_the_kernels() {
    if !has("numpy") || !has("scipy") {
        println!("skipped: {} lacks numpy or scipy", python());
        return;
    }
    let bench = Bench::new(reviews(10), &[], Source::User);
    for work in ["matvec-cached", "matmul", "matmul-sparse"] {
        agree(&bench, &at(&[("work", work), ("density", "0.05")]), &["numpy", "scipy", "scipy-csc"]);
    }
}

#[test]
fn scikit_learn_ends_at_the_same_loss() {
    if !has("sklearn") {
        println!("skipped: {} lacks scikit-learn", python());
        return;
    }
    for source in [Source::User, Source::Default] {
        let bench = Bench::new(reviews(800), &ROLES, source);
        agree(&bench, &at(&[("work", "train"), ("vocabulary", "256")]), &["sklearn", "sklearn-dense"]);
    }
}

#[test]
fn scikit_learn_finds_the_same_words_in_any_alphabet() {
    if !has("sklearn") {
        println!("skipped: {} lacks scikit-learn", python());
        return;
    }
    let texts: Vec<String> = (0..300)
        .map(|i| format!("ÉTÉ naïve мир{} 東京 x{}\n\u{0}tab\u{2028}end\u{85}नमस्ते{}", i % 7, i % 11, i % 5))
        .collect();
    let table = polars::prelude::df!("t" => texts).unwrap();
    let bench = Bench::new(table, &[("t", results::ColumnRole::Text)], Source::User);
    agree(&bench, &at(&[("work", "train"), ("vocabulary", "256")]), &["sklearn"]);
}

#[test]
fn without_the_texts_of_an_earlier_variant_it_is_a_skip() {
    if !has("sklearn") {
        println!("skipped: {} lacks scikit-learn", python());
        return;
    }
    let bench = Bench::new(reviews(300), &ROLES, Source::User);
    let mut worker = Worker::start(bench.scratch.path());
    let task = bench.task(DEFINITION.variant("sklearn").unwrap(), &at(&[("work", "train"), ("vocabulary", "256")]));
    assert!(worker.answer(&task).unwrap_err().contains("No variant"));
}
