//! Reading and writing results files: JSON Lines, one record a line, flushed per record.
//!
//! A run owns its file: the name is created exclusively, so two runs at once cannot mix their lines. A line that was
//! cut off by a crash or a full disk is dropped with a warning, everything before it is kept.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

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
    let mut warnings = Vec::new();
    let mut lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    let cut = lines.pop().filter(|last| !last.is_empty());

    let mut values = Vec::with_capacity(lines.len() + 1);
    for (i, line) in lines.iter().enumerate() {
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(value) => values.push((i + 1, value)),
            Err(_) if values.is_empty() => return Err(not_results("its first line is not JSON")),
            Err(e) => return Err(Error::Line { path: path.to_owned(), line: i + 1, why: e.to_string() }),
        }
    }
    if let Some(last) = cut {
        match serde_json::from_slice::<Value>(last) {
            Ok(value) => values.push((lines.len() + 1, value)),
            Err(_) => warnings.push(format!(
                "the last line (line {}) was cut off and is left out; everything before it is kept",
                lines.len() + 1
            )),
        }
    }

    let (_, header) = values.first().ok_or_else(|| not_results("it is empty"))?;
    if header.get("kind").and_then(Value::as_str) != Some("run") {
        return Err(not_results("its first line is not a run header"));
    }
    let schema = header.get("schema").and_then(Value::as_u64).ok_or_else(|| not_results("its header has no schema"))?;
    if schema > u64::from(SCHEMA) {
        let writer = header.get("benchbook").and_then(Value::as_str).unwrap_or("of that schema").to_owned();
        return Err(Error::Newer { path: path.to_owned(), found: schema, writer });
    }

    let mut records = Vec::with_capacity(values.len());
    for (line, value) in values {
        let record = serde_json::from_value(value)
            .map_err(|e| Error::Line { path: path.to_owned(), line, why: e.to_string() })?;
        records.push(record);
    }
    Run::from_records(records, warnings).ok_or_else(|| not_results("it has no run header"))
}
