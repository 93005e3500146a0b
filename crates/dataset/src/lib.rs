//! The data that Benchbook measures on: the default table, TPC-H, or the user's own files.
//!
//! Place in the flow: `probe → ` **dataset** ` → plan → measure → results file → analyse → render`.
//! [`open`] makes the *working table*, one uncompressed Arrow IPC file in the scratch folder, and its profile; experiments
//! derive everything else from it. The user's files are only read.

pub mod format;

mod error;
mod read;
mod spec;

use std::path::{Path, PathBuf};

pub use error::Error;
pub use format::Format;
pub use spec::Spec;

/// How to open a data set.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions<'a> {
    /// Seed of the default table.
    pub seed: u64,
    /// Rows of the default table, and the most rows that are taken from the user's data.
    pub rows: u64,
    /// Folder for the working table; it must exist.
    pub scratch: &'a Path,
}

/// A data set that is ready to be measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its profile.
    pub dataset: results::Dataset,
    /// The working table: uncompressed Arrow IPC, read by [`format::read_table`].
    pub table: PathBuf,
}

/// Makes the working table of `spec` and its profile.
///
/// # Errors
/// See [`Error`]: each names the file, what is wrong with it, and what to do.
pub fn open(spec: &Spec, options: &OpenOptions<'_>) -> Result<Opened, Error> {
    let _ = options;
    Err(Error::Spec { text: format!("{spec:?}"), why: "it cannot be opened yet".to_owned() })
}
