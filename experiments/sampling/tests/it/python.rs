//! The DuckDB lanes draw samples of the right size whose means are those of the table, where Python has DuckDB.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use catalog::Variant;
use measure::wire::{Ready, Reply, Request};
use results::Answer;

use crate::case::{Bench, DEFINITION, point};
use crate::snippets::{has, python};
use crate::tables::{ROLES, log};

/// A Python worker, as the main process would start it.
struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Worker {
    fn start(bench: &Bench, lane: &Variant) -> Self {
        let (folder, program) = (bench.scratch.path(), lane.program.as_deref().unwrap());
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(program), folder.join(program)).unwrap();
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

    /// Prepares and runs a case. `Err` is the reason of a skip.
    fn run(&mut self, bench: &Bench, lane: &Variant, layout: &str, size: &str) -> Result<(Ready, Answer), String> {
        let task = Box::new(bench.task(lane, point(layout, size)));
        let ready = match self.ask(&Request::Prepare { task }) {
            Reply::Prepared(ready) => ready,
            Reply::Skip { reason } => return Err(reason),
            other => panic!("{} {layout} {size}: {other:?}", lane.id),
        };
        match self.ask(&Request::Run { iterations: 2 }) {
            Reply::Ran(ran) => Ok((ready, ran.answer)),
            other => panic!("{} {layout} {size}: {other:?}", lane.id),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.requests.write_all(b"{\"op\":\"quit\"}\n");
        let _ = self.child.wait();
    }
}

fn lanes() -> Vec<Variant> {
    let lanes = DEFINITION.variant.iter().filter(|variant| variant.lane == "python");
    let lanes: Vec<Variant> = lanes.filter(|lane| has(&lane.needs[0])).cloned().collect();
    if lanes.is_empty() {
        println!("skipped: {} has no duckdb", python());
    }
    lanes
}

#[test]
fn duckdb_draws_samples_of_the_same_table() {
    let bench = Bench::new(log(11_000), &ROLES).unwrap();
    for layout in ["parquet", "partitioned", "csv"] {
        bench.run(&DEFINITION.baseline, layout, "1000").unwrap();
    }
    for lane in lanes() {
        let mut worker = Worker::start(&bench, &lane);
        for layout in ["parquet", "partitioned", "csv"] {
            let (ready, answer) = worker.run(&bench, &lane, layout, "1000").unwrap();
            assert_eq!(answer.rows, 1_000);
            assert!(ready.files.iter().all(|file| file.exists()), "{:?}", ready.files);
            let mean = |trial: &str| ready.trials[trial].iter().sum::<f64>() / ready.trials[trial].len() as f64;
            if lane.id != "duckdb-system" {
                assert!(
                    mean("mean_error") < 0.15 && mean("size_error") < 0.1,
                    "{} {layout}: {:?}",
                    lane.id,
                    ready.trials
                );
            }
            assert_eq!(ready.facts.contains_key("kept_order"), layout == "parquet", "{} {layout}", lane.id);
        }
        let (ready, _) = worker.run(&bench, &lane, "parquet", "1000").unwrap();
        if lane.id == "duckdb-hash" {
            for change in ["again", "threads", "groups", "order", "append"] {
                assert_eq!(ready.facts[&format!("kept_{change}")], 1.0, "{change}");
            }
        }
    }
}

#[test]
fn a_lane_without_files_or_rows_is_a_skip() {
    let bench = Bench::new(log(1_000), &ROLES).unwrap();
    for lane in lanes() {
        let mut worker = Worker::start(&bench, &lane);
        assert!(worker.run(&bench, &lane, "parquet", "100").unwrap_err().contains("no variant"));
        bench.run("limit", "parquet", "100").unwrap();
        assert!(worker.run(&bench, &lane, "csv", "100").unwrap_err().contains("csv"));
        assert!(worker.run(&bench, &lane, "parquet", "1000").unwrap_err().contains("1000 rows"));
        std::fs::remove_dir_all(bench.scratch.path().join("sampling")).unwrap();
    }
}
