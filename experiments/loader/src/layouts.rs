//! The images as they are stored: each layout is written once a run, and opened by every launch.

use std::path::PathBuf;
use std::sync::Arc;

use loading::{Source, Tar, write_tar};
use measure::{Task, scratch};

use crate::case::{BATCH, Layout};
use crate::columns;
use crate::pictures::{Set, folder};

/// A layout that is open.
pub(crate) struct Stored {
    /// Its samples.
    pub(crate) source: Arc<dyn Source>,
    /// Its files.
    pub(crate) files: Vec<PathBuf>,
}

/// Opens the images in a layout, and writes it first if nobody did.
///
/// # Errors
/// If it cannot be written or read.
pub(crate) fn open(task: &Task, set: &Set, layout: Layout) -> anyhow::Result<Stored> {
    let files = set.files();
    let path = folder(task)?.join(format!("images-{}.{}", set.images.len(), layout.ending()));
    let source: Arc<dyn Source> = match layout {
        Layout::Files => return Ok(Stored { files: files.paths().to_vec(), source: Arc::new(files) }),
        Layout::Arrow | Layout::Parquet => {
            scratch::once(&path, |beside| columns::write_images(&files, layout, BATCH, beside))?;
            columns::open_images(layout, &path, BATCH)?
        }
        Layout::Tar => {
            scratch::once(&path, |beside| write_tar(&files, beside))?;
            Arc::new(Tar::open(&path)?)
        }
        Layout::Csv => anyhow::bail!("images are not stored as CSV"),
    };
    Ok(Stored { source, files: vec![path] })
}
