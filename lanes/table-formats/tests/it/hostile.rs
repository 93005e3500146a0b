//! What is not there, damaged or not possible: a skip or an error in a sentence, and nothing half made.

use measure::launch::Trouble;
use serde_json::json;

use crate::run::{Row, Scratch, program, queries, rows, run, start};

fn skip(trouble: Result<impl std::fmt::Debug, Trouble>) -> String {
    match trouble {
        Err(Trouble::Skip(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn fail(trouble: Result<impl std::fmt::Debug, Trouble>) -> String {
    match trouble {
        Err(Trouble::Fail(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_the_other_layouts_it_says_so() {
    let scratch = Scratch::new(&rows());
    std::fs::remove_file(scratch.path().join("single").join("layout.json")).unwrap();
    let why = skip(run(&scratch.task("delta", "time", "day")));
    assert!(why.contains("no variant of Benchbook's own ran before"), "{why}");
    std::fs::remove_dir_all(scratch.path()).unwrap();
    skip(run(&scratch.task("iceberg", "time", "day")));
}

#[test]
fn damage_is_an_error_with_a_path() {
    let scratch = Scratch::new(&rows());
    std::fs::write(scratch.path().join("queries.json"), "{").unwrap();
    let why = fail(run(&scratch.task("delta", "time", "day")));
    assert!(why.contains("queries.json is damaged"), "{why}");

    let scratch = Scratch::new(&rows());
    std::fs::write(scratch.path().join("single").join("part-00000.parquet"), "PAR1").unwrap();
    fail(run(&scratch.task("delta", "time", "day")));
    // A second attempt finds nothing half made, and fails in the same way.
    fail(run(&scratch.task("delta", "time", "day")));
    let left: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn queries_that_a_table_cannot_be_asked_are_skipped() {
    let scratch = Scratch::new(&rows());
    assert_eq!(skip(run(&scratch.task("delta", "time", "range"))), "all rows lie within three days");

    let mut asked = queries();
    asked["columns"].as_object_mut().unwrap().remove("time");
    scratch.describe("queries.json", &asked);
    let why = skip(run(&scratch.task("iceberg", "time", "all")));
    assert_eq!(why, "the table has no column of dates or times");
    asked["columns"] = json!({ "time": "at" });
    scratch.describe("queries.json", &asked);
    let why = skip(run(&scratch.task("delta", "z", "all")));
    assert!(why.contains("no column with a selective range"), "{why}");
    asked["columns"] = json!({ "time": "at", "other": "tags" });
    scratch.describe("queries.json", &asked);
    let why = skip(run(&scratch.task("delta", "time", "all")));
    assert!(why.contains("cannot both store"), "{why}");
}

#[test]
fn small_and_odd_tables() {
    let row = Row { at: Some(-1000), user: u64::MAX, price: None, country: "", weight: 0 };
    // One row; rows without any time; instants that a microsecond does not hold.
    let scratch = Scratch::new(std::slice::from_ref(&row));
    for format in ["delta", "iceberg", "plain"] {
        assert_eq!(run(&scratch.task(format, "time", "all")).unwrap().1.rows, 1, "{format}");
    }
    let scratch = Scratch::new(&vec![Row { at: None, ..row.clone() }; 50]);
    for format in ["delta", "iceberg", "plain"] {
        assert_eq!(run(&scratch.task(format, "time", "day")).unwrap().1.rows, 0, "{format}");
    }
    let scratch = Scratch::new(&vec![Row { at: Some(1), ..row.clone() }; 50]);
    let why = skip(run(&scratch.task("delta", "time", "all")));
    assert!(why.contains("finer than a microsecond"), "{why}");
    let crumbs: Vec<Row> = (0..100).map(|i| Row { at: Some(i * 86_400_000_000_000), ..row.clone() }).collect();
    let scratch = Scratch::new(&crumbs);
    let why = skip(run(&scratch.task("iceberg", "time", "all")));
    assert!(why.contains("too many to be a layout"), "{why}");
}

#[test]
fn what_it_does_not_know_is_an_error() {
    let scratch = Scratch::new(&rows());
    let why = fail(run(&scratch.task("hudi", "time", "day")));
    assert!(why.contains("no table format \"hudi\""), "{why}");
    let mut task = scratch.task("delta", "time", "day");
    task.experiment = "sampling".to_owned();
    assert!(fail(run(&task)).contains("sampling"));
    let mut task = scratch.task("delta", "time", "day");
    task.params.remove("page_bytes");
    assert!(fail(run(&task)).contains("page_bytes"));
}

#[test]
fn it_tells_its_version_and_usage_is_an_error() {
    let output = std::process::Command::new(program()).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("benchbook-table-formats ") && text.contains("iceberg 0."), "{text}");
    assert_eq!(std::process::Command::new(program()).output().unwrap().status.code(), Some(2));
    assert!(start(program()).is_ok());
}
