//! Folders on the storage that the reader wants compared: each gets one of ours, which is gone at the end.

use std::path::PathBuf;

use super::scratch::Scratch;
use crate::failure::{Failure, usage};

/// A folder of our own in each of these.
///
/// # Errors
/// If one is no folder, or may not be written to.
pub(super) fn folders(storage: &[PathBuf]) -> Result<Vec<Scratch>, Failure> {
    let folder = |path: &PathBuf| {
        if !path.is_dir() {
            return Err(usage(format_args!("--storage {}: no such folder; name one that exists", path.display())));
        }
        Scratch::new(path, ".benchbook-")
            .map_err(|failure| usage(format_args!("--storage {failure}: choose a folder that you may write to")))
    };
    storage.iter().map(folder).collect()
}
