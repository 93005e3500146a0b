//! The experiment's folder for derived files: shared by all launches of a run, removed at its end.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The folder of this experiment in the scratch folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    seed: u64,
}

impl Folder {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new(scratch: &Path, seed: u64) -> anyhow::Result<Self> {
        let path = scratch.join("data-types");
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { path, seed })
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The seed of the run.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Makes a file beside its place and moves it there, so that nobody ever sees half of one.
    ///
    /// # Errors
    /// That of `make`, or of moving; nothing is left behind.
    pub(crate) fn in_place(&self, path: &Path, make: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}.part", std::process::id()));
        let beside = PathBuf::from(beside);
        let made = make(&beside).and_then(|()| Ok(std::fs::rename(&beside, path)?));
        if made.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        made.with_context(|| format!("cannot make {}", path.display()))
    }

    /// What a file holds, or, if it is not there, what `find` finds, which is kept for the next one who asks.
    ///
    /// # Errors
    /// That of `find`, or of reading and writing the file.
    pub(crate) fn once<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        find: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let path = self.file(name);
        if path.exists() {
            let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            return serde_json::from_slice(&text).with_context(|| format!("cannot read {}", path.display()));
        }
        let found = find()?;
        self.in_place(&path, |beside| Ok(std::fs::write(beside, serde_json::to_vec(&found)?)?))?;
        Ok(found)
    }
}
