//! Orders of samples and sizes of batches: the same samples in each, and what is said of them.

use std::path::Path;

use measure::{Refusal, Task};

use crate::{answer, feeding, prepare, task};

#[test]
fn every_order_brings_the_same_samples_from_the_device() {
    let scratch = tempfile::tempdir().unwrap();
    let mut expected = None;
    for variant in ["default", "tuned", "tar"] {
        let mut moved = Vec::new();
        for order in ["stored", "buffer", "full"] {
            let point = [("work", "orders"), ("order", order), ("cache", "cold")];
            let mut case = prepare(&task(variant, &point, scratch.path())).unwrap();
            let answer = answer(&mut case);
            assert_eq!(answer.rows, 40);
            assert_eq!(&answer.digest, expected.get_or_insert_with(|| answer.digest.clone()), "{variant} {order}");
            moved.push(case.facts["displacement"]);
            assert_eq!(case.facts["bytes_needed"], case.facts["bytes"], "{variant} {order}");
            assert!(case.files.iter().all(|file| file.is_file()), "what is dropped from memory is there");
            assert_eq!(case.files.len(), if variant == "tar" { 1 } else { 40 });
        }
        let [stored, buffer, full] = moved[..] else { unreachable!() };
        assert!(stored == 0.0 && 0.0 < buffer && buffer < full, "{variant}: {moved:?}");
    }
}

#[test]
fn an_order_that_nobody_knows_is_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    let mut asked = task("default", &[("work", "orders"), ("order", "sideways"), ("cache", "cold")], scratch.path());
    let failed = |task: &Task| match loader::experiment().prepare(task) {
        Err(Refusal::Fail(error)) => format!("{error:#}"),
        other => panic!("{:?}", other.map(|_| ()).err()),
    };
    assert!(failed(&asked).contains("sideways"));
    asked.point = asked.point.with("order", "full");
    for batch in [0.0, -3.0, f64::NAN, 1e9] {
        asked.numbers.insert("batch".to_owned(), batch);
        assert!(failed(&asked).contains("cannot be measured"), "{batch}");
    }
}

/// Batches of a size, on one core.
fn batches(variant: &str, batch: &str, scratch: &Path) -> Task {
    Task { threads: 1, ..task(variant, &[("work", "batches"), ("batch", batch)], scratch) }
}

#[test]
fn every_size_of_batches_brings_the_same_samples_with_the_same_knobs() {
    let scratch = tempfile::tempdir().unwrap();
    let mut expected = None;
    for variant in ["default", "tuned"] {
        let mut memory = Vec::new();
        let mut knobs = None;
        for batch in ["4", "16", "64"] {
            let mut case = prepare(&batches(variant, batch, scratch.path())).unwrap();
            assert_eq!(case.settings["batch"], batch);
            let answer = (case.work)().unwrap();
            // Every core gets several of the largest batches, and nobody more passes than another.
            assert!(answer.rows >= 4 * 64 && answer.rows.is_multiple_of(40), "{} samples", answer.rows);
            assert_eq!(case.facts["rows"], answer.rows as f64);
            let expected = expected.get_or_insert_with(|| answer.clone());
            assert_eq!(answer.disagreement(expected, 1e-9), None, "{variant} {batch}");
            assert_eq!(answer.digest, expected.digest, "{variant} {batch}");
            let found = ["workers", "prefetch"].map(|name| case.settings[name].clone());
            assert_eq!(&found, knobs.get_or_insert_with(|| found.clone()), "{variant} {batch}");
            memory.push(case.facts["queue_bytes"]);
        }
        assert_eq!([memory[1], memory[2]], [memory[0] * 4.0, memory[0] * 16.0], "{variant}");
    }
}

#[test]
fn batches_that_do_not_fit_into_memory_are_a_skip() {
    let scratch = tempfile::tempdir().unwrap();
    for mut asked in [feeding("guide", scratch.path()), batches("guide", "64", scratch.path())] {
        asked.params.insert("knobs".to_owned(), "9000x9000".to_owned());
        let why = prepare(&asked).map(|_| ()).unwrap_err();
        assert!(why.contains("more than half") && why.contains("9000 workers"), "{why}");
    }
}
