//! AMX, of Intel's server processors since Sapphire Rapids: registers of 16 rows of 64 bytes. One instruction multiplies 16 × 32 numbers
//! of bf16 by 32 × 16 others, and adds the sums to 16 × 16 of f32.
//!
//! Rust has no stable functions for these instructions, so they stand here in assembly, and are picked at run time: see `detect`. The
//! second matrix is copied as for AVX512-BF16, by pairs of a step, of which sixteen are a tile; the first one row by row: see `rows`.
//!
//! **How fast this is was never measured**: where it was written there was no processor that has it. Its products are right: where the
//! processor has no tiles, the tests run these very instructions on an emulator, by the description that Intel gives of each.

mod detect;
mod rows;

use std::arch::asm;

use half::bf16;

use super::ahead::fetch;
use super::plan::{Plan, State};
use super::tile::Place;
use crate::Level;
pub(super) use detect::is_here;

/// Pairs in a row of a tile, and rows of one: steps that are multiplied at once.
const STEPS: usize = 16;
/// Rows of the product in a whole tile of ours: two of the processor's, by two side by side.
const HIGH: usize = 32;
/// Its columns.
const WIDE: usize = 32;

/// How tiles multiply bf16.
pub(super) fn plan(level: Level) -> Plan<bf16, [bf16; 2], f32> {
    Plan {
        level,
        tile,
        rows: rows::rows,
        state: Some(State { enter, leave }),
        lowest: HIGH / 2,
        whole: (HIGH, 1),
        lanes: WIDE,
        grain: STEPS,
        // A panel of columns has 32 KiB, of the 48 of the first cache that these processors have; the rows take a quarter of the 2 MiB of
        // the second one.
        steps: 256,
        block: 512,
    }
}

/// What the tiles look like, as `ldtilecfg` reads it.
#[repr(C, align(64))]
struct Shape {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    /// Bytes of a row of each.
    bytes: [u16; 16],
    rows: [u8; 16],
}

/// All eight as large as they can be.
static SHAPE: Shape = Shape {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// Gives the tiles of this thread their shape.
///
/// # Safety
/// The processor has tiles, and the process may use them.
unsafe fn enter() {
    // SAFETY: the caller vouches for the instruction; it reads the shape and nothing else.
    unsafe {
        asm!(
            "ldtilecfg [{shape}]",
            shape = in(reg) &raw const SHAPE,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, preserves_flags, readonly),
        );
    }
}

/// Gives the tiles back, so that the system need not save them any longer.
///
/// # Safety
/// As [`enter`].
unsafe fn leave() {
    // SAFETY: the caller vouches for the instruction; it touches no memory.
    unsafe {
        asm!(
            "tilerelease",
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, preserves_flags, nomem),
        );
    }
}

/// Sums of a tile: from zeros or from what is there, over all steps, to where they belong.
macro_rules! sums {
    (
        $place:ident,
        zero: $($zero:literal)*, load: $($load:literal)*, step: $($step:literal)*, store: $($store:literal)*
        $(, $operand:ident: $value:expr)?
    ) => {
        asm!(
            "test {adds:e}, {adds:e}",
            "jnz 2f",
            $($zero,)*
            "jmp 3f",
            "2:",
            $($load,)*
            "3:",
            $($step,)*
            "add {a}, {a_next}",
            "add {b}, {b_next}",
            "dec {count}",
            "jnz 3b",
            $($store,)*
            adds = in(reg) u32::from($place.adds),
            count = inout(reg) $place.steps / STEPS => _,
            a = inout(reg) $place.a => _,
            b = inout(reg) $place.b => _,
            c = in(reg) $place.c,
            // From row to row, in bytes.
            a_row = in(reg) 4 * STEPS,
            b_row = in(reg) 4 * WIDE,
            c_row = in(reg) 4 * $place.stride,
            a_next = in(reg) 4 * STEPS * $place.rows,
            b_next = const 4 * STEPS * WIDE,
            $($operand = in(reg) $value,)?
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        )
    };
}

/// A [`Tile`](super::tile::Tile) of bf16 that is summed in single precision.
///
/// # Safety
/// As there; and this thread has [entered](enter), and the panels have a whole number of [`STEPS`].
unsafe fn tile(_level: Level, place: Place<[bf16; 2], f32>) {
    // SAFETY: the caller vouches for the instructions, the panels and the corner, for 32 columns and as many rows as are asked for.
    unsafe {
        for row in 0..place.rows {
            // So that the lines are there when the sums are.
            let c = place.c.add(row * place.stride);
            fetch(c.cast());
            fetch(c.add(WIDE / 2).cast());
            fetch(c.add(WIDE - 1).cast());
        }
        match place.rows {
            HIGH => sums! {
                place,
                zero: "tilezero tmm0" "tilezero tmm1" "tilezero tmm2" "tilezero tmm3",
                load:
                    "tileloadd tmm0, [{c} + {c_row}*1]"
                    "tileloadd tmm1, [{c} + {c_row}*1 + 64]"
                    "tileloadd tmm2, [{lower} + {c_row}*1]"
                    "tileloadd tmm3, [{lower} + {c_row}*1 + 64]",
                step:
                    "tileloadd tmm6, [{b} + {b_row}*1]"
                    "tileloadd tmm4, [{a} + {a_row}*1]"
                    "tdpbf16ps tmm0, tmm4, tmm6"
                    "tileloadd tmm7, [{b} + {b_row}*1 + 64]"
                    "tdpbf16ps tmm1, tmm4, tmm7"
                    "tileloadd tmm5, [{a} + {a_row}*1 + 1024]"
                    "tdpbf16ps tmm2, tmm5, tmm6"
                    "tdpbf16ps tmm3, tmm5, tmm7",
                store:
                    "tilestored [{c} + {c_row}*1], tmm0"
                    "tilestored [{c} + {c_row}*1 + 64], tmm1"
                    "tilestored [{lower} + {c_row}*1], tmm2"
                    "tilestored [{lower} + {c_row}*1 + 64], tmm3",
                lower: place.c.add(HIGH / 2 * place.stride)
            },
            _ => sums! {
                place,
                zero: "tilezero tmm0" "tilezero tmm1",
                load: "tileloadd tmm0, [{c} + {c_row}*1]" "tileloadd tmm1, [{c} + {c_row}*1 + 64]",
                step:
                    "tileloadd tmm6, [{b} + {b_row}*1]"
                    "tileloadd tmm4, [{a} + {a_row}*1]"
                    "tdpbf16ps tmm0, tmm4, tmm6"
                    "tileloadd tmm7, [{b} + {b_row}*1 + 64]"
                    "tdpbf16ps tmm1, tmm4, tmm7",
                store: "tilestored [{c} + {c_row}*1], tmm0" "tilestored [{c} + {c_row}*1 + 64], tmm1"
            },
        }
    }
}
