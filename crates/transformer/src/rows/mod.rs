//! What is done to rows of f32, between the products: plain loops, compiled for each kind of registers.
//!
//! Every function passes NaN and infinity on: what an overflow in f16 does to the loss must show.

mod body;
mod dispatch;

use dispatch::versions;

/// The numbers of an update by AdamW that are the same for all weights.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    /// Multiplies the gradient first: takes the scale of the loss away.
    pub unscale: f32,
    /// Share of the old mean of gradients.
    pub beta1: f32,
    /// Share of the old mean of squares.
    pub beta2: f32,
    /// Learning rate over the first mean's bias correction.
    pub rate: f32,
    /// One over the root of the second mean's bias correction.
    pub root: f32,
    /// Added to the root of the mean of squares.
    pub epsilon: f32,
    /// What is left of a weight after its decay.
    pub keep: f32,
}

versions! {
    /// `out = a + b`.
    fn add(a: &[f32], b: &[f32], out: &mut [f32]);
    /// `sum += a`.
    fn add_to(sum: &mut [f32], a: &[f32]);
    /// `out = x · weight + bias`.
    fn affine(x: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]);
    /// `sum += x · weight + bias`.
    fn add_affine(x: &[f32], weight: &[f32], bias: &[f32], sum: &mut [f32]);
    /// Takes the mean away and divides by the standard deviation; returns one over that.
    fn normalise(row: &mut [f32], epsilon: f32) -> f32;
    /// The gradient by a norm's output becomes the one by its input; adds to the gradients of its weight and bias.
    fn normalise_back(
        gradient: &mut [f32], normal: &[f32], weight: &[f32], inverse: f32, by_weight: &mut [f32], by_bias: &mut [f32],
    );
    /// `out = gelu(x)`, the exact one.
    fn gelu(x: &[f32], out: &mut [f32]);
    /// `gradient *= gelu'(x)`.
    fn gelu_back(x: &[f32], gradient: &mut [f32]);
    /// `row = softmax(factor · row)`; returns the logarithm of the sum of `exp(factor · row)`.
    fn softmax(row: &mut [f32], factor: f32) -> f32;
    /// `row = exp(factor · row - log_sum)`: the softmax again.
    fn softmax_again(row: &mut [f32], factor: f32, log_sum: f32);
    /// `gradient = softmax · (gradient - mean) · factor`.
    fn softmax_back(softmax: &[f32], mean: f32, factor: f32, gradient: &mut [f32]);
    /// The sum of `a · b`.
    fn dot(a: &[f32], b: &[f32]) -> f32;
    /// How many numbers are zero.
    fn zeros(values: &[f32]) -> usize;
    /// Whether no number is infinite or NaN.
    fn finite(values: &[f32]) -> bool;
    /// A step of AdamW.
    fn adamw(update: &Update, gradient: &[f32], weights: &mut [f32], mean: &mut [f32], square: &mut [f32]);
}

#[cfg(test)]
mod tests;
