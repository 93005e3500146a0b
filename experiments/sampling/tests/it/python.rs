//! The DuckDB lanes draw samples of the right size whose means are those of the table, where Python has DuckDB.

use std::path::Path;

use catalog::Variant;
use measure::wire::Ready;
use results::Answer;
use testing::python::{Worker, has, python};

use crate::case::{Bench, DEFINITION, point};
use crate::tables::{ROLES, log};

/// A lane's worker, beside the files of a table.
fn start(bench: &Bench, lane: &Variant) -> Worker {
    let folder = bench.table.scratch.path();
    Worker::start(Path::new(env!("CARGO_MANIFEST_DIR")), lane.program.as_deref().unwrap(), folder)
}

/// Prepares and runs a case. `Err` is the reason of a skip.
fn run(
    worker: &mut Worker,
    bench: &Bench,
    lane: &Variant,
    layout: &str,
    size: &str,
) -> Result<(Ready, Answer), String> {
    let ready = worker.prepare(&bench.task(lane, point(layout, size)))?;
    Ok((ready, worker.run(2)))
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
        let mut worker = start(&bench, &lane);
        for layout in ["parquet", "partitioned", "csv"] {
            let (ready, answer) = run(&mut worker, &bench, &lane, layout, "1000").unwrap();
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
        let (ready, _) = run(&mut worker, &bench, &lane, "parquet", "1000").unwrap();
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
        let mut worker = start(&bench, &lane);
        assert!(run(&mut worker, &bench, &lane, "parquet", "100").unwrap_err().contains("no variant"));
        bench.run("limit", "parquet", "100").unwrap();
        assert!(run(&mut worker, &bench, &lane, "csv", "100").unwrap_err().contains("csv"));
        assert!(run(&mut worker, &bench, &lane, "parquet", "1000").unwrap_err().contains("1000 rows"));
        std::fs::remove_dir_all(bench.table.scratch.path().join("sampling")).unwrap();
    }
}
