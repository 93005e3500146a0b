//! What is done to single elements: what bends them, the head's rows of first tokens, the loss.

use super::{Calls, count, of, to};
use crate::buffer::{Buffer, View, ViewMut};
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::Argument;
use crate::trainer::room::Size;

use Argument::Number;

impl Calls {
    pub(in crate::trainer) fn bias_gelu(
        &self,
        size: Size,
        bias: View<'_>,
        x: ViewMut<'_>,
        bent: ViewMut<'_>,
    ) -> Result<(), Error> {
        let len = size.tokens * size.rise;
        self.packs(Kernel::BiasGelu, len, &with_bias(len, size.rise, bias, x, bent))
    }

    pub(in crate::trainer) fn gelu_back(&self, size: Size, x: View<'_>, gradient: ViewMut<'_>) -> Result<(), Error> {
        let len = size.tokens * size.rise;
        self.packs(Kernel::GeluBack, len, &[to(&gradient, len), of(x, len), count(len)])
    }

    pub(in crate::trainer) fn take_first(&self, size: Size, from: View<'_>, first: ViewMut<'_>) -> Result<(), Error> {
        let len = size.texts * size.width;
        let sizes = [count(size.sequence), count(size.width), count(len)];
        self.single(Kernel::TakeFirst, len, &[&[to(&first, len), of(from, size.rows())][..], &sizes].concat())
    }

    pub(in crate::trainer) fn put_first(&self, size: Size, first: View<'_>, stream: ViewMut<'_>) -> Result<(), Error> {
        let len = size.rows();
        let places = [to(&stream, len), of(first, size.texts * size.width)];
        let sizes = [count(size.sequence), count(size.width), count(len)];
        self.single(Kernel::PutFirst, len, &[&places[..], &sizes].concat())
    }

    pub(in crate::trainer) fn bias_relu(
        &self,
        size: Size,
        bias: View<'_>,
        x: ViewMut<'_>,
        bent: ViewMut<'_>,
    ) -> Result<(), Error> {
        let len = size.texts * size.width;
        self.single(Kernel::BiasRelu, len, &with_bias(len, size.width, bias, x, bent))
    }

    pub(in crate::trainer) fn relu_back(&self, size: Size, x: View<'_>, gradient: ViewMut<'_>) -> Result<(), Error> {
        let len = size.texts * size.width;
        self.single(Kernel::ReluBack, len, &[to(&gradient, len), of(x, len), count(len)])
    }

    /// Losses, probabilities and the gradient by the logits of each text.
    pub(in crate::trainer) fn loss(
        &self,
        size: Size,
        scale: f32,
        sums: View<'_>,
        bias: View<'_>,
        labels: View<'_>,
        [losses, probabilities, by_logits]: [&mut Buffer; 3],
    ) -> Result<(), Error> {
        let len = size.texts * size.classes;
        let arguments = [
            to(&losses.view_mut(), size.texts),
            to(&probabilities.view_mut(), len),
            to(&by_logits.view_mut(), len),
            of(sums, len),
            of(bias, size.classes),
            of(labels, size.texts),
            Number(scale),
            count(size.classes),
            count(size.texts),
        ];
        self.single(Kernel::Loss, size.texts, &arguments)
    }
}

/// What a kernel takes that adds a bias to rows of `width` numbers, `len` in all, and bends them.
fn with_bias(len: usize, width: usize, bias: View<'_>, x: ViewMut<'_>, bent: ViewMut<'_>) -> [Argument; 5] {
    [to(&bent, len), to(&x, len), of(bias, width), count(width), count(len)]
}
