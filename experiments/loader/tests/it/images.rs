//! Feeding images: every variant brings the same samples, and what cannot be used is counted.

use std::path::{Path, PathBuf};

use loading::picture;
use results::Cell;

use crate::{answer, feeding, prepare, task};

/// A list of a reader's images, as Benchbook writes it.
fn list(scratch: &Path, paths: &[PathBuf]) -> PathBuf {
    let lines: String = paths.iter().map(|path| serde_json::to_string(path).unwrap() + "\n").collect();
    let file = scratch.join("images.jsonl");
    std::fs::write(&file, lines).unwrap();
    file
}

#[test]
fn every_variant_brings_the_same_samples() {
    let scratch = tempfile::tempdir().unwrap();
    let mut expected = None;
    for variant in ["default", "guide", "tuned", "many", "tar", "arrow", "parquet"] {
        let mut case = prepare(&feeding(variant, scratch.path())).unwrap();
        let answer = answer(&mut case);
        assert_eq!(answer.rows, 40);
        let expected = expected.get_or_insert_with(|| answer.clone());
        assert_eq!(answer.disagreement(expected, 1e-9), None, "{variant}");
        assert_eq!(answer.digest, expected.digest, "{variant}");
        for name in ["compute", "preparation", "utilisation"] {
            assert!(case.trials[name].iter().all(|value| *value >= 0.0), "{variant}: {name}");
        }
        assert!(case.trials.contains_key("fetch") || case.settings.contains_key("fetch not told"), "{variant}");
        assert!(case.tables["timeline"].defect().is_none() && !case.tables.contains_key("troubles"));
    }
}

#[test]
fn the_tuner_decides_once() {
    let scratch = tempfile::tempdir().unwrap();
    let first = prepare(&feeding("tuned", scratch.path())).unwrap();
    let kept = std::fs::read(scratch.path().join("loader/tuned-images-2ms.json")).unwrap();
    for variant in ["tuned", "tar"] {
        let again = prepare(&feeding(variant, scratch.path())).unwrap();
        for name in ["workers", "prefetch"] {
            assert_eq!(again.settings[name], first.settings[name], "{variant}");
        }
        assert_eq!(again.facts["queue_bytes"], first.facts["queue_bytes"]);
    }
    assert_eq!(std::fs::read(scratch.path().join("loader/tuned-images-2ms.json")).unwrap(), kept);
    let Cell::Text(line) = &first.tables["advice"].rows[0][1] else { panic!("no line to paste") };
    assert!(
        line.starts_with("DataLoader(") && line.contains(&format!("num_workers={}", first.settings["workers"])),
        "{line}"
    );
    assert!(first.tables["search"].rows.len() > 5 && first.tables["search"].defect().is_none());
}

#[test]
fn a_readers_images_are_used_as_they_are_and_left_as_they_are() {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut paths: Vec<PathBuf> = (0..6)
        .map(|number| {
            let path = folder.path().join(format!("my {number} é.jpg"));
            std::fs::write(&path, picture::jpeg(77, number).unwrap()).unwrap();
            path
        })
        .collect();
    std::fs::write(&paths[1], b"no image").unwrap();
    paths.push(folder.path().join("gone.jpg"));
    let before: Vec<Option<Vec<u8>>> = paths.iter().map(|path| std::fs::read(path).ok()).collect();
    let images = Some(list(scratch.path(), &paths));
    let mut expected = None;
    for variant in ["default", "tar", "arrow"] {
        let mut task = feeding(variant, scratch.path());
        task.images.clone_from(&images);
        let mut case = prepare(&task).unwrap();
        let answer = answer(&mut case);
        assert_eq!(answer.rows, 5, "{variant}");
        assert_eq!(&answer.digest, expected.get_or_insert_with(|| answer.digest.clone()), "{variant}");
        let troubles = &case.tables["troubles"].rows;
        assert_eq!(troubles.len(), 2, "{troubles:?}");
        assert!(troubles.iter().any(|row| row[2] == Cell::Column("gone.jpg".to_owned())), "{troubles:?}");
    }
    assert_eq!(before, paths.iter().map(|path| std::fs::read(path).ok()).collect::<Vec<_>>());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "nothing is added");
}

#[test]
fn images_that_vanish_later_are_left_out_of_a_pass() {
    let scratch = tempfile::tempdir().unwrap();
    let mut case = prepare(&feeding("guide", scratch.path())).unwrap();
    std::fs::remove_file(scratch.path().join("loader/pictures-40/000007.jpg")).unwrap();
    assert_eq!((case.work)().unwrap().rows, 39);
    // Whoever is set up from now on says so, and names it.
    for variant in ["guide", "default"] {
        let later = prepare(&feeding(variant, scratch.path())).unwrap();
        assert_eq!((later.facts["rows"], later.tables["troubles"].rows.len()), (39.0, 1), "{variant}");
        let gone = &later.tables["troubles"].rows[0];
        assert_eq!(gone[1..], [Cell::Number(1.0), Cell::Column("000007.jpg".to_owned())], "{variant}: {gone:?}");
    }
}

#[test]
fn nothing_half_made_stays_in_the_scratch_folder() {
    let scratch = tempfile::tempdir().unwrap();
    for variant in ["tuned", "tar", "arrow", "parquet"] {
        drop(prepare(&feeding(variant, scratch.path())).unwrap());
    }
    let left: Vec<String> = std::fs::read_dir(scratch.path().join("loader"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(left.contains(&"images-40.tar".to_owned()) && left.iter().all(|name| !name.contains(".part")), "{left:?}");
}

#[test]
fn no_usable_image_is_a_skip() {
    let scratch = tempfile::tempdir().unwrap();
    for paths in [Vec::new(), vec![scratch.path().join("gone.jpg")]] {
        let mut task = feeding("default", scratch.path());
        task.images = Some(list(scratch.path(), &paths));
        let why = prepare(&task).map(|_| ()).unwrap_err();
        assert!(why.contains("can be decoded"), "{why}");
        std::fs::remove_dir_all(scratch.path().join("loader")).unwrap();
    }
}

#[test]
fn a_training_step_takes_the_batches_too() {
    let scratch = tempfile::tempdir().unwrap();
    let mut case =
        prepare(&task("default", &[("work", "images"), ("accelerator", "training")], scratch.path())).unwrap();
    assert_eq!(answer(&mut case).rows, 40);
}
