//! The same files without a list: what a reader has to do that knows nothing but a folder.

use std::fs::File;
use std::path::{Path, PathBuf};

use deltalake::arrow::array::RecordBatch;
use deltalake::parquet::arrow::ArrowWriter;

use crate::parquet::Shape;

/// Writes each batch as a file of the folder.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn write(
    root: &Path,
    parts: impl Iterator<Item = anyhow::Result<RecordBatch>>,
    shape: Shape,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (number, part) in parts.enumerate() {
        let part = part?;
        let path = root.join(format!("part-{number:05}.parquet"));
        let mut writer = ArrowWriter::try_new(File::create(&path)?, part.schema(), Some(shape.properties()?))?;
        writer.write(&part)?;
        writer.close()?;
        files.push(path);
    }
    Ok(files)
}

/// The files of the folder.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn list(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(root)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
