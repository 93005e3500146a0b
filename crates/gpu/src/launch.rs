//! How many threads a kernel gets, and what it is told: pure.

use crate::element::Element;
use crate::error::Error;

/// Threads that run side by side in lockstep; every block has whole groups of them.
pub const WARP: u32 = 32;

/// Threads of a block of an element-wise kernel.
const BLOCK: u32 = 256;

/// Bytes that a thread reads or writes at once.
const PACK: usize = 16;

/// Blocks of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Blocks; one for each row, or for each stretch of elements.
    pub blocks: u32,
    /// Threads of a block: whole warps.
    pub threads: u32,
}

/// Something that a kernel is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument {
    /// An address on the GPU.
    Address(u64),
    /// A count.
    Count(u64),
    /// A number.
    Number(f32),
}

impl Shape {
    /// For a kernel of which each thread does 16 bytes' worth of elements.
    ///
    /// # Errors
    /// If there are more elements than a launch can have threads.
    pub fn elements(elements: usize, element: Element) -> Result<Self, Error> {
        let threads = elements.div_ceil(PACK / element.bytes()).max(1);
        Self::of(threads.div_ceil(BLOCK as usize), BLOCK)
    }

    /// For a kernel of which each block does a row of so many elements.
    ///
    /// # Errors
    /// If there are more rows than a launch can have blocks.
    pub fn rows(rows: usize, columns: usize, element: Element) -> Result<Self, Error> {
        let threads = columns.div_ceil(PACK / element.bytes()).clamp(WARP as usize, 1024).next_power_of_two();
        Self::of(rows.max(1), threads as u32)
    }

    /// For a reduction of all elements to one partial result for each block: so many that the GPU is busy, and so few that one
    /// block can add up what they found.
    #[must_use]
    pub fn partial(elements: usize, element: Element) -> Self {
        let full = elements.div_ceil(PACK / element.bytes()).div_ceil(BLOCK as usize).clamp(1, PARTIALS);
        Self { blocks: full as u32, threads: BLOCK }
    }

    /// For a kernel that says itself what a thread does.
    ///
    /// # Errors
    /// If there are more blocks than a launch can have.
    pub fn blocks(blocks: usize, threads: usize) -> Result<Self, Error> {
        Self::of(blocks.max(1), threads.min(1024) as u32)
    }

    fn of(blocks: usize, threads: u32) -> Result<Self, Error> {
        let blocks = i32::try_from(blocks).map_err(|_| Error::Unsuitable(format!("a launch of {blocks} blocks")))?;
        Ok(Self { blocks: blocks.unsigned_abs(), threads })
    }
}

/// Most partial results of a reduction.
pub const PARTIALS: usize = 1024;

impl Argument {
    /// Where the driver finds it.
    #[must_use]
    pub fn pointer(&self) -> *mut std::ffi::c_void {
        match self {
            Self::Address(value) | Self::Count(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Self::Number(value) => std::ptr::from_ref(value).cast_mut().cast(),
        }
    }
}
