//! PyTorch's loader brings the same samples, but for how its decoder rounds.

use std::path::Path;

use testing::python::{Worker, has, python};

use crate::{DEFINITION, answer, feeding, prepare};

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
fn without_the_images_of_an_earlier_variant_it_is_a_skip() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(mut worker) = start(scratch.path()) else { return };
    let why = worker.answer(&feeding("torch-default", scratch.path())).map(|_| ()).unwrap_err();
    assert!(why.contains("no other variant"), "{why}");
}
