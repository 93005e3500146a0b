//! Reading and writing results files: JSON Lines, one record a line, flushed per record.
//!
//! A run owns its file: the name is created exclusively, so two runs at once cannot mix their lines. A line that was
//! cut off by a crash or a full disk is dropped with a warning, everything before it is kept.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::migrate::migrate;
use crate::{Record, Run, SCHEMA};

/// What can be wrong with a results file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The first line is no header.
    #[error("{path} is not a Benchbook results file: {why}", path = path.display())]
    NotResults {
        /// The file.
        path: PathBuf,
        /// What stands there.
        why: String,
    },
    /// Written by a later version.
    #[error(
        "{path} has results schema {found}, and this Benchbook reads up to {SCHEMA}: \
         install Benchbook {writer} or later to read it", path = path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
        /// The version that wrote it.
        writer: String,
    },
    /// A line in the middle cannot be read.
    #[error("{path}, line {line}: {why}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// Writes a results file, one record at a time.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
}

impl Writer {
    /// Creates `folder/<id>.jsonl`, which must not exist.
    ///
    /// # Errors
    /// If the folder or the file cannot be made.
    pub fn create(folder: &Path, id: &str) -> Result<Self, Error> {
        let path = folder.join(format!("{id}.jsonl"));
        let io = |source| Error::Io { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(io)?;
        Ok(Self { file, path })
    }

    /// Where the records go.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one line in one system call, so that a crash leaves whole lines and at most one cut one.
    ///
    /// # Errors
    /// If the disk is full or the file cannot be written; what was written before stays.
    pub fn write(&mut self, record: &Record) -> Result<(), Error> {
        let io = |source| Error::Io { path: self.path.clone(), source };
        let mut line = serde_json::to_vec(record).map_err(|e| io(io::Error::other(e)))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(io)
    }
}

/// Reads a results file of this or an earlier schema.
///
/// # Errors
/// See [`Error`]. A cut last line is no error, it becomes a warning of the run.
pub fn read(path: &Path) -> Result<Run, Error> {
    let text = std::fs::read(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    parse(&text, path)
}

/// Reads the text of a results file; `path` is for messages.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &[u8], path: &Path) -> Result<Run, Error> {
    let not_results = |why: &str| Error::NotResults { path: path.to_owned(), why: why.to_owned() };
    let complete = text.ends_with(b"\n");
    let mut lines: Vec<(usize, &[u8])> =
        text.split(|&b| b == b'\n').enumerate().filter(|(_, line)| !line.is_empty()).collect();
    let schema = match lines.first() {
        None => return Err(not_results("it is empty")),
        Some((_, first)) => schema(first, path)?,
    };

    // Only the last line can be cut, since each is written with its line break in one call.
    let mut warnings = Vec::new();
    if let Some((i, last)) = lines.last().copied()
        && !complete
        && serde_json::from_slice::<serde::de::IgnoredAny>(last).is_err()
    {
        warnings
            .push(format!("the last line (line {}) was cut off and is left out; everything before it is kept", i + 1));
        lines.pop();
    }
    if schema < u64::from(SCHEMA) {
        warnings.push(format!("it has results schema {schema}, and was read as schema {SCHEMA}"));
    }
    let mut records = Vec::with_capacity(lines.len());
    for (i, line) in lines {
        let record = if schema == u64::from(SCHEMA) {
            serde_json::from_slice(line)
        } else {
            serde_json::from_slice(line).and_then(|value| serde_json::from_value(migrate(schema, value)))
        };
        records.push(record.map_err(|e| Error::Line { path: path.to_owned(), line: i + 1, why: e.to_string() })?);
    }
    Run::from_records(records, warnings).ok_or_else(|| not_results("it has no run header"))
}

/// The schema that the header names.
fn schema(first: &[u8], path: &Path) -> Result<u64, Error> {
    let not_results = |why: &str| Error::NotResults { path: path.to_owned(), why: why.to_owned() };
    let header: Value = serde_json::from_slice(first).map_err(|_| not_results("its first line is not JSON"))?;
    if header.get("kind").and_then(Value::as_str) != Some("run") {
        return Err(not_results("its first line is not a run header"));
    }
    let found = header.get("schema").and_then(Value::as_u64).ok_or_else(|| not_results("its header has no schema"))?;
    if found > u64::from(SCHEMA) {
        let writer = header.get("benchbook").and_then(Value::as_str).unwrap_or("of that schema").to_owned();
        return Err(Error::Newer { path: path.to_owned(), found, writer });
    }
    Ok(found)
}
