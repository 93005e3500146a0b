//! Derived files in the scratch folder ([`Task::scratch`](crate::Task::scratch)), which all launches of a run share: each is
//! made once, and is there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A folder in the scratch folder, made if it is not there.
///
/// # Errors
/// If it cannot be made.
pub fn folder(scratch: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let path = scratch.join(name);
    fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(path)
}

/// Makes a file or folder beside its place and moves it there, so that nobody ever sees half of one. A file that is
/// there already is replaced.
///
/// # Errors
/// That of `make`, or of moving; nothing is left behind.
pub fn in_place(path: &Path, make: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let made = make(&beside).and_then(|()| Ok(fs::rename(&beside, path)?));
    if made.is_err() {
        let _ = if beside.is_dir() { fs::remove_dir_all(&beside) } else { fs::remove_file(&beside) };
    }
    made.with_context(|| format!("cannot make {}", path.display()))
}

/// Writes a file beside its place and moves it there.
///
/// # Errors
/// Those of [`in_place`].
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    in_place(path, |beside| Ok(fs::write(beside, bytes)?))
}

/// [`in_place`], unless the file or folder is there already.
///
/// # Errors
/// Those of [`in_place`].
pub fn once(path: &Path, make: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let made = in_place(path, make);
    // A folder cannot be moved onto one of another launch that was quicker; that one serves as well.
    if path.exists() { Ok(()) } else { made }
}

/// What `find` finds, kept as JSON for whoever asks next.
///
/// The first who asks takes it from the file too, so that all have it to the last digit.
///
/// # Errors
/// That of `find`, or of writing and reading the file.
pub fn remembered<T: Serialize + DeserializeOwned>(
    path: &Path,
    find: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if !path.exists() {
        write(path, &serde_json::to_vec(&find()?)?)?;
    }
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
}
