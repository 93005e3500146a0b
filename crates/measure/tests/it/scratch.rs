//! Derived files: whole or not there, and made once.

use std::fs;
use std::path::Path;

use anyhow::bail;
use measure::scratch;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn write(text: &'static str) -> impl FnOnce(&Path) -> anyhow::Result<()> {
    move |path| Ok(fs::write(path, text)?)
}

#[test]
fn a_file_is_made_beside_its_place_and_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    scratch::in_place(&path, |beside| {
        assert!(beside != path && beside.parent() == path.parent());
        write("one")(beside)
    })
    .unwrap();
    scratch::in_place(&path, write("two")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(names(folder.path()), ["a.txt"]);
}

#[test]
fn what_fails_leaves_nothing_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    scratch::in_place(&path, write("whole")).unwrap();
    let half = |beside: &Path| {
        fs::write(beside, "half")?;
        bail!("the disk is full")
    };
    let why = format!("{:#}", scratch::in_place(&path, half).unwrap_err());
    assert!(why.contains("a.txt") && why.contains("the disk is full"), "{why}");
    let half = |beside: &Path| {
        fs::create_dir_all(beside.join("part=1"))?;
        bail!("the disk is full")
    };
    assert!(scratch::once(&folder.path().join("tree"), half).is_err());
    assert_eq!(names(folder.path()), ["a.txt"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
}

#[test]
fn what_is_there_is_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    scratch::once(&path, write("one")).unwrap();
    scratch::once(&path, |_| panic!("it is there")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
}

#[test]
fn a_folder_that_another_launch_finished_first_serves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tree");
    scratch::once(&path, |beside| {
        fs::create_dir(beside)?;
        fs::create_dir(&path)?;
        Ok(fs::write(path.join("a.txt"), "the other's")?)
    })
    .unwrap();
    assert_eq!(names(folder.path()), ["tree"]);
    assert_eq!(names(&path), ["a.txt"]);
}

#[test]
fn what_was_found_is_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found.json");
    let found = || Ok(vec![0.1 + 0.2, 1e-300]);
    assert_eq!(scratch::remembered(&path, found).unwrap(), [0.1 + 0.2, 1e-300]);
    let again: Vec<f64> = scratch::remembered(&path, || bail!("it is known")).unwrap();
    assert_eq!(again, [0.1 + 0.2, 1e-300]);
    fs::write(&path, "[0.3").unwrap();
    let why = scratch::remembered::<Vec<f64>>(&path, || bail!("it is known")).unwrap_err();
    assert!(why.to_string().contains("found.json is damaged"), "{why}");
}

#[test]
fn a_folder_is_made_and_found_again() {
    let scratch = tempfile::tempdir().unwrap();
    let made = scratch::folder(scratch.path(), "sampling").unwrap();
    assert_eq!(made, scratch::folder(scratch.path(), "sampling").unwrap());
    assert!(made.is_dir());
    fs::write(scratch.path().join("file"), "").unwrap();
    assert!(scratch::folder(scratch.path(), "file").unwrap_err().to_string().contains("cannot make"));
}
