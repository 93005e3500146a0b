//! The Python lanes, through the worker protocol, beside the Rust variants.

use std::path::Path;

use results::{Point, Source};
use testing::python::{Worker, has, python};

use crate::support::{Bench, DEFINITION, ROLES, at, reviews};

/// The lane's worker, beside the files of a table.
fn start(bench: &Bench) -> Worker {
    Worker::start(Path::new(env!("CARGO_MANIFEST_DIR")), "sparse_lane.py", bench.table.scratch.path())
}

/// Compares Python lanes with the Rust variant of the same layout.
fn agree(bench: &Bench, point: &Point, lanes: &[&str]) {
    for lane in lanes {
        let variant = DEFINITION.variant(lane).unwrap();
        let twin = variant.params["layout"].as_str();
        let mut rust = bench.prepare(twin, point).unwrap_or_else(|why| panic!("{twin} {point}: {why}"));
        let expected = (rust.work)().unwrap();
        let mut worker = start(bench);
        let (answer, ready) =
            worker.answer(&bench.task(variant, point)).unwrap_or_else(|why| panic!("{lane} {point}: {why}"));
        assert_eq!(answer.disagreement(&expected, DEFINITION.tolerance), None, "{lane} {point}");
        assert_eq!(ready.facts["matrix_bytes"], rust.facts["matrix_bytes"], "{lane} {point}");
        if let (Some(mine), Some(theirs)) = (rust.trials.get("accuracy"), ready.trials.get("accuracy")) {
            for (mine, theirs) in mine.iter().zip(theirs) {
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
    let mut worker = start(&bench);
    let task = bench.task(DEFINITION.variant("sklearn").unwrap(), &at(&[("work", "train"), ("vocabulary", "256")]));
    assert!(worker.answer(&task).unwrap_err().contains("No variant"));
}
