//! The knobs of a loader.

use serde::{Deserialize, Serialize};

/// How a loader is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs {
    /// Workers beside the consumer; with none, the consumer makes each batch itself, and waits for it meanwhile.
    pub workers: usize,
    /// Batches that each worker may be ahead of the consumer; at least 1 where there are workers.
    pub prefetch: usize,
}

impl Knobs {
    /// Batches that may be made or wait at a time, beside the one that the consumer has.
    #[must_use]
    pub fn ahead(self) -> usize {
        self.workers * self.prefetch.max(1)
    }

    /// Bytes of memory that its batches take at most.
    #[must_use]
    pub fn memory(self, batch_bytes: usize) -> u64 {
        (self.ahead() as u64 + 1) * batch_bytes as u64
    }
}

/// In which order samples come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shuffle {
    /// As they are stored.
    None,
    /// Any sample at any place: random reads.
    Full,
    /// Read in sequence; each sample is drawn from a buffer of so many.
    Buffer(usize),
}
