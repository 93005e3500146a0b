//! Memory for the arrays: at a known place within a page, on huge pages where the system has them.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};

use rayon::ThreadPool;
use rayon::prelude::*;

/// The smallest page.
const PAGE: usize = 4096;
/// A huge page.
const HUGE: usize = 2 << 20;
/// Memory from this size on asks for huge pages, as NumPy's does: with ordinary ones, finding out where the bytes stand
/// takes about as long as reading them.
const HUGE_FROM: usize = 4 << 20;
/// Elements that a thread fills at a time.
const PIECE: usize = 1 << 16;

/// Where in its page an array starts.
///
/// Processors compare the addresses of loads and earlier stores by their place within the page first. An output that lies
/// just behind its input in that sense makes each load wait for a store that has nothing to do with it; half a page away it
/// does not. Both places are multiples of a cache line, so that no vector straddles two lines.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// At the beginning.
    Start,
    /// In the middle.
    Middle,
}

/// An array of fixed length.
pub(crate) struct Buffer<T> {
    start: *mut T,
    len: usize,
    allocation: *mut u8,
    layout: Layout,
}

// SAFETY: it owns its memory alone, as a Vec does.
unsafe impl<T: Send> Send for Buffer<T> {}
// SAFETY: shared, it is a slice.
unsafe impl<T: Sync> Sync for Buffer<T> {}

/// A place to write to from several threads.
struct Start<T>(*mut T);

impl<T> Start<T> {
    /// Writes one element.
    ///
    /// # Safety
    /// It was allocated, and no other thread reads or writes it.
    unsafe fn write(&self, index: usize, element: T) {
        // SAFETY: passed on to the caller.
        unsafe { self.0.add(index).write(element) }
    }
}

// SAFETY: only passed to threads that write to disjoint ranges, see `Buffer::filled`.
unsafe impl<T: Send> Send for Start<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Start<T> {}

impl<T: Copy + Send> Buffer<T> {
    /// `len` elements, each made from its index; by the threads that will work on them, if there is a pool, since memory
    /// lies near the thread that touches it first.
    ///
    /// # Errors
    /// If the array would be larger than any address.
    pub(crate) fn filled(
        len: usize,
        place: Place,
        pool: Option<&ThreadPool>,
        element: impl Fn(usize) -> T + Sync,
    ) -> anyhow::Result<Self> {
        let bytes = len.saturating_mul(size_of::<T>()).saturating_add(PAGE);
        let layout = Layout::from_size_align(bytes, if bytes >= HUGE_FROM { HUGE } else { PAGE })?;
        // SAFETY: the size is not zero.
        let allocation = unsafe { alloc(layout) };
        if allocation.is_null() {
            handle_alloc_error(layout);
        }
        ask_for_huge_pages(allocation, bytes);
        let skipped = match place {
            Place::Start => 0,
            Place::Middle => PAGE / 2,
        };
        // SAFETY: a page more than the elements need was allocated, and half of one is a multiple of their size.
        let start: *mut T = unsafe { allocation.add(skipped) }.cast();
        let buffer = Self { start, len, allocation, layout };

        let start = Start(start);
        let fill = |piece: usize| {
            for i in piece * PIECE..((piece + 1) * PIECE).min(len) {
                // SAFETY: i < len elements were allocated, and no other piece has it.
                unsafe { start.write(i, element(i)) };
            }
        };
        let pieces = len.div_ceil(PIECE);
        match pool {
            Some(pool) => pool.install(|| (0..pieces).into_par_iter().for_each(fill)),
            None => (0..pieces).for_each(fill),
        }
        Ok(buffer)
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `len` elements were allocated and written.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `len` elements were allocated and written, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

impl<T> Drop for Buffer<T> {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and not yet freed.
        unsafe { dealloc(self.allocation, self.layout) }
    }
}

/// Asks the kernel for huge pages, before the memory is touched. It may decline; nothing depends on it but speed.
pub(crate) fn ask_for_huge_pages(start: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    if bytes >= HUGE_FROM {
        let skipped = start.align_offset(PAGE);
        if let Some(whole) = bytes.checked_sub(skipped) {
            // SAFETY: the range lies within the allocation, and the advice changes no content.
            unsafe { libc::madvise(start.add(skipped).cast(), whole / PAGE * PAGE, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, bytes);
}

/// What [`ask_for_huge_pages`] comes to for an array of this size, for the settings.
pub(crate) fn pages(bytes: usize) -> &'static str {
    if !cfg!(target_os = "linux") || bytes < HUGE_FROM {
        return "ordinary";
    }
    // `always [madvise] never`: the choice in force stands in brackets.
    let choice = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    if choice.is_empty() || choice.contains("[never]") { "ordinary" } else { "huge, where the kernel finds them" }
}
