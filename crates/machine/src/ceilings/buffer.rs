//! Memory for walking over and for reading into.
//!
//! Large arrays lie in huge pages where the kernel grants them: with small ones a walk through main memory waits for
//! address translation, and the ceiling would be lower than what a program reaches that asks for them, as NumPy does.

/// Bytes of the smallest page, and what reads past the page cache must be aligned to.
pub(super) const PAGE: usize = 4096;

/// Words of eight bytes, starting on a huge page's boundary: no load crosses a cache line, and no two buffers differ.
pub(super) struct Words(memory::Pages);

impl Words {
    /// `len` words, each made from its index. Writing them also places the pages near the thread that does it.
    pub(super) fn new(len: usize, word: impl Fn(usize) -> u64) -> Self {
        let mut words = Self(memory::Pages::new(len));
        for (index, place) in words.get_mut().iter_mut().enumerate() {
            *place = word(index);
        }
        words
    }

    pub(super) fn get(&self) -> &[u64] {
        self.0.get()
    }

    pub(super) fn get_mut(&mut self) -> &mut [u64] {
        self.0.get_mut()
    }
}

#[cfg(target_os = "linux")]
mod memory {
    //! Pages straight from the kernel: those of an allocator may have been cut into small ones before.

    use std::ptr::NonNull;
    use std::slice;

    /// The usual huge page.
    const HUGE: usize = 2 << 20;

    /// Zeroed words that no one else has.
    pub(super) struct Pages {
        map: NonNull<libc::c_void>,
        mapped: usize,
        start: NonNull<u64>,
        len: usize,
    }

    // SAFETY: the mapping belongs to this value alone, like a boxed slice.
    unsafe impl Send for Pages {}

    impl Pages {
        pub(super) fn new(len: usize) -> Self {
            let mapped = len * size_of::<u64>() + HUGE;
            let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            // SAFETY: a new anonymous mapping at a place of the kernel's choice touches nothing that exists.
            let map = unsafe { libc::mmap(std::ptr::null_mut(), mapped, protection, flags, -1, 0) };
            let map = match NonNull::new(map) {
                Some(map) if map.as_ptr() != libc::MAP_FAILED => map,
                // As any other allocation that fails.
                _ => std::alloc::handle_alloc_error(std::alloc::Layout::new::<u64>()),
            };
            let offset = map.as_ptr().align_offset(HUGE).min(HUGE);
            // SAFETY: the mapping is larger than what is asked for by the greatest offset.
            let start = unsafe { map.byte_add(offset) };
            // SAFETY: advice on pages of this mapping only. If the kernel does not take it, small pages do.
            unsafe { libc::madvise(start.as_ptr(), len * size_of::<u64>(), libc::MADV_HUGEPAGE) };
            Self { map, mapped, start: start.cast(), len }
        }

        pub(super) fn get(&self) -> &[u64] {
            // SAFETY: `len` words from the start are mapped, zeroed, aligned, and borrowed with this value.
            unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
        }

        pub(super) fn get_mut(&mut self) -> &mut [u64] {
            // SAFETY: as in `get`, and borrowed for writing.
            unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
        }
    }

    impl Drop for Pages {
        fn drop(&mut self) {
            // SAFETY: exactly the mapping that `new` made; no slice of it outlives this value.
            unsafe { libc::munmap(self.map.as_ptr(), self.mapped) };
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod memory {
    //! Memory from the allocator, aligned within.

    use super::PAGE;

    /// Zeroed words.
    pub(super) struct Pages {
        memory: Vec<u64>,
        start: usize,
        len: usize,
    }

    impl Pages {
        pub(super) fn new(len: usize) -> Self {
            let memory = vec![0_u64; len + PAGE / size_of::<u64>()];
            // `align_offset` may refuse in theory; then the buffer is slower, not wrong.
            let start = memory.as_ptr().align_offset(PAGE).min(PAGE / size_of::<u64>());
            Self { memory, start, len }
        }

        pub(super) fn get(&self) -> &[u64] {
            &self.memory[self.start..self.start + self.len]
        }

        pub(super) fn get_mut(&mut self) -> &mut [u64] {
            &mut self.memory[self.start..self.start + self.len]
        }
    }
}

/// Bytes, starting on a page, as reads past the page cache need them.
#[cfg(target_os = "linux")]
pub(super) struct Bytes {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

#[cfg(target_os = "linux")]
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
        for len in [64, 4096, 1_000_000] {
            let mut words = Words::new(len, |i| i as u64);
            assert_eq!(words.get().as_ptr() as usize % PAGE, 0);
            assert!(words.get().iter().enumerate().all(|(i, word)| *word == i as u64));
            words.get_mut()[len - 1] = 7;
            assert_eq!(words.get().last(), Some(&7));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn bytes_start_on_a_page() {
        for len in [64, 4096, 100_000] {
            let mut bytes = Bytes::new(len);
            assert_eq!(bytes.get_mut().as_ptr() as usize % PAGE, 0);
            assert_eq!(bytes.get_mut().len(), len);
        }
    }
}
