//! Errors with an exit code.

use std::fmt;

/// Everything went well.
pub(crate) const OK: u8 = 0;
/// `check` found a confirmed regression.
pub(crate) const REGRESSION: u8 = 1;
/// The command line, a setting or the data cannot be used as they are.
pub(crate) const USAGE: u8 = 2;
/// The system refused: a file cannot be read or written, the disk is full.
pub(crate) const SYSTEM: u8 = 3;
/// The reader stopped it; what was finished is kept.
#[cfg(feature = "measure")]
pub(crate) const INTERRUPTED: u8 = 130;

/// An error for the reader, with the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Exit code.
    pub(crate) code: u8,
    /// What, where, and what to do.
    pub(crate) message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Something in the input is wrong.
pub(crate) fn usage(message: impl fmt::Display) -> Failure {
    Failure { code: USAGE, message: message.to_string() }
}

/// The system refused.
pub(crate) fn system(message: impl fmt::Display) -> Failure {
    Failure { code: SYSTEM, message: message.to_string() }
}

impl From<results::Error> for Failure {
    fn from(error: results::Error) -> Self {
        match error {
            results::Error::Io { .. } => system(error),
            _ => usage(error),
        }
    }
}

impl From<catalog::Error> for Failure {
    fn from(error: catalog::Error) -> Self {
        usage(error)
    }
}
