//! The Python lane, through the worker protocol, beside the variants of this binary.

use std::path::Path;

use results::Point;
use testing::python::{Worker, has, python};

use crate::support::{Bench, DEFINITION, at};

/// The lane's worker, in the folder that all share.
fn start(bench: &Bench) -> Worker {
    Worker::start(Path::new(env!("CARGO_MANIFEST_DIR")), "precision_lane.py", bench.scratch.path())
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
        match start(&bench).answer(&bench.task(variant, point)) {
            Ok((answer, ready)) => {
                assert_eq!(answer.disagreement(&expected, *tolerance), None, "{id} {point}");
                assert_eq!(ready.facts["rows"], rust.facts["rows"], "{id} {point}");
                assert_eq!(ready.facts["flops"], rust.facts["flops"], "{id} {point}");
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
        assert!(start(&bench).answer(&task).unwrap_err().contains("No variant"));
    }
}
