//! PyTorch's loader brings the same samples, but for how its decoder rounds.

use std::path::Path;

use testing::python::{Worker, has, python};

use crate::{DEFINITION, answer, feeding, prepare, task};

fn start(folder: &Path) -> Option<Worker> {
    if !(has("torch") && has("PIL") && has("numpy")) {
        println!("skipped: {} lacks torch, pillow or numpy", python());
        return None;
    }
    Some(Worker::start(Path::new(env!("CARGO_MANIFEST_DIR")), "loader_lane.py", folder))
}

#[test]
fn pytorch_brings_the_same_samples() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut worker) = start(scratch.path()) else { return };
    let mut rust = prepare(&feeding("tuned", scratch.path())).unwrap();
    let expected = answer(&mut rust);
    for variant in ["torch-default", "torch-guide", "torch-tuned"] {
        let tolerance = DEFINITION.variant(variant).unwrap().tolerance.unwrap();
        let (answer, ready) = worker.answer(&feeding(variant, scratch.path())).unwrap();
        assert_eq!(answer.disagreement(&expected, tolerance), None, "{variant}");
        assert_eq!(ready.facts["rows"], 40.0);
        if variant == "torch-tuned" {
            assert_eq!(ready.settings["workers"], rust.settings["workers"]);
        }
    }
}

#[test]
fn pytorch_brings_the_same_samples_in_batches_of_any_size() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut worker) = start(scratch.path()) else { return };
    for batch in ["4", "64"] {
        let one_core = |variant: &str| {
            let task = task(variant, &[("work", "batches"), ("batch", batch)], scratch.path());
            measure::Task { threads: 1, ..task }
        };
        let mut rust = prepare(&one_core("tuned")).unwrap();
        let expected = (rust.work)().unwrap();
        let ready = worker.prepare(&one_core("torch-tuned")).unwrap();
        // Each epoch has an order of its own, so sums over it differ in their last digits.
        let found = [worker.run(1), worker.run(1)];
        assert_eq!(found[0].disagreement(&expected, 0.01), None, "{batch}");
        assert_eq!(found[1].disagreement(&found[0], 1e-9), None, "{batch}");
        for name in ["rows", "bytes", "workers", "queue_bytes"] {
            assert_eq!(ready.facts[name], rust.facts[name], "{batch}: {name}");
        }
        assert_eq!(ready.settings["batch"], batch);
    }
}

#[test]
fn without_the_images_of_an_earlier_variant_it_is_a_skip() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut worker) = start(scratch.path()) else { return };
    let why = worker.answer(&feeding("torch-default", scratch.path())).map(|_| ()).unwrap_err();
    assert!(why.contains("no other variant"), "{why}");
}
