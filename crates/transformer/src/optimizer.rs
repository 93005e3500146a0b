//! AdamW: weights in f32, gradients as they come out of the products.

use std::ops::Range;

use crate::dense::Count;
use crate::element::{BLOCK, Element};
use crate::layout::Layout;
use crate::room::Tally;
use crate::rows::{self, Update};

/// The settings of AdamW, with the decay of weights apart from the gradient (Loshchilov and Hutter, 2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate, after the warm-up.
    pub rate: f32,
    /// Steps over which the learning rate rises evenly to `rate`; layer norms behind the residuals need that.
    pub warm_up: u32,
    /// Step at which it has fallen evenly to nothing, from the end of the warm-up on; without one it stays.
    pub until: Option<u32>,
    /// Share of the old mean of gradients.
    pub beta1: f32,
    /// Share of the old mean of squares.
    pub beta2: f32,
    /// Added to the root of the mean of squares.
    pub epsilon: f32,
    /// Share of each weight that is taken away, times the learning rate.
    pub decay: f32,
}

impl Default for AdamW {
    fn default() -> Self {
        Self { rate: 1e-3, warm_up: 20, until: None, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 }
    }
}

impl AdamW {
    /// The factors of a step, the first of which has the number 1.
    pub(crate) fn update(&self, step: u32, scale: f32) -> Update {
        let warm = (step as f32 / self.warm_up.max(1) as f32).min(1.0);
        let left = self
            .until
            .map_or(1.0, |until| until.saturating_sub(step) as f32 / until.saturating_sub(self.warm_up).max(1) as f32);
        let rate = self.rate * warm * left.min(1.0);
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(step.min(i32::MAX as u32) as i32);
        Update {
            unscale: 1.0 / scale,
            beta1: self.beta1,
            beta2: self.beta2,
            rate: (f64::from(rate) / correction(self.beta1)) as f32,
            root: (1.0 / correction(self.beta2).sqrt()) as f32,
            epsilon: self.epsilon,
            keep: 1.0 - rate * self.decay,
        }
    }
}

/// A piece of the flat lists: all of one parameter, so of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    range: Range<usize>,
    multiplied: bool,
}

/// The flat lists cut into pieces that are one task each.
pub(crate) fn pieces(layout: &Layout) -> Vec<Piece> {
    const LARGEST: usize = 32 * 1024;
    let cut = |parameter: &crate::Parameter| {
        let (range, multiplied) = (parameter.range.clone(), parameter.multiplied);
        range
            .clone()
            .step_by(LARGEST)
            .map(move |start| Piece { range: start..(start + LARGEST).min(range.end), multiplied })
    };
    layout.parameters.iter().flat_map(cut).collect()
}

/// The flat lists, from the same place on.
pub(crate) struct Lists<'a, A> {
    pub(crate) gradients: &'a [f32],
    pub(crate) weights: &'a mut [f32],
    pub(crate) mean: &'a mut [f32],
    pub(crate) square: &'a mut [f32],
    /// The weights that are multiplied with, in the lower precision: shorter, or empty.
    pub(crate) copy: &'a mut [A],
}

impl<'a, A> Lists<'a, A> {
    /// Cuts off what lies before `at`; the copies begin at `from`.
    fn split(self, at: usize, from: usize) -> (Self, Self) {
        let (gradients, gradients_behind) = self.gradients.split_at(at);
        let (weights, weights_behind) = self.weights.split_at_mut(at);
        let (mean, mean_behind) = self.mean.split_at_mut(at);
        let (square, square_behind) = self.square.split_at_mut(at);
        let copies = at.saturating_sub(from).min(self.copy.len());
        let (copy, copy_behind) = self.copy.split_at_mut(copies);
        (
            Self { gradients, weights, mean, square, copy },
            Self {
                gradients: gradients_behind,
                weights: weights_behind,
                mean: mean_behind,
                square: square_behind,
                copy: copy_behind,
            },
        )
    }
}

/// A step over all pieces: gradients are rounded as they arrive in the lower precision, weights updated in f32, and the copies
/// cast again. `lists` begin at the first piece; copies begin at the weight numbered `from`.
pub(crate) fn step<A: Element>(update: &Update, pieces: &[Piece], lists: Lists<'_, A>, from: usize) {
    let Some(first) = pieces.first() else { return };
    if pieces.len() == 1 {
        return one(update, first.multiplied, lists);
    }
    let (left, right) = pieces.split_at(pieces.len() / 2);
    let start = first.range.start;
    let (before, behind) = lists.split(right[0].range.start - start, from.saturating_sub(start));
    rayon::join(|| step(update, left, before, from), || step(update, right, behind, from));
}

fn one<A: Element>(update: &Update, multiplied: bool, lists: Lists<'_, A>) {
    let Lists { gradients, weights, mean, square, copy } = lists;
    if !(multiplied && A::LOWER) {
        return rows::adamw(update, gradients, weights, mean, square);
    }
    let mut room = [0.0; BLOCK];
    let blocks = gradients.chunks(BLOCK).zip(weights.chunks_mut(BLOCK)).zip(mean.chunks_mut(BLOCK));
    for ((((gradients, weights), mean), square), copy) in
        blocks.zip(square.chunks_mut(BLOCK)).zip(copy.chunks_mut(BLOCK))
    {
        let room = &mut room[..gradients.len()];
        A::round(gradients, room);
        rows::adamw(update, room, weights, mean, square);
        A::narrow(weights, copy);
    }
}

/// Looks at gradients before they are used: whether all are finite in the precision that they arrive in, and what that lost.
pub(crate) fn inspect<A: Element>(pieces: &[Piece], gradients: &[f32], tally: &Tally) -> bool {
    use rayon::prelude::*;
    let look = |piece: &Piece| {
        let gradients = &gradients[piece.range.clone()];
        if !piece.multiplied {
            return rows::finite(gradients);
        }
        let mut count = Count::default();
        let mut room = [0.0; BLOCK];
        let mut finite = true;
        for gradients in gradients.chunks(BLOCK) {
            let room = &mut room[..gradients.len()];
            count.round::<A>(gradients, room);
            finite &= rows::finite(room);
        }
        count.add_to(tally);
        finite
    };
    pieces.par_iter().map(look).reduce(|| true, |a, b| a & b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls_evenly() {
        let rate = |adam: AdamW, step: u32| adam.update(step, 1.0).rate * (1.0 - adam.beta1.powi(step as i32));
        let near =
            |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6 * expected, "{found}, {expected}");
        let adam = AdamW { rate: 1.0, warm_up: 10, ..AdamW::default() };
        near(rate(adam, 1), 0.1);
        near(rate(adam, 10), 1.0);
        near(rate(adam, 1000), 1.0);
        let adam = AdamW { until: Some(110), ..adam };
        near(rate(adam, 5), 0.5);
        near(rate(adam, 10), 1.0);
        near(rate(adam, 60), 0.5);
        near(rate(adam, 109), 0.01);
        assert_eq!((rate(adam, 110), rate(adam, 111)), (0.0, 0.0));
        assert_eq!(adam.update(110, 1.0).keep, 1.0);
    }
}
