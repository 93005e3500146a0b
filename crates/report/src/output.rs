//! The folder that a site is written to.
//!
//! Place in the flow: the last step of *render*. Every file is written beside its place and renamed, so that a reader
//! never sees half a page. A manifest names every file that we made: files of an earlier render that are not part of this
//! one are removed, and nothing else in the folder is touched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The manifest's name. A folder that has it is ours to write to.
const MANIFEST: &str = ".benchbook-site.json";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    benchbook: String,
    files: BTreeSet<String>,
}

/// A site in memory: relative paths and contents, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: Vec<(String, Vec<u8>)>,
}

impl Files {
    /// Adds a file; `path` is relative, with `/`.
    pub(crate) fn add(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.push((path.into(), content.into()));
    }

    /// Adds files.
    pub(crate) fn extend(&mut self, files: Vec<(String, String)>) {
        self.files.extend(files.into_iter().map(|(path, content)| (path, content.into_bytes())));
    }

    /// Paths and sizes in bytes.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().map(|(path, content)| (path.as_str(), content.len() as u64))
    }

    /// Writes every file below `folder` and removes what an earlier render left there. Returns the removed paths.
    ///
    /// # Errors
    /// [`Error::NotOurs`] if the folder holds anything and was not made by us, [`Error::Io`] if the system refuses.
    pub(crate) fn write(&self, folder: &Path, benchbook: &str) -> Result<Vec<String>, Error> {
        let before = claim(folder)?;
        let now: BTreeSet<String> = self.files.iter().map(|(path, _)| path.clone()).collect();
        // The manifest names everything before it is there, so that what a crash leaves behind is still known as ours.
        write_manifest(folder, benchbook, before.files.union(&now).cloned().collect())?;
        for (path, content) in &self.files {
            write_file(&folder.join(path), content)?;
        }
        let mut removed = Vec::new();
        for stale in before.files.difference(&now).filter(|path| is_inside(path)) {
            let path = folder.join(stale);
            match fs::remove_file(&path) {
                Ok(()) => removed.push(stale.clone()),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(Error::io(path)(e)),
            }
        }
        write_manifest(folder, benchbook, now)?;
        Ok(removed)
    }
}

/// Makes the folder, or checks that it is empty or ours.
fn claim(folder: &Path) -> Result<Manifest, Error> {
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    Ok(read_manifest(folder)?.unwrap_or_default())
}

/// Whether the folder holds a site of ours; it does not if it is empty or not there. Changes nothing.
///
/// # Errors
/// [`Error::NotOurs`] if it holds anything and was not made by us, [`Error::Io`] if it cannot be read or is no folder.
pub fn holds_site(folder: &Path) -> Result<bool, Error> {
    Ok(read_manifest(folder)?.is_some())
}

fn read_manifest(folder: &Path) -> Result<Option<Manifest>, Error> {
    let path = folder.join(MANIFEST);
    match fs::read(&path) {
        // A manifest that cannot be read still says that the folder is ours; what it listed stays.
        Ok(text) => Ok(Some(serde_json::from_slice(&text).unwrap_or_default())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let holds = match fs::read_dir(folder) {
                Ok(mut entries) => entries.next().is_some(),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
                Err(e) => return Err(Error::io(folder)(e)),
            };
            if holds { Err(Error::NotOurs { path: folder.to_owned() }) } else { Ok(None) }
        }
        Err(e) => Err(Error::io(path)(e)),
    }
}

fn write_manifest(folder: &Path, benchbook: &str, files: BTreeSet<String>) -> Result<(), Error> {
    let manifest = Manifest { benchbook: benchbook.to_owned(), files };
    let path = folder.join(MANIFEST);
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| Error::io(&path)(std::io::Error::other(e)))?;
    write_file(&path, &text)
}

/// Writes beside and renames.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
    }
    let beside = beside(path);
    fs::write(&beside, content).and_then(|()| fs::rename(&beside, path)).map_err(|e| {
        // The cause is reported; a left-over of the attempt would only confuse.
        let _ = fs::remove_file(&beside);
        Error::io(path)(e)
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

/// Whether a manifest's path stays inside the folder: a manifest is a file that anybody can edit.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Files {
        let mut files = Files::default();
        for path in paths {
            files.add(*path, path.as_bytes());
        }
        files
    }

    #[test]
    fn stale_pages_go_and_foreign_files_stay() {
        let temp = tempfile::tempdir().unwrap();
        let out = temp.path().join("report");
        files(&["index.html", "old.html", "data/old.csv"]).write(&out, "0").unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        let mut removed = files(&["index.html", "data/new.csv"]).write(&out, "0").unwrap();
        removed.sort();
        assert_eq!(removed, ["data/old.csv", "old.html"]);
        assert!(out.join("notes.txt").exists() && out.join("data/new.csv").exists() && !out.join("old.html").exists());
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused_untouched() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("thesis.tex"), "years").unwrap();
        let error = files(&["index.html"]).write(temp.path(), "0").unwrap_err();
        assert!(matches!(error, Error::NotOurs { .. }), "{error}");
        assert!(error.to_string().contains("--out"), "{error}");
        assert!(matches!(holds_site(temp.path()), Err(Error::NotOurs { .. })));
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
        assert!(holds_site(&temp.path().join("not there yet")).is_ok_and(|site| !site));
        assert!(!temp.path().join("not there yet").exists());
    }

    #[test]
    fn a_manifest_cannot_reach_outside() {
        let temp = tempfile::tempdir().unwrap();
        let victim = temp.path().join("victim");
        fs::write(&victim, "x").unwrap();
        let out = temp.path().join("report");
        fs::create_dir(&out).unwrap();
        let manifest = format!(r#"{{"benchbook":"0","files":["../victim","{}"]}}"#, victim.display());
        fs::write(out.join(MANIFEST), manifest).unwrap();
        assert!(files(&["index.html"]).write(&out, "0").unwrap().is_empty());
        assert!(victim.exists());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let out = temp.path().join("report");
        fs::write(&out, "a file").unwrap();
        let error = files(&["index.html"]).write(&out, "0").unwrap_err();
        assert!(error.to_string().contains("report"), "{error}");
    }

    #[test]
    fn no_part_files_are_left() {
        let temp = tempfile::tempdir().unwrap();
        files(&["a.html", "data/b.csv"]).write(temp.path(), "0").unwrap();
        let names: Vec<_> =
            fs::read_dir(temp.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(names.iter().all(|name| !name.ends_with(".part")), "{names:?}");
    }
}
