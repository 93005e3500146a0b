//! Reading alone: from each folder the same bytes, in any order.

use crate::{answer, prepare, task};

#[test]
fn every_folder_and_pattern_brings_the_same_bytes() {
    let (scratch, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut expected = None;
    for pattern in ["files", "random", "sequential"] {
        for variant in ["here", "storage-1"] {
            let mut task =
                task(variant, &[("work", "storage"), ("pattern", pattern), ("cache", "cold")], scratch.path());
            task.storage = vec![other.path().to_owned()];
            let mut case = prepare(&task).unwrap();
            let answer = answer(&mut case);
            assert_eq!(answer.rows, 40);
            let expected = expected.get_or_insert_with(|| answer.clone());
            assert_eq!(answer.disagreement(expected, 1e-9), None, "{variant} {pattern}");
            assert_eq!(case.facts["bytes_needed"], case.facts["bytes"]);
            assert!(case.files.iter().all(|file| file.is_file()), "what is dropped from memory is there");
            let place = if variant == "here" { scratch.path() } else { other.path() };
            assert!(case.files.iter().all(|file| file.starts_with(place)), "{variant} reads where it should");
        }
    }
}

#[test]
fn a_folder_that_nobody_named_is_a_skip() {
    let scratch = tempfile::tempdir().unwrap();
    let asked = task("storage-2", &[("work", "storage"), ("pattern", "files"), ("cache", "cold")], scratch.path());
    assert_eq!(prepare(&asked).map(|_| ()).unwrap_err(), "no second folder was named with --storage");
}
