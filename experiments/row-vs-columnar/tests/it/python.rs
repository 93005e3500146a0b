//! The Python lanes give the answers of the Rust variants, where Python has their packages.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use catalog::Variant;
use measure::wire::{Reply, Request};
use results::{Answer, ColumnRole};

use crate::case::{Bench, DEFINITION, values};
use crate::snippets::{has, python};
use crate::tables::log;

/// A Python worker, as the main process would start it.
struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Worker {
    fn start(bench: &Bench, lane: &Variant) -> Self {
        let (folder, program) = (bench.scratch.path(), lane.program.as_deref().unwrap());
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ext| ext == "py") {
                std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
            }
        }
        let (helper, text) = measure::PYTHON_HELPER;
        std::fs::write(folder.join(helper), text).unwrap();
        let mut child = Command::new(python())
            .arg(folder.join(program))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let requests = child.stdin.take().unwrap();
        let mut replies = BufReader::new(child.stdout.take().unwrap());
        replies.read_line(&mut String::new()).unwrap(); // the greeting
        Self { child, requests, replies }
    }

    fn ask(&mut self, request: &Request) -> Reply {
        writeln!(self.requests, "{}", serde_json::to_string(request).unwrap()).unwrap();
        let mut line = String::new();
        self.replies.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.requests.write_all(b"{\"op\":\"quit\"}\n");
        let _ = self.child.wait();
    }
}

/// The answer of a Python lane, or the reason of its skip.
fn ask(worker: &mut Worker, bench: &Bench, lane: &Variant, workload: &str) -> Result<Answer, String> {
    let task = Box::new(bench.task(lane, workload));
    match worker.ask(&Request::Prepare { task }) {
        Reply::Prepared(ready) => assert!(ready.files.iter().all(|file| file.exists()), "{:?}", ready.files),
        Reply::Skip { reason } => return Err(reason),
        other => panic!("{} {workload}: {other:?}", lane.id),
    }
    match worker.ask(&Request::Run { iterations: 2 }) {
        Reply::Ran(ran) => Ok(ran.answer),
        other => panic!("{} {workload}: {other:?}", lane.id),
    }
}

fn lanes() -> Vec<Variant> {
    let lanes = DEFINITION.variant.iter().filter(|variant| variant.lane == "python");
    lanes.filter(|lane| has(&lane.needs[0]) && has("pyarrow")).cloned().collect()
}

fn agree(bench: &Bench) {
    for lane in lanes() {
        let source = DEFINITION.variant(&lane.params["source"]).unwrap();
        let mut worker = Worker::start(bench, &lane);
        for workload in values("workload") {
            if DEFINITION.exception(&lane.id, &bench.task(&lane, &workload).point).is_some() {
                continue;
            }
            match (bench.run(source, &workload), ask(&mut worker, bench, &lane, &workload)) {
                (Ok(expected), Ok(answer)) => {
                    let difference = answer.disagreement(&expected.answer, DEFINITION.tolerance);
                    assert_eq!(difference, None, "{} {workload}", lane.id);
                }
                (Err(_), Err(reason)) => assert!(reason.contains(' '), "{}: {reason}", lane.id),
                (rust, python) => panic!("{} {workload}: {:?} and {python:?}", lane.id, rust.map(|done| done.answer)),
            }
        }
    }
}

const ROLES: [(&str, ColumnRole); 4] = [
    ("id", ColumnRole::Key),
    ("at", ColumnRole::Time),
    ("country", ColumnRole::Category),
    ("price", ColumnRole::Measure),
];

#[test]
fn python_lanes_agree_with_the_variant_whose_file_they_read() {
    if lanes().is_empty() {
        println!("skipped: {} has neither duckdb with pyarrow nor pyarrow", python());
    }
    agree(&Bench::new(log(3000), &ROLES, &["at", "id"]).unwrap());
}

#[test]
fn python_lanes_agree_on_other_types_of_filter_and_key() {
    for (filter, key) in [("at_ns", "hash"), ("at_ms", "note"), ("day", "id"), ("ratio", "id")] {
        let table = log(1500).sort([key], Default::default()).unwrap();
        let roles = [(key, ColumnRole::Key), (filter, ColumnRole::Time), ("country", ColumnRole::Category)];
        let mut bench = Bench::new(table, &roles, &[]).unwrap();
        bench.columns.insert("filter".to_owned(), filter.to_owned());
        bench.columns.insert("key".to_owned(), key.to_owned());
        agree(&bench);
    }
}

#[test]
fn python_lanes_take_names_as_they_are() {
    let mut table = log(400).select(["id", "at", "country", "price", "note"]).unwrap();
    table.set_column_names(&["a.b", "\"; DROP TABLE x; --", "O'Neill", "né 🦀", "*"]).unwrap();
    let names: Vec<String> = table.get_column_names().iter().map(|name| name.to_string()).collect();
    let roles: Vec<(&str, ColumnRole)> = names.iter().map(String::as_str).zip(ROLES.map(|(_, role)| role)).collect();
    agree(&Bench::new(table, &roles, &[]).unwrap());
}

#[test]
fn a_python_lane_without_its_file_is_a_skip() {
    let bench = Bench::new(log(50), &ROLES, &[]).unwrap();
    for lane in lanes() {
        let mut worker = Worker::start(&bench, &lane);
        assert!(ask(&mut worker, &bench, &lane, "read-all").unwrap_err().contains("no variant"));
        bench.run(DEFINITION.variant("avro-zstd").unwrap(), "read-all").unwrap();
        let without = ask(&mut worker, &bench, &lane, "read-all").unwrap_err();
        assert!(without.contains(&lane.params["source"]), "{without}");
        std::fs::remove_dir_all(bench.scratch.path().join("row-vs-columnar")).unwrap();
    }
}
