//! Workloads that change files: a small batch appended and read back, and the whole table written anew.
//!
//! Each call starts from the same state: what a call wrote is taken away again after it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use polars::prelude::*;
use results::Answer;

use crate::answer::fold;
use crate::formats::Source;
use crate::queries::Queries;

/// Appends the batch the way that the format allows, and reads it back.
///
/// A row format takes the rows at the end of its file, and a reader that knows where it stopped reads on from there. The
/// footer of a columnar file stands in the way: there the best known way is a new, small file beside the
/// others, which readers of the folder take together. Nothing is forced to the disk in either.
#[derive(Clone, Debug)]
pub(crate) struct Append {
    /// The file that grows, a copy of the variant's own; or the new file.
    target: Source,
    /// The length of the file before; `None` if a new file is written.
    before: Option<u64>,
    batch: DataFrame,
}

impl Append {
    /// Sets up the state that each call starts from.
    ///
    /// # Errors
    /// If the copy cannot be made.
    pub(crate) fn prepare(source: &Source, batch: DataFrame) -> anyhow::Result<Self> {
        let beside = with_suffix(&source.path, "append");
        let target = Source { path: beside.clone(), ..source.clone() };
        if !source.format.appends_in_place() {
            return Ok(Self { target, before: None, batch });
        }
        let length = std::fs::metadata(&source.path)?.len();
        if beside.exists() {
            // A worker that was killed may have left its rows.
            restore(&beside, Some(length))?;
        } else {
            measure::scratch::in_place(&beside, |new| {
                std::fs::copy(&source.path, new)?;
                Ok(())
            })?;
        }
        Ok(Self { target, before: Some(length), batch })
    }

    /// The file that changes.
    pub(crate) fn file(&self) -> &Path {
        &self.target.path
    }

    /// Writes the batch and reads it back.
    ///
    /// # Errors
    /// If the file cannot be written or read.
    pub(crate) fn run(&self, queries: &Queries) -> anyhow::Result<Answer> {
        let names = queries.names();
        let back = match self.before {
            Some(length) => {
                self.target.format.append(&self.batch, &self.target.path)?;
                self.target.tail(length)?
            }
            None => {
                self.target.format.write(self.batch.clone().lazy(), &self.target.path)?;
                self.target.load(&names)?
            }
        };
        Ok(fold(&back, &queries.scales(&names))?)
    }

    /// Takes away what `run` wrote.
    ///
    /// # Errors
    /// If the file cannot be changed.
    pub(crate) fn reset(&self) -> anyhow::Result<()> {
        restore(&self.target.path, self.before)
    }
}

/// Writes the whole table from memory into a new file.
#[derive(Clone, Debug)]
pub(crate) struct WriteAll {
    source: Source,
    table: DataFrame,
    target: PathBuf,
}

impl WriteAll {
    /// Takes the table into memory.
    pub(crate) fn prepare(source: &Source, table: DataFrame) -> Self {
        let target = with_suffix(&source.path, &format!("{}.write", std::process::id()));
        Self { source: source.clone(), table, target }
    }

    /// Writes the table. That such a file holds the table is proved when the variant's own file is made, in the same way.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn run(&self) -> anyhow::Result<Answer> {
        self.source.format.write(self.table.clone().lazy(), &self.target)?;
        Ok(Answer { rows: self.table.height() as u64, ..Answer::default() })
    }

    /// Removes what `run` wrote.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub(crate) fn reset(&self) -> anyhow::Result<()> {
        restore(&self.target, None)
    }
}

fn restore(path: &Path, length: Option<u64>) -> anyhow::Result<()> {
    match length {
        Some(length) => std::fs::File::options().write(true).open(path).and_then(|file| file.set_len(length)),
        None => std::fs::remove_file(path),
    }
    .with_context(|| format!("cannot restore {}", path.display()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}
