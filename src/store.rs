//! The folder of results files: `results/<machine>/<run>.jsonl`.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, usage};

/// Every results file below `folder`, the newest first; run ids begin with their time.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if path.is_dir() && depth == 0 && !hidden {
                folders.push((path, depth + 1));
            } else if path.extension().is_some_and(|ext| ext == "jsonl") {
                found.push(path);
            }
        }
    }
    found.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
    found
}

/// The named file, or the newest one.
pub(crate) fn pick(file: Option<&Path>, folder: &Path) -> Result<PathBuf, Failure> {
    match file {
        Some(file) => Ok(file.to_owned()),
        None => files(folder).into_iter().next().ok_or_else(|| {
            usage(format_args!(
                "there is no results file in {}: measure first with `benchbook report`, or name a file",
                folder.display()
            ))
        }),
    }
}
