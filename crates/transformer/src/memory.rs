//! Bytes: what is asked for, what is held.

use crate::OutOfMemory;

/// What a trainer holds, in bytes, counted from its buffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The weights that products read: all weights in f32, the copies in the lower precision otherwise.
    pub weights: u64,
    /// The weights in f32 that the optimizer updates; in f32 they are `weights` themselves, and this is 0.
    pub master: u64,
    /// A gradient for each weight.
    pub gradients: u64,
    /// Running means of the gradients and of their squares.
    pub optimizer: u64,
    /// What the forward pass keeps for the backward pass.
    pub activations: u64,
    /// What is overwritten from product to product.
    pub workspace: u64,
}

impl Memory {
    /// The parts with their names, in the order of the struct.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, u64); 6] {
        [
            ("weights", self.weights),
            ("master", self.master),
            ("gradients", self.gradients),
            ("optimizer", self.optimizer),
            ("activations", self.activations),
            ("workspace", self.workspace),
        ]
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.parts().iter().map(|(_, bytes)| bytes).sum()
    }
}

/// Bytes of a buffer.
pub(crate) fn bytes<T>(buffer: &Vec<T>) -> u64 {
    (buffer.capacity() * size_of::<T>()) as u64
}

/// Hands out buffers and keeps count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) limit: Option<u64>,
    pub(crate) held: u64,
}

impl Ledger {
    /// A buffer of zeros.
    ///
    /// # Errors
    /// If it exceeds the limit, or the system refuses it.
    pub(crate) fn take<T: Clone + Default>(&mut self, len: usize) -> Result<Vec<T>, OutOfMemory> {
        let wanted = (len as u64).saturating_mul(size_of::<T>() as u64);
        let refused = |limit| OutOfMemory { wanted, held: self.held, limit };
        if self.limit.is_some_and(|limit| self.held.saturating_add(wanted) > limit) {
            return Err(refused(self.limit));
        }
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(len).map_err(|_| refused(None))?;
        buffer.resize(len, T::default());
        self.held += bytes(&buffer);
        Ok(buffer)
    }
}
