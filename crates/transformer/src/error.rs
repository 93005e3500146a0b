//! What may go wrong, and what to do about it.

/// Why a trainer cannot be made, or cannot take a step.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The dimensions contradict each other.
    #[error("the model's dimensions do not fit together: {0}")]
    Config(String),
    /// A batch that the model cannot read.
    #[error("a batch that this model cannot read: {0}")]
    Batch(String),
    /// No room for a buffer.
    #[error(transparent)]
    Memory(#[from] OutOfMemory),
    /// The system gives no threads.
    #[error("no threads to compute with: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// No room for a buffer: what is wanted beside what is held exceeds the limit, or the system refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wanted} bytes more do not fit beside the {held} held{}; a smaller batch or a lower precision needs less",
    match limit { Some(limit) => format!(" under the limit of {limit}"), None => ": the system refuses them".to_owned() })]
pub struct OutOfMemory {
    /// Bytes that were asked for.
    pub wanted: u64,
    /// Bytes that the trainer held already.
    pub held: u64,
    /// The limit that the trainer was given, if it was that and not the system that refused.
    pub limit: Option<u64>,
}
