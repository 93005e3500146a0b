//! How a processor multiplies: what goes from here to the blocks.

use super::pack::{Packed, Packs, Part, fill};
use super::tile::Tile;
use crate::Level;
use crate::simd::{Number, Vector};

/// How a processor multiplies numbers `T` that panels hold as `P` and that are summed as `S`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan<T, P, S> {
    pub(super) level: Level,
    pub(super) tile: Tile<P, S>,
    /// Copies rows of the first matrix into a panel, of as many lines as are said. Columns of the second one are copied by [`fill`].
    pub(super) rows: fn(Level, Part<'_, T>, usize, &mut [P]),
    /// What a thread has to do before tiles and behind them.
    pub(super) state: Option<State>,
    /// Rows of the lowest tile that there is.
    pub(super) lowest: usize,
    /// Rows, and registers side by side, of a whole tile.
    pub(super) whole: (usize, usize),
    /// Sums in a register.
    pub(super) lanes: usize,
    /// Steps that are multiplied at once: panels have a whole number of them.
    pub(super) grain: usize,
    /// Steps for which a tile stays in registers: enough that loading and storing it does not count, and few enough for the caches.
    pub(super) steps: usize,
    /// Rows of a block of the first matrix: with its steps, a quarter of a usual second cache.
    pub(super) block: usize,
}

/// What a thread has to do for its registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// Before the first tile. The plan says what the processor must have.
    pub(super) enter: unsafe fn(),
    /// Behind the last.
    pub(super) leave: unsafe fn(),
}

impl<T: Packs<P>, P: Packed, S> Plan<T, P, S> {
    /// By registers of a level that hold sums of the type `N`.
    pub(super) fn by_registers<N: Number>(level: Level, tile: Tile<P, S>) -> Self {
        let whole = match level.registers() {
            #[cfg(target_arch = "x86_64")]
            crate::Registers::Avx512 => N::Avx512::TILE,
            #[cfg(target_arch = "x86_64")]
            crate::Registers::Avx2 => N::Avx2::TILE,
            _ => N::Portable::TILE,
        };
        Self {
            level,
            tile,
            rows: fill,
            state: None,
            lowest: 1,
            whole,
            lanes: level.lanes::<N>(),
            grain: 1,
            steps: 2048 / size_of::<P>(),
            block: 96,
        }
    }
}
