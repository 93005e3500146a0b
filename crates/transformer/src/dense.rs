//! Products with a matrix of weights, and what follows them at once: bias, GELU, rounding.

use std::sync::atomic::Ordering;

use kernels::{Level, Matrix, Products, elements};
use rayon::prelude::*;

use crate::element::{BLOCK, Element};
use crate::layout::Linear;
use crate::room::{TOKENS, Tally};
use crate::rows;

/// A matrix of weights in the numbers that are multiplied.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a, A> {
    pub(crate) weight: &'a [A],
    pub(crate) bias: &'a [A],
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl<'a, A: Element> Dense<'a, A> {
    /// `weights` begin with the weight numbered `from`.
    pub(crate) fn new(linear: &Linear, weights: &'a [A], from: usize) -> Self {
        let part = |range: &std::ops::Range<usize>| &weights[range.start - from..range.end - from];
        Self { weight: part(&linear.weight), bias: part(&linear.bias), inputs: linear.inputs, outputs: linear.outputs }
    }

    fn matrix(self) -> Matrix<'a, A> {
        Matrix::new(self.weight, self.outputs, self.inputs)
    }

    /// `sums = x · Wᵀ`, and the bias in f32.
    pub(crate) fn forward(self, products: &mut Products, x: &[A], sums: &mut [f32], bias: &mut [f32]) {
        let rows = x.len() / self.inputs;
        A::multiply(products, Matrix::new(x, rows, self.inputs), self.matrix().transposed(), sums, false);
        elements::convert(Level::best(), self.bias, bias);
    }

    /// `sums = dy · W`: the gradient by the input.
    pub(crate) fn by_input(self, products: &mut Products, gradient: &[A], sums: &mut [f32]) {
        let rows = gradient.len() / self.outputs;
        A::multiply(products, Matrix::new(gradient, rows, self.outputs), self.matrix(), sums, false);
    }

    /// `dW = dyᵀ · x`.
    pub(crate) fn by_weight(self, products: &mut Products, gradient: &[A], x: &[A], by_weight: &mut [f32]) {
        let rows = x.len() / self.inputs;
        let gradient = Matrix::new(gradient, rows, self.outputs).transposed();
        A::multiply(products, gradient, Matrix::new(x, rows, self.inputs), by_weight, false);
    }
}

/// `out = sums + bias`, rounded.
pub(crate) fn add_bias<A: Element>(sums: &[f32], bias: &[f32], out: &mut [A]) {
    let columns = bias.len();
    out.par_chunks_mut(TOKENS * columns).zip(sums.par_chunks(TOKENS * columns)).for_each(|(out, sums)| {
        let mut room = [0.0; BLOCK];
        for (out, sums) in out.chunks_exact_mut(columns).zip(sums.chunks_exact(columns)) {
            for ((out, sums), bias) in out.chunks_mut(BLOCK).zip(sums.chunks(BLOCK)).zip(bias.chunks(BLOCK)) {
                let room = &mut room[..out.len()];
                rows::add(sums, bias, room);
                A::narrow(room, out);
            }
        }
    });
}

/// `risen = sums + bias` and `bent = gelu(risen)`, both rounded.
pub(crate) fn add_bias_gelu<A: Element>(sums: &[f32], bias: &[f32], risen: &mut [A], bent: &mut [A]) {
    let size = TOKENS * bias.len();
    let tasks = risen.par_chunks_mut(size).zip(bent.par_chunks_mut(size)).zip(sums.par_chunks(size));
    tasks.for_each(|((risen, bent), sums)| {
        let (mut before, mut after, mut wide) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        let tokens = risen.chunks_exact_mut(bias.len()).zip(bent.chunks_exact_mut(bias.len()));
        for ((risen, bent), sums) in tokens.zip(sums.chunks_exact(bias.len())) {
            let blocks = risen.chunks_mut(BLOCK).zip(bent.chunks_mut(BLOCK)).zip(sums.chunks(BLOCK));
            for (((risen, bent), sums), bias) in blocks.zip(bias.chunks(BLOCK)) {
                let (before, after) = (&mut before[..sums.len()], &mut after[..sums.len()]);
                rows::add(sums, bias, before);
                A::narrow(before, risen);
                rows::gelu(A::widen(risen, &mut wide), after);
                A::narrow(after, bent);
            }
        }
    });
}

