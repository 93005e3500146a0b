//! Memory that starts on a page, so that no load crosses a cache line and two buffers lie alike.

/// Bytes of the smallest page.
pub(super) const PAGE: usize = 4096;

/// Words of eight bytes, starting on a page.
pub(super) struct Words {
    memory: Vec<u64>,
    start: usize,
    len: usize,
}

impl Words {
    /// `len` words, each made from its index. Writing them also places the pages near the thread that does it.
    pub(super) fn new(len: usize, word: impl Fn(usize) -> u64) -> Self {
        let mut memory: Vec<u64> = Vec::with_capacity(len + PAGE / 8);
        // `align_offset` may refuse in theory; then the buffer is slower, not wrong.
        let start = memory.as_ptr().align_offset(PAGE).min(PAGE / 8);
        memory.resize(start, 0);
        memory.extend((0..len).map(word));
        Self { memory, start, len }
    }

    pub(super) fn get(&self) -> &[u64] {
        &self.memory[self.start..self.start + self.len]
    }

    pub(super) fn get_mut(&mut self) -> &mut [u64] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

/// Bytes, starting on a page, as reads past the page cache need them.
pub(super) struct Bytes {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

impl Bytes {
    pub(super) fn new(len: usize) -> Self {
        let memory = vec![0_u8; len + PAGE];
        let start = memory.as_ptr().align_offset(PAGE).min(PAGE);
        Self { memory, start, len }
    }

    pub(super) fn get_mut(&mut self) -> &mut [u8] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_start_on_a_page() {
        for len in [64, 4096, 100_000] {
            let words = Words::new(len, |i| i as u64);
            assert_eq!(words.get().as_ptr() as usize % PAGE, 0);
            assert_eq!(words.get(), (0..len as u64).collect::<Vec<_>>());
            let mut bytes = Bytes::new(len);
            assert_eq!(bytes.get_mut().as_ptr() as usize % PAGE, 0);
            assert_eq!(bytes.get_mut().len(), len);
        }
    }
}
