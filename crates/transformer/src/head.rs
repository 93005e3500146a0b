//! The classifier on each text's first token: a dense layer with ReLU, the classes, the loss. Small, so on one thread.

use kernels::Products;

use crate::dense::{Count, Dense};
use crate::element::{BLOCK, Element};
use crate::room::{HeadRoom, Tally};
use crate::rows;

/// The head's two matrices.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a, A> {
    pub(crate) dense: Dense<'a, A>,
    pub(crate) classes: Dense<'a, A>,
}

/// Where the head's gradients go.
pub(crate) struct HeadGradients<'a> {
    pub(crate) dense: (&'a mut [f32], &'a mut [f32]),
    pub(crate) classes: (&'a mut [f32], &'a mut [f32]),
}

impl<A: Element> Head<'_, A> {
    /// Logits of each text, from the rows of all tokens.
    pub(crate) fn forward(
        self,
        products: &mut Products,
        output: &[A],
        batch: usize,
        room: &mut HeadRoom<A>,
        sums: &mut [f32],
        bias: &mut [f32],
    ) {
        let (width, classes) = (self.dense.inputs, self.classes.outputs);
        let first = &mut room.first[..batch * width];
        for (first, text) in first.chunks_exact_mut(width).zip(output.chunks_exact(output.len() / batch)) {
            first.copy_from_slice(&text[..width]);
        }
        let (sums, bias) = (&mut sums[..batch * width.max(classes)], bias);
        let (risen, bent) = (&mut room.risen[..batch * width], &mut room.bent[..batch * width]);
        self.dense.forward(products, first, &mut sums[..batch * width], &mut bias[..width]);
        for (sums, risen) in sums[..batch * width].chunks_exact_mut(width).zip(risen.chunks_exact_mut(width)) {
            rows::add_to(sums, &bias[..width]);
            A::narrow(sums, risen);
        }
        let mut wide = [0.0; BLOCK];
        for (risen, bent) in risen.chunks(BLOCK).zip(bent.chunks_mut(BLOCK)) {
            let mut out = [0.0; BLOCK];
            let out = &mut out[..bent.len()];
            for (out, risen) in out.iter_mut().zip(A::widen(risen, &mut wide)) {
                // Not `max`, which would turn NaN into zero.
                *out = if *risen < 0.0 { 0.0 } else { *risen };
            }
            A::narrow(out, bent);
        }
        let sums = &mut sums[..batch * classes];
        self.classes.forward(products, bent, sums, &mut bias[..classes]);
        for (sums, logits) in sums.chunks_exact_mut(classes).zip(room.logits.chunks_exact_mut(classes)) {
            rows::add_to(sums, &bias[..classes]);
            for (logits, sums) in logits.chunks_mut(BLOCK).zip(sums.chunks(BLOCK)) {
                A::round(sums, logits);
            }
        }
    }

    /// From the gradient by the logits (in `room`) to the one by the rows of all tokens, zero but for the first of each text.
    #[allow(clippy::too_many_arguments, reason = "what the forward pass kept, and where the gradients go")]
    pub(crate) fn backward(
        self,
        products: &mut Products,
        batch: usize,
        room: &mut HeadRoom<A>,
        sums: &mut [f32],
        low: &mut [A],
        stream: &mut [f32],
        gradients: HeadGradients<'_>,
        tally: &Tally,
    ) {
        let (width, classes) = (self.dense.inputs, self.classes.outputs);
        let size = batch * width;
        let by_logits = &room.by_logits[..batch * classes];
        self.classes.by_weight(products, by_logits, &room.bent[..size], gradients.classes.0);
        add_columns(by_logits, gradients.classes.1);
        self.classes.by_input(products, by_logits, &mut sums[..size]);
        let mut count = Count::default();
        let (mut wide, mut masked) = ([0.0; BLOCK], [0.0; BLOCK]);
        let blocks = sums[..size].chunks(BLOCK).zip(room.risen[..size].chunks(BLOCK));
        for ((sums, risen), low) in blocks.zip(low[..size].chunks_mut(BLOCK)) {
            let masked = &mut masked[..sums.len()];
            count.round::<A>(sums, masked);
            for (gradient, risen) in masked.iter_mut().zip(A::widen(risen, &mut wide)) {
                // Not just 0: what is not a number must show.
                *gradient = if *risen > 0.0 { *gradient } else { *gradient * 0.0 };
            }
            A::narrow(masked, low);
        }
        self.dense.by_weight(products, &low[..size], &room.first[..size], gradients.dense.0);
        add_columns(&low[..size], gradients.dense.1);
        self.dense.by_input(products, &low[..size], &mut sums[..size]);
        stream.fill(0.0);
        let texts = stream.chunks_exact_mut(stream.len() / batch);
        for (text, sums) in texts.zip(sums[..size].chunks_exact(width)) {
            let blocks = sums.chunks(BLOCK).zip(text[..width].chunks_mut(BLOCK));
            blocks.for_each(|(sums, text)| count.round::<A>(sums, text));
        }
        count.add_to(tally);
    }
}

/// The sums over rows.
fn add_columns<A: Element>(matrix: &[A], sums: &mut [f32]) {
    sums.fill(0.0);
    let mut wide = [0.0; BLOCK];
    for row in matrix.chunks_exact(sums.len()) {
        for (row, sums) in row.chunks(BLOCK).zip(sums.chunks_mut(BLOCK)) {
            rows::add_to(sums, A::widen(row, &mut wide));
        }
    }
}

/// The mean cross-entropy; the logits become probabilities.
pub(crate) fn loss(logits: &mut [f32], labels: &[u32]) -> f32 {
    let classes = logits.len() / labels.len();
    let mut sum = 0.0;
    for (logits, label) in logits.chunks_exact_mut(classes).zip(labels) {
        let right = logits[*label as usize];
        sum += rows::softmax(logits, 1.0) - right;
    }
    sum / labels.len() as f32
}

/// The gradient of `scale · loss` by the logits, from the probabilities.
pub(crate) fn loss_back<A: Element>(
    probabilities: &mut [f32],
    labels: &[u32],
    scale: f32,
    by_logits: &mut [A],
    tally: &Tally,
) {
    let classes = probabilities.len() / labels.len();
    for (row, label) in probabilities.chunks_exact_mut(classes).zip(labels) {
        row[*label as usize] -= 1.0;
        row.iter_mut().for_each(|gradient| *gradient *= scale / labels.len() as f32);
    }
    let mut count = Count::default();
    count.narrow(probabilities, by_logits);
    count.add_to(tally);
}