/// The gradient by what went into GELU, from the one by what came out: `out = round(sums) · gelu'(risen)`, rounded. Its sums
/// over tokens go to `by_bias`.
pub(crate) fn gelu_back<A: Element>(
    sums: &[f32],
    risen: &[A],
    out: &mut [A],
    partial: &mut [f32],
    by_bias: &mut [f32],
    tally: &Tally,
) {
    let columns = by_bias.len();
    let size = TOKENS * columns;
    let tasks = out.par_chunks_mut(size).zip(sums.par_chunks(size)).zip(risen.par_chunks(size));
    tasks.zip(partial.par_chunks_mut(columns)).for_each(|(((out, sums), risen), partial)| {
        let (mut room, mut wide) = ([0.0; BLOCK], [0.0; BLOCK]);
        let mut count = Count::default();
        partial.fill(0.0);
        let tokens = out.chunks_exact_mut(columns).zip(sums.chunks_exact(columns)).zip(risen.chunks_exact(columns));
        for ((out, sums), risen) in tokens {
            let blocks = out.chunks_mut(BLOCK).zip(sums.chunks(BLOCK)).zip(risen.chunks(BLOCK));
            for (((out, sums), risen), partial) in blocks.zip(partial.chunks_mut(BLOCK)) {
                let room = &mut room[..sums.len()];
                count.round::<A>(sums, room);
                rows::gelu_back(A::widen(risen, &mut wide), room);
                count.narrow(room, out);
                rows::add_to(partial, A::widen(out, &mut wide));
            }
        }
        count.add_to(tally);
    });
    add_up(partial, out.len().div_ceil(size), by_bias);
}

/// Rounds a gradient of `by_bias.len()` columns for the products, and adds up its columns.
pub(crate) fn narrow_with_bias<A: Element>(
    gradient: &[f32],
    out: &mut [A],
    partial: &mut [f32],
    by_bias: &mut [f32],
    tally: &Tally,
) {
    let columns = by_bias.len();
    let size = TOKENS * columns;
    let tasks = out.par_chunks_mut(size).zip(gradient.par_chunks(size)).zip(partial.par_chunks_mut(columns));
    tasks.for_each(|((out, gradient), partial)| {
        let mut wide = [0.0; BLOCK];
        let mut count = Count::default();
        partial.fill(0.0);
        for (out, gradient) in out.chunks_exact_mut(columns).zip(gradient.chunks_exact(columns)) {
            let blocks = out.chunks_mut(BLOCK).zip(gradient.chunks(BLOCK)).zip(partial.chunks_mut(BLOCK));
            for ((out, gradient), partial) in blocks {
                count.narrow(gradient, out);
                rows::add_to(partial, A::widen(out, &mut wide));
            }
        }
        count.add_to(tally);
    });
    add_up(partial, out.len().div_ceil(size), by_bias);
}

/// Rounds a gradient that has no bias.
pub(crate) fn narrow_gradient<A: Element>(gradient: &[f32], out: &mut [A], tally: &Tally) {
    const SIZE: usize = TOKENS * BLOCK;
    out.par_chunks_mut(SIZE).zip(gradient.par_chunks(SIZE)).for_each(|(out, gradient)| {
        let mut count = Count::default();
        for (out, gradient) in out.chunks_mut(BLOCK).zip(gradient.chunks(BLOCK)) {
            count.narrow(gradient, out);
        }
        count.add_to(tally);
    });
}

/// Adds up the first `tasks` rows of partial sums, always in the same order.
pub(crate) fn add_up(partial: &[f32], tasks: usize, sums: &mut [f32]) {
    sums.fill(0.0);
    for partial in partial.chunks_exact(sums.len()).take(tasks) {
        rows::add_to(sums, partial);
    }
}

/// What rounding made of gradient values, where the range is so narrow that it is asked.
#[derive(Default)]
pub(crate) struct Count {
    values: u64,
    lost: u64,
}

impl Count {
    /// Rounds and counts.
    pub(crate) fn narrow<A: Element>(&mut self, from: &[f32], to: &mut [A]) {
        A::narrow(from, to);
        if A::NARROW {
            for (from, to) in from.chunks(BLOCK).zip(to.chunks(BLOCK)) {
                let mut wide = [0.0; BLOCK];
                self.compare(from, A::widen(to, &mut wide));
            }
        }
    }

    /// Rounds to the numbers and back, and counts. At most [`BLOCK`] values.
    pub(crate) fn round<A: Element>(&mut self, from: &[f32], to: &mut [f32]) {
        A::round(from, to);
        if A::NARROW {
            self.compare(from, to);
        }
    }

    fn compare(&mut self, before: &[f32], after: &[f32]) {
        let zeros = |values: &[f32]| rows::zeros(values) as u64;
        let (before, after) = (before.len() as u64 - zeros(before), after.len() as u64 - zeros(after));
        self.values += before;
        self.lost += before - after;
    }

    pub(crate) fn add_to(&self, tally: &Tally) {
        if self.values > 0 {
            tally.values.fetch_add(self.values, Ordering::Relaxed);
            tally.lost.fetch_add(self.lost, Ordering::Relaxed);
        }
    }
}
