//! Copies of rows of the first matrix, as tiles hold them.

use half::bf16;

use super::super::pack::{Packed, Part, SIDE, fill};
use super::{HIGH, STEPS};
use crate::Level;

/// Fills a panel of `high` rows: of each [`STEPS`] pairs of depth, row after row. Zeros stand where there is none.
pub(super) fn rows(level: Level, part: Part<'_, bf16>, high: usize, to: &mut [[bf16; 2]]) {
    const DEPTH: usize = 2 * STEPS;
    for (at, to) in to.chunks_exact_mut(high * STEPS).enumerate().map(|(chunk, to)| (chunk * DEPTH, to)) {
        let some = Part { data: &part.data[at * part.depth_stride..], depth: DEPTH.min(part.depth - at), ..part };
        if some.depth_stride == 1 && some.depth == DEPTH {
            for (row, to) in to.as_chunks_mut::<STEPS>().0.iter_mut().enumerate() {
                if row < some.lines {
                    to.as_flattened_mut().copy_from_slice(&some.data[row * some.line_stride..][..DEPTH]);
                } else {
                    to.fill([bf16::ZERO; 2]);
                }
            }
        } else {
            let mut steps = [[bf16::ZERO; 2]; HIGH * STEPS];
            let steps = &mut steps[..high * STEPS];
            fill(level, some, high, steps);
            transpose(steps, high, to);
        }
    }
}

/// From step after step to row after row.
fn transpose(steps: &[[bf16; 2]], high: usize, to: &mut [[bf16; 2]]) {
    let (steps, _) = steps.as_chunks::<SIDE>();
    let (to, _) = to.as_chunks_mut::<SIDE>();
    let (across, along) = (high / SIDE, STEPS / SIDE);
    for row in 0..across {
        for step in 0..along {
            let block = std::array::from_fn(|i| &steps[(step * SIDE + i) * across + row]);
            for (i, pairs) in Packed::transpose(block).into_iter().enumerate() {
                to[(row * SIDE + i) * along + step] = pairs;
            }
        }
    }
}
