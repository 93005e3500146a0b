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
    let shard = |ending: &str| anyhow::Ok(folder(task)?.join(format!("images-{}.{ending}", set.images.len())));
    let stored = |source: Arc<dyn Source>, path: PathBuf| Stored { source, files: vec![path] };
    Ok(match layout {
        Layout::Files => Stored { files: files.paths().to_vec(), source: Arc::new(files) },
        Layout::Tar => {
            let path = shard("tar")?;
            scratch::once(&path, |beside| write_tar(&files, beside))?;
            stored(Arc::new(Tar::open(&path)?), path)
        }
        Layout::Arrow => {
            let path = shard("arrow")?;
            scratch::once(&path, |beside| columns::write_arrow(&files, BATCH, beside))?;
            stored(columns::open_arrow(&path, BATCH)?, path)
        }
        Layout::Parquet => {
            let path = shard("parquet")?;
            scratch::once(&path, |beside| columns::write_parquet(&files, BATCH, beside))?;
            stored(columns::open_parquet(&path, BATCH)?, path)
        }
        Layout::Csv => anyhow::bail!("images are not stored as CSV"),
    })
}
