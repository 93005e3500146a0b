//! Arrow IPC, batch by batch, without mapping the file into memory.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use polars::prelude::*;
use polars_arrow::io::ipc::read::{StreamReader, StreamState, read_stream_metadata};

use crate::Error;

/// A whole Arrow stream.
///
/// # Errors
/// [`Error::Broken`] or [`Error::Unreadable`].
pub(crate) fn read_stream(path: &Path) -> Result<DataFrame, Error> {
    let broken = |error| Error::broken(path, "Arrow stream", error);
    let mut reader = BufReader::new(File::open(path).map_err(|error| Error::read(path, error))?);
    let metadata = read_stream_metadata(&mut reader).map_err(broken)?;
    let schema = Schema::from_arrow_schema(&metadata.schema);
    let mut whole = DataFrame::empty_with_schema(&schema);
    for state in StreamReader::new(reader, metadata, None) {
        if let StreamState::Some(batch) = state.map_err(broken)? {
            whole.vstack_mut_owned(DataFrame::from(batch)).map_err(broken)?;
        }
    }
    Ok(whole)
}
