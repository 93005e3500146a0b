//! Attention of each head of each text: a task of its own, with its own room and its own products.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kernels::Matrix;
use rayon::prelude::*;

use crate::dense::{Count, add_up};
use crate::element::{BLOCK, Element};
use crate::room::{HeadWork, Shape, TOKENS, Tally};
use crate::{Config, rows};

/// Where the heads of a layer find their numbers.
#[derive(Clone, Copy)]
pub(crate) struct Attention {
    shape: Shape,
    width: usize,
    heads: usize,
    head: usize,
    /// What scores are multiplied with.
    factor: f32,
}

impl Attention {
    pub(crate) fn new(config: &Config, shape: Shape) -> Self {
        let head = config.head_width();
        Self { shape, width: config.width, heads: config.heads, head, factor: 1.0 / (head as f32).sqrt() }
    }

    /// Numbers of one head of one text.
    fn size(self) -> usize {
        self.shape.sequence * self.head
    }

    /// Queries (0), keys (1) or values (2) of a text's head.
    fn part<A: Copy>(self, qkv: &[A], task: usize, part: usize) -> Matrix<'_, A> {
        let (text, head) = (task / self.heads, task % self.heads);
        let start = text * self.shape.sequence * 3 * self.width + part * self.width + head * self.head;
        Matrix::strided(&qkv[start..], self.shape.sequence, self.head, 3 * self.width, 1)
    }

    /// A text's head's columns of a matrix that is as wide as the model.
    fn columns<A: Copy>(self, matrix: &[A], task: usize) -> Matrix<'_, A> {
        let (text, head) = (task / self.heads, task % self.heads);
        let start = text * self.shape.sequence * self.width + head * self.head;
        Matrix::strided(&matrix[start..], self.shape.sequence, self.head, self.width, 1)
    }

    /// `context = softmax(q · kᵀ / √d) · v`. `sums` is overwritten.
    pub(crate) fn forward<A: Element>(
        self,
        qkv: &[A],
        room: &[Mutex<HeadWork<A>>],
        sums: &mut [f32],
        log_sums: &mut [f32],
        context: &mut [A],
    ) {
        let sequence = self.shape.sequence;
        let tasks = sums[..self.shape.tokens() * self.width].par_chunks_mut(self.size());
        tasks.zip(log_sums.par_chunks_mut(sequence)).enumerate().for_each(|(task, (out, log_sums))| {
            let mut room = mine(room);
            let HeadWork { products, scores, low, .. } = &mut *room;
            let (scores, low) = (&mut scores[..sequence * sequence], &mut low[..sequence * sequence]);
            A::multiply(products, self.part(qkv, task, 0), self.part(qkv, task, 1).transposed(), scores, false);
            for (scores, log_sum) in scores.chunks_exact_mut(sequence).zip(log_sums) {
                *log_sum = rows::softmax(scores, self.factor);
            }
            A::narrow(scores, low);
            A::multiply(products, Matrix::new(low, sequence, sequence), self.part(qkv, task, 2), out, false);
        });
        // From head after head to token after token.
        context.par_chunks_mut(TOKENS * self.width).enumerate().for_each(|(task, context)| {
            for (token, context) in context.chunks_exact_mut(self.width).enumerate() {
                let (text, place) = self.place(task * TOKENS + token);
                for (head, context) in context.chunks_exact_mut(self.head).enumerate() {
                    let from = (text * self.heads + head) * self.size() + place * self.head;
                    A::narrow(&sums[from..][..self.head], context);
                }
            }
        });
    }

    /// The gradient by queries, keys and values, from the one by the context. Scores are computed again, not kept. The
    /// sums over tokens go to `by_bias`; `sums` is overwritten.
    #[allow(clippy::too_many_arguments, reason = "what the forward pass kept, and where the gradients go")]
    pub(crate) fn backward<A: Element>(
        self,
        qkv: &[A],
        log_sums: &[f32],
        context: &[A],
        by_context: &[A],
        room: &[Mutex<HeadWork<A>>],
        sums: &mut [f32],
        by_qkv: &mut [A],
        partial: &mut [f32],
        by_bias: &mut [f32],
        tally: &Tally,
    ) {
        let sequence = self.shape.sequence;
        let tasks = sums[..self.shape.tokens() * 3 * self.width].par_chunks_mut(3 * self.size());
        tasks.zip(log_sums.par_chunks(sequence)).enumerate().for_each(|(task, (out, log_sums))| {
            let mut room = mine(room);
            let HeadWork { products, scores, gradient, low, low_gradient } = &mut *room;
            let square = sequence * sequence;
            let (scores, gradient) = (&mut scores[..square], &mut gradient[..square]);
            let (low, low_gradient) = (&mut low[..square], &mut low_gradient[..square]);
            let [q, k, v] = [0, 1, 2].map(|part| self.part(qkv, task, part));
            let (context, by_context) = (self.columns(context, task), self.columns(by_context, task));
            let (by_q, rest) = out.split_at_mut(self.size());
            let (by_k, by_v) = rest.split_at_mut(self.size());

            A::multiply(products, q, k.transposed(), scores, false);
            for (scores, log_sum) in scores.chunks_exact_mut(sequence).zip(log_sums) {
                rows::softmax_again(scores, self.factor, *log_sum);
            }
            A::narrow(scores, low);
            A::multiply(products, Matrix::new(low, sequence, sequence).transposed(), by_context, by_v, false);
            A::multiply(products, by_context, v.transposed(), gradient, false);
            let rows = scores.chunks_exact(sequence).zip(gradient.chunks_exact_mut(sequence));
            for (token, (softmax, gradient)) in rows.enumerate() {
                let mean = self.dot(context, by_context, token);
                rows::softmax_back(softmax, mean, self.factor, gradient);
            }
            let mut count = Count::default();
            count.narrow(gradient, low_gradient);
            count.add_to(tally);
            A::multiply(products, Matrix::new(low_gradient, sequence, sequence), k, by_q, false);
            A::multiply(products, Matrix::new(low_gradient, sequence, sequence).transposed(), q, by_k, false);
        });
        let size = TOKENS * 3 * self.width;
        let tasks = by_qkv.par_chunks_mut(size).zip(partial.par_chunks_mut(3 * self.width));
        tasks.enumerate().for_each(|(task, (by_qkv, partial))| {
            let mut count = Count::default();
            let mut wide = [0.0; BLOCK];
            partial.fill(0.0);
            for (token, by_qkv) in by_qkv.chunks_exact_mut(3 * self.width).enumerate() {
                let (text, place) = self.place(task * TOKENS + token);
                let heads = by_qkv.chunks_exact_mut(self.head).zip(partial.chunks_exact_mut(self.head));
                for (at, (by_qkv, partial)) in heads.enumerate() {
                    let (part, head) = (at / self.heads, at % self.heads);
                    let from = ((text * self.heads + head) * 3 + part) * self.size() + place * self.head;
                    count.narrow(&sums[from..][..self.head], by_qkv);
                    for (by_qkv, partial) in by_qkv.chunks(BLOCK).zip(partial.chunks_mut(BLOCK)) {
                        rows::add_to(partial, A::widen(by_qkv, &mut wide));
                    }
                }
            }
            count.add_to(tally);
        });
        add_up(partial, by_qkv.len().div_ceil(size), by_bias);
    }

    /// Text and place in it of a token of the batch.
    fn place(self, token: usize) -> (usize, usize) {
        (token / self.shape.sequence, token % self.shape.sequence)
    }

    /// The dot product of a token's rows.
    fn dot<A: Element>(self, a: Matrix<'_, A>, b: Matrix<'_, A>, token: usize) -> f32 {
        let (mut wide_a, mut wide_b) = ([0.0; BLOCK], [0.0; BLOCK]);
        let a = &a.data()[token * self.width..][..self.head];
        let b = &b.data()[token * self.width..][..self.head];
        let blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK));
        blocks.map(|(a, b)| rows::dot(A::widen(a, &mut wide_a), A::widen(b, &mut wide_b))).sum()
    }
}

/// The room of the thread that asks.
fn mine<A>(room: &[Mutex<HeadWork<A>>]) -> MutexGuard<'_, HeadWork<A>> {
    let thread = rayon::current_thread_index().unwrap_or(0);
    room[thread % room.len()].lock().unwrap_or_else(PoisonError::into_inner)
}
