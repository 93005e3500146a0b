//! The Python lanes give the answers of the Rust variants, where Python has their packages.

use std::path::Path;

use catalog::Variant;
use results::{Answer, ColumnRole};
use testing::python::{Worker, has, python};

use crate::case::{Bench, DEFINITION, values};
use crate::tables::log;

/// A lane's worker, beside the files of a table.
fn start(bench: &Bench, lane: &Variant) -> Worker {
    let folder = bench.table.scratch.path();
    Worker::start(Path::new(env!("CARGO_MANIFEST_DIR")), lane.program.as_deref().unwrap(), folder)
}

/// The answer of a Python lane, or the reason of its skip.
fn answer(worker: &mut Worker, bench: &Bench, lane: &Variant, workload: &str) -> Result<Answer, String> {
    worker.prepare(&bench.task(lane, workload))?;
    Ok(worker.run(2))
}

fn lanes() -> Vec<Variant> {
    let lanes = DEFINITION.variant.iter().filter(|variant| variant.lane == "python");
    lanes.filter(|lane| has(&lane.needs[0]) && has("pyarrow")).cloned().collect()
}

fn agree(bench: &Bench) {
    for lane in lanes() {
        let source = DEFINITION.variant(&lane.params["source"]).unwrap();
        let mut worker = start(bench, &lane);
        for workload in values("workload") {
            if DEFINITION.exception(&lane.id, &bench.task(&lane, &workload).point).is_some() {
                continue;
            }
            match (bench.run(source, &workload), answer(&mut worker, bench, &lane, &workload)) {
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
        bench.table.columns.insert("filter".to_owned(), filter.to_owned());
        bench.table.columns.insert("key".to_owned(), key.to_owned());
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
        let mut worker = start(&bench, &lane);
        assert!(answer(&mut worker, &bench, &lane, "read-all").unwrap_err().contains("no variant"));
        bench.run(DEFINITION.variant("avro-zstd").unwrap(), "read-all").unwrap();
        let without = answer(&mut worker, &bench, &lane, "read-all").unwrap_err();
        assert!(without.contains(&lane.params["source"]), "{without}");
        std::fs::remove_dir_all(bench.table.scratch.path().join("row-vs-columnar")).unwrap();
    }
}
