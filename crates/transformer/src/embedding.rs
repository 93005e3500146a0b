//! Tokens and places become rows, and the rows' gradients go back to the tables.

use rayon::prelude::*;

use crate::element::Element;
use crate::norm::Norm;
use crate::room::{Normal, Shape, TOKENS};
use crate::rows;

/// `normal = normalise(word + position)`, and the norm's output.
pub(crate) fn forward<A: Element>(
    tokens: &[u32],
    shape: Shape,
    (word, position): (&[f32], &[f32]),
    norm: Norm<'_>,
    normal: &mut Normal,
    output: &mut [A],
) {
    let width = norm.weight.len();
    let tasks = (normal.rows[..tokens.len() * width].par_chunks_mut(TOKENS * width))
        .zip(normal.inverse[..tokens.len()].par_chunks_mut(TOKENS))
        .zip(output.par_chunks_mut(TOKENS * width));
    tasks.enumerate().for_each(|(task, ((rows, inverse), output))| {
        let rows = rows.chunks_exact_mut(width).zip(inverse).zip(output.chunks_exact_mut(width));
        for (token, ((row, inverse), output)) in rows.enumerate() {
            let at = task * TOKENS + token;
            let word = &word[tokens[at] as usize * width..][..width];
            rows::add(word, &position[at % shape.sequence * width..][..width], row);
            *inverse = norm.finish(row, output);
        }
    });
}

/// Adds up the gradients of the rows that share a token or a place; all others become zero.
pub(crate) fn backward(tokens: &[u32], shape: Shape, gradient: &[f32], by_word: &mut [f32], by_position: &mut [f32]) {
    /// Rows of a table that are one task.
    const ROWS: usize = 64;
    let width = gradient.len() / tokens.len();
    by_word.par_chunks_mut(ROWS * width).enumerate().for_each(|(task, by_word)| {
        by_word.fill(0.0);
        let first = task * ROWS;
        // In the order of the tokens, whatever the number of threads.
        for (at, token) in tokens.iter().enumerate() {
            let row = (*token as usize).wrapping_sub(first);
            if row < ROWS {
                rows::add_to(&mut by_word[row * width..][..width], &gradient[at * width..][..width]);
            }
        }
    });
    by_position.par_chunks_mut(width).enumerate().for_each(|(place, by_position)| {
        by_position.fill(0.0);
        if place < shape.sequence {
            for gradient in gradient.chunks_exact(width).skip(place).step_by(shape.sequence) {
                rows::add_to(by_position, gradient);
            }
        }
    });
}
