//! Data of every kind, opened and profiled through the public interface, with what is wrong with it said.

mod any;
mod columnar;
mod csv;
mod folders;
mod generated;
mod images;
mod json;
mod slices;
#[cfg(unix)]
mod table;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};

use dataset::{Error, OpenOptions, Opened, Profile, Spec};
use polars::prelude::*;
use results::Column as DatasetColumn;
use tempfile::TempDir;

/// A folder that is removed at the end of the test, with what is in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the folders that it needs.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn profile(&self, name: &str) -> Result<Profile, Error> {
        dataset::profile(&spec(&self.path(name)))
    }

    fn open(&self, name: &str, rows: u64) -> Result<Opened, Error> {
        self.open_seeded(name, rows, 0)
    }

    fn open_seeded(&self, name: &str, rows: u64, seed: u64) -> Result<Opened, Error> {
        let scratch = self.path("scratch");
        fs::create_dir_all(&scratch).unwrap();
        dataset::open(&spec(&self.path(name)), &OpenOptions { seed, rows, scratch })
    }

    /// What is wrong with a data set, as the user reads it; opening and profiling must say the same.
    fn wrong(&self, name: &str) -> String {
        let scratch = || fs::read_dir(self.path("scratch")).map_or(0, Iterator::count);
        let before = scratch();
        let profiled = self.profile(name).expect_err("the profile must fail").to_string();
        let opened = self.open(name, 1000).expect_err("opening must fail").to_string();
        assert_eq!(profiled, opened);
        assert_eq!(scratch(), before, "a failure leaves nothing in the scratch folder");
        profiled
    }
}

fn spec(path: &Path) -> Spec {
    Spec::parse(&[path.to_str().unwrap().to_owned()]).unwrap()
}

/// The working table in memory.
fn read(opened: &Opened) -> DataFrame {
    dataset::format::read_table(&opened.table).unwrap().collect().unwrap()
}

/// Names and types of the columns, as `name:type`.
fn types(profile: &Profile) -> Vec<String> {
    profile.columns.iter().map(|column| format!("{}:{}", column.name, column.dtype)).collect()
}

fn column<'a>(opened: &'a Opened, name: &str) -> &'a DatasetColumn {
    opened.dataset.columns.iter().find(|column| column.name == name).unwrap()
}

/// Whether one of the notes contains all of `parts`.
fn noted(notes: &[String], parts: &[&str]) -> bool {
    notes.iter().any(|note| parts.iter().all(|part| note.contains(part)))
}
