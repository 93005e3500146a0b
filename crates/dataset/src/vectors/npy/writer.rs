//! A file of vectors in single precision.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::header;
use crate::Error;

/// A file that is being written, in single precision.
pub(crate) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    dims: usize,
    written: u64,
}

impl Writer {
    /// Makes a file for vectors of `dims` numbers.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn create(path: &Path, dims: usize) -> Result<Self, Error> {
        let file = File::create(path).map_err(|error| Error::write(path, 0, error))?;
        let mut writer = Self { path: path.to_path_buf(), file: BufWriter::new(file), dims, written: 0 };
        writer.bytes(&header::write(0, dims))?;
        Ok(writer)
    }

    /// Appends a vector.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn put(&mut self, vector: &[f32]) -> Result<(), Error> {
        vector.iter().try_for_each(|value| self.bytes(&value.to_le_bytes()))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| Error::write(&self.path, self.written, error))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Puts the number of vectors into the header.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn finish(mut self, rows: u64) -> Result<(), Error> {
        let sought = self.file.seek(SeekFrom::Start(0));
        sought.map_err(|error| Error::write(&self.path, self.written, error))?;
        self.bytes(&header::write(rows, self.dims))?;
        self.file.flush().map_err(|error| Error::write(&self.path, self.written, error))
    }
}
