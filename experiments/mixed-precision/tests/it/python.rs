//! The Python lane, through the worker protocol, beside the variants of this binary.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use measure::Task;
use results::{Answer, Point};
use serde_json::{Value, json};

use crate::support::{Bench, DEFINITION, at, has, python};

/// The worker's script with its helper, running.
struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts it in a folder laid out as Benchbook lays it out.
    fn start(folder: &Path) -> Self {
        let script = folder.join("precision_lane.py");
        std::fs::write(&script, include_str!("../../precision_lane.py")).unwrap();
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

fn torch() -> bool {
    let found = has("torch") && has("numpy");
    if !found {
        println!("skipped: {} lacks torch or numpy", python());
    }
    found
}

/// Holds PyTorch in each precision against f32 in this binary; what it skips, it must say why.
fn agree(point: &Point, close: &[(&str, f64)]) {
    let bench = Bench::new();
    let mut rust = bench.prepare("f32", point).unwrap();
    let expected = (rust.work)().unwrap();
    for (id, tolerance) in close {
        let variant = DEFINITION.variant(id).unwrap();
        assert!(variant.tolerance.is_some_and(|allowed| *tolerance <= allowed), "{id}");
        match Worker::start(bench.scratch.path()).answer(&bench.task(variant, point)) {
            Ok((answer, ready)) => {
                assert_eq!(answer.disagreement(&expected, *tolerance), None, "{id} {point}");
                assert_eq!(ready["facts"]["rows"], json!(rust.facts["rows"]), "{id} {point}");
                assert_eq!(ready["facts"]["flops"], json!(rust.facts["flops"]), "{id} {point}");
            }
            Err(why) => assert!(*id == "torch-f16" && why.contains("no fast code"), "{id} {point}: {why}"),
        }
    }
}

#[test]
fn products_agree_with_pytorch() {
    if torch() {
        let point = at(&[("work", "product"), ("size", "256")]);
        agree(&point, &[("torch-f32", 1e-6), ("torch-bf16", 2e-3), ("torch-f16", 1e-3)]);
    }
}

/// Other weights, texts or steps of the model change the loss in the second digit; f32 agrees to six.
#[test]
fn the_model_is_the_same_in_pytorch() {
    if torch() {
        let point = at(&[("work", "step"), ("model", "small"), ("batch", "2")]);
        agree(&point, &[("torch-f32", 1e-6), ("torch-bf16", 1e-2), ("torch-f16", 2e-3)]);
    }
}

#[test]
fn without_the_weights_of_an_earlier_variant_it_is_a_skip() {
    if torch() {
        let bench = Bench::new();
        let task = bench.task(
            DEFINITION.variant("torch-f32").unwrap(),
            &at(&[("work", "step"), ("model", "small"), ("batch", "2")]),
        );
        assert!(Worker::start(bench.scratch.path()).answer(&task).unwrap_err().contains("No variant"));
    }
}
