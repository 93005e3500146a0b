//! Layer norm around the stream: the residual is added, the sum is normalised.

use rayon::prelude::*;

use crate::dense::{Count, add_up};
use crate::element::{BLOCK, Element};
use crate::layout;
use crate::room::{Normal, TOKENS, Tally};
use crate::rows;

/// Added to the variance, as in DistilBERT.
pub(crate) const EPSILON: f32 = 1e-12;

/// A norm's weight and bias.
#[derive(Clone, Copy)]
pub(crate) struct Norm<'a> {
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
}

impl<'a> Norm<'a> {
    pub(crate) fn new(norm: &layout::NormPlace, weights: &'a [f32]) -> Self {
        Self { weight: &weights[norm.weight.clone()], bias: &weights[norm.bias.clone()] }
    }

    /// Finishes a token: normalises its row, and writes the norm's output.
    pub(crate) fn finish<A: Element>(self, row: &mut [f32], output: &mut [A]) -> f32 {
        let inverse = rows::normalise(row, EPSILON);
        let mut room = [0.0; BLOCK];
        let blocks = row.chunks(BLOCK).zip(self.weight.chunks(BLOCK)).zip(self.bias.chunks(BLOCK));
        for (((row, weight), bias), output) in blocks.zip(output.chunks_mut(BLOCK)) {
            let room = &mut room[..row.len()];
            rows::affine(row, weight, bias, room);
            A::narrow(room, output);
        }
        inverse
    }

    /// `normal = normalise(before + round(sums + bias))`, where `before` is the stream: the output of the norm `by` whose
    /// rows are `before`.
    pub(crate) fn add_forward<A: Element>(
        self,
        (before, by): (&Normal, Norm<'_>),
        sums: &[f32],
        bias: &[f32],
        normal: &mut Normal,
        output: &mut [A],
    ) {
        let width = bias.len();
        let size = TOKENS * width;
        let tokens = output.len() / width;
        let tasks = (normal.rows[..tokens * width].par_chunks_mut(size))
            .zip(normal.inverse[..tokens].par_chunks_mut(TOKENS))
            .zip(output.par_chunks_mut(size))
            .zip(before.rows.par_chunks(size))
            .zip(sums.par_chunks(size));
        tasks.for_each(|((((rows, inverse), output), before), sums)| {
            let mut room = [0.0; BLOCK];
            let rows = rows.chunks_exact_mut(width).zip(inverse).zip(output.chunks_exact_mut(width));
            for (((row, inverse), output), (before, sums)) in
                rows.zip(before.chunks_exact(width).zip(sums.chunks_exact(width)))
            {
                for at in (0..width).step_by(BLOCK) {
                    let block = at..(at + BLOCK).min(width);
                    let (room, row) = (&mut room[..block.len()], &mut row[block.clone()]);
                    rows::add(&sums[block.clone()], &bias[block.clone()], room);
                    A::round(room, row);
                    rows::add_affine(&before[block.clone()], &by.weight[block.clone()], &by.bias[block], row);
                }
                *inverse = self.finish(row, output);
            }
        });
    }

    /// The gradient by the norm's output, `gradient + round(sums)`, becomes the one by its input, in place. `by_norm` takes
    /// the gradients of weight and bias, one behind the other.
    pub(crate) fn backward<A: Element>(
        self,
        normal: &Normal,
        gradient: &mut [f32],
        sums: Option<&[f32]>,
        partial: &mut [f32],
        by_norm: &mut [f32],
        tally: &Tally,
    ) {
        let width = self.weight.len();
        let size = TOKENS * width;
        let tasks = (gradient.par_chunks_mut(size))
            .zip(normal.rows.par_chunks(size))
            .zip(normal.inverse.par_chunks(TOKENS))
            .zip(partial.par_chunks_mut(2 * width));
        tasks.enumerate().for_each(|(task, (((gradient, normal), inverse), partial))| {
            partial.fill(0.0);
            let (by_weight, by_bias) = partial.split_at_mut(width);
            let mut count = Count::default();
            let tokens = gradient.chunks_exact_mut(width).zip(normal.chunks_exact(width)).zip(inverse);
            for (token, ((gradient, normal), inverse)) in tokens.enumerate() {
                if let Some(sums) = sums {
                    let sums = &sums[(task * TOKENS + token) * width..][..width];
                    let mut room = [0.0; BLOCK];
                    for (gradient, sums) in gradient.chunks_mut(BLOCK).zip(sums.chunks(BLOCK)) {
                        let room = &mut room[..sums.len()];
                        count.round::<A>(sums, room);
                        rows::add_to(gradient, room);
                    }
                }
                rows::normalise_back(gradient, normal, self.weight, *inverse, by_weight, by_bias);
            }
            count.add_to(tally);
        });
        add_up(partial, gradient.len().div_ceil(size), by_norm);
    }
}
