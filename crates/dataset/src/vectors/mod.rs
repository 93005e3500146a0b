//! Columns of vectors: lists of floats, as many in every row.
//!
//! Hardly any format carries them, so they are not in the working table: each is a file of its own beside it, and an
//! experiment that wants vectors asks for them by the column's name.
//!
//! ```text
//! list column, .npy ─▶ cells ─▶ shape: of one length? (profile: the role `vector`)
//!                        └────▶ kept: a file beside the working table ─▶ read
//! ```

mod cells;
mod kept;
pub(crate) mod npy;

use std::path::{Path, PathBuf};

pub(crate) use cells::{Shape, could_be, each};
pub(crate) use kept::Kept;

use crate::Error;

/// Fewest and most numbers of a vector.
const FEWEST_DIMS: usize = 2;
const MOST_DIMS: usize = 65_536;

/// Most vectors of a column that are kept, and most bytes of them: more than a search is measured on.
const MOST_ROWS: u64 = 65_536;
const MOST_BYTES: u64 = 256 << 20;

/// Vectors in memory, one behind the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    /// Numbers of a vector.
    pub dims: usize,
    /// The numbers of all.
    pub values: Vec<f32>,
}

/// The first vectors, at most `most`, of a column that [`open`](crate::open) found to hold vectors; `None` if it is another one.
/// Rows without a vector are not among them.
///
/// # Errors
/// [`Error::Broken`] or [`Error::Unreadable`] if the file beside the working table is not whole.
pub fn vectors(table: &Path, column: &str, most: usize) -> Result<Option<Vectors>, Error> {
    let path = place(table, column);
    if !path.exists() {
        return Ok(None);
    }
    let mut file = npy::Reader::open(&path)?;
    let (dims, mut values) = (file.header().dims, Vec::new());
    file.take(most, &mut values)?;
    Ok(Some(Vectors { dims, values }))
}

/// Where the vectors of a column lie. A name may hold anything, so its fingerprint stands for it.
fn place(table: &Path, column: &str) -> PathBuf {
    table.with_extension(format!("{}.npy", results::fingerprint(&[column])))
}
