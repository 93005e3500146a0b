//! What can go wrong with data, in words that say what, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use polars::prelude::PolarsError;

/// Why a data set cannot be opened or profiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The argument is not a data set.
    #[error("`{text}` names no data set: {why}")]
    Spec {
        /// The argument as typed.
        text: String,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// Nothing lies at this path.
    #[error("{}: no such file or folder. Check the path; a pattern such as 'logs/*.parquet' works too.", .path.display())]
    NoSuchPath {
        /// The path as given.
        path: PathBuf,
    },
    /// A pattern that matches nothing.
    #[error("{pattern}: no file matches this pattern. Quote it if the shell expands it first, and check the folder.")]
    NoMatch {
        /// The pattern as given.
        pattern: String,
    },
    /// A folder without data files.
    #[error(
        "{}: no data file in this folder{}. Benchbook reads Parquet, Arrow IPC, CSV and TSV (plain, gz, zst), JSON Lines, Avro, and vectors as .npy.",
        .path.display(), if .left_out.is_empty() { String::new() } else { format!(" ({})", .left_out) }
    )]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
        /// What was seen in it and left out; empty if nothing.
        left_out: String,
    },
    /// A file of zero bytes, or with nothing in it.
    #[error("{}: the file is empty. Leave it out, or write it again.", .path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder that may not be read.
    #[error("{}: cannot be read: {source}. Check the owner and the permissions.", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file whose format is none of the known ones.
    #[error(
        "{}: the format is not known. Benchbook reads Parquet, Arrow IPC, CSV and TSV (plain, gz, zst), JSON Lines, Avro, and vectors as .npy.",
        .path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A folder or list with files of different formats.
    #[error(
        "the files have different formats: {} is {}, but {} is {}. Give one of the two alone, for example with a pattern.",
        .first.0.display(), .first.1, .second.0.display(), .second.1
    )]
    MixedFormats {
        /// A file and its format.
        first: (PathBuf, String),
        /// The first file that differs, and its format.
        second: (PathBuf, String),
    },
    /// Files of one format whose columns differ.
    #[error(
        "the files have different columns: {difference} (compare {} and {}). Give files of one schema, for example with a pattern.",
        .first.display(), .second.display()
    )]
    MixedSchemas {
        /// The file that set the schema.
        first: PathBuf,
        /// The first file that differs.
        second: PathBuf,
        /// The first column that differs, and how.
        difference: String,
    },
    /// A file that is not what its format promises.
    #[error("{}: {what}. {advice}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where in the file.
        what: String,
        /// What to do, as a sentence.
        advice: String,
    },
    /// A table with no rows: there is nothing to measure on.
    #[error("{}: the table has columns but no rows, so there is nothing to measure on. Give a file with rows.", .path.display())]
    NoRows {
        /// The file or folder.
        path: PathBuf,
    },
    /// A table of which no column can be used.
    #[error("{}: none of its columns holds plain values (numbers, texts, dates, true/false). Give a flat table.", .path.display())]
    NoColumns {
        /// The file or folder.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("{}: no space left on this disk after {written} bytes. Free some, or name another scratch folder.", .path.display())]
    NoSpace {
        /// The file that was being written; it is removed.
        path: PathBuf,
        /// Bytes written when the space ended.
        written: u64,
    },
    /// Writing failed for another reason.
    #[error("{}: cannot be written: {source}. Check the folder's permissions.", .path.display())]
    Write {
        /// The file that was being written.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The table engine failed in a way that has no better name here.
    #[error("{}: {source}", .path.display())]
    Engine {
        /// The file that was being read or written.
        path: PathBuf,
        /// The engine's reason.
        source: PolarsError,
    },
}

impl Error {
    /// A read that failed: the end of the file, a missing file and a permission each get their own words.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoSuchPath { path },
            io::ErrorKind::UnexpectedEof => Self::Broken {
                path,
                what: "the file ends in the middle".to_owned(),
                advice: "Write or copy it again: a part of it is missing.".to_owned(),
            },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Broken {
                path,
                what: format!("the file is damaged ({source})"),
                advice: "Write or copy it again.".to_owned(),
            },
            _ => Self::Unreadable { path, source },
        }
    }

    /// A write that failed.
    pub(crate) fn write(path: &Path, written: u64, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { path, written },
            _ => Self::Write { path, source },
        }
    }

    /// A read by the table engine that failed.
    pub(crate) fn broken(path: &Path, format: &str, source: PolarsError) -> Self {
        match io_of(source) {
            Ok(error) => Self::read(path, error),
            Err(error) => Self::Broken {
                path: path.to_path_buf(),
                what: format!("this is not a whole {format} file ({})", first_line(&error.to_string())),
                advice: "Write or copy it again, or give it the ending of its real format.".to_owned(),
            },
        }
    }

    /// A write by the table engine that failed.
    pub(crate) fn engine_write(path: &Path, written: u64, source: PolarsError) -> Self {
        match io_of(source) {
            Ok(error) => Self::write(path, written, error),
            Err(source) => Self::Engine { path: path.to_path_buf(), source },
        }
    }
}

/// The system's error inside an engine's error, if there is one that names its kind.
fn io_of(error: PolarsError) -> Result<io::Error, PolarsError> {
    match error {
        PolarsError::IO { error, .. } if error.kind() != io::ErrorKind::Other => {
            let kind = error.kind();
            Ok(error
                .raw_os_error()
                .map_or_else(|| io::Error::new(kind, error.to_string()), io::Error::from_raw_os_error))
        }
        PolarsError::Context { error, .. } => io_of(*error),
        other => Err(other),
    }
}

/// The first line of an engine's message: what follows is advice about its own options.
pub(crate) fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim_end_matches(['.', ':']).to_owned()
}
