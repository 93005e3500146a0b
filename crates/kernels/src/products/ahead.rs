//! Asking for memory that is copied later, a little at a time.

use super::pack::Part;

/// Bytes of a cache line.
const LINE: usize = 64;

/// What is still to be asked for of a part of a matrix.
pub(super) struct Ahead {
    at: *const u8,
    /// Bytes from one row to the next, as they lie in memory.
    stride: usize,
    rows: usize,
    /// Cache lines of a row, and how many of this one have been asked for.
    lines: usize,
    asked: usize,
    /// Cache lines that are asked for at a time.
    together: usize,
}

impl Ahead {
    /// A part that is asked for in so many times; none, or one whose numbers lie apart, is not asked for.
    pub(super) fn new<T>(part: Option<Part<'_, T>>, times: usize) -> Self {
        let nothing = Self { at: std::ptr::null(), stride: 0, rows: 0, lines: 0, asked: 0, together: 0 };
        let Some(part) = part else { return nothing };
        let (rows, stride, row) = match (part.depth_stride, part.line_stride) {
            (1, stride) => (part.lines, stride, part.depth),
            (stride, 1) => (part.depth, stride, part.lines),
            _ => return nothing,
        };
        // A row that does not start with a line lies on one more.
        let lines = (row * size_of::<T>()).div_ceil(LINE) + 1;
        Self {
            at: part.data.as_ptr().cast(),
            stride: stride * size_of::<T>(),
            rows,
            lines,
            asked: 0,
            together: (rows * lines).div_ceil(times.max(1)),
        }
    }

    /// Asks for the next lines.
    #[inline]
    pub(super) fn ask(&mut self) {
        for _ in 0..self.together {
            if self.rows == 0 {
                return;
            }
            fetch(self.at.wrapping_add(self.asked * LINE));
            self.asked += 1;
            if self.asked == self.lines {
                self.asked = 0;
                self.rows -= 1;
                self.at = self.at.wrapping_add(self.stride);
            }
        }
    }
}

/// Asks for a line into the second cache: in the first, rows that lie a power of two apart would push each other out.
#[inline(always)]
pub(super) fn fetch(line: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which reads nothing and may name any address; every x86-64 processor has it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
