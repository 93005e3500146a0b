//! Attention: rows of tokens and heads, scores, softmax.

use std::ops::Range;

use super::{Calls, count, of, to};
use crate::buffer::{Buffer, View, ViewMut};
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::Argument;
use crate::trainer::room::Size;

use Argument::{Address, Number};

/// Between rows of tokens and heads: queries, keys and values are three parts, the context is one.
#[derive(Clone, Copy, Debug)]
pub(in crate::trainer) struct Heads {
    size: Size,
    parts: usize,
}

impl Heads {
    pub(in crate::trainer) fn new(size: Size, parts: usize) -> Self {
        Self { size, parts }
    }

    /// Places of queries, keys and values.
    pub(in crate::trainer) fn places(self) -> [Range<usize>; 3] {
        let rows = self.size.rows();
        [0, 1, 2].map(|part| part * rows..(part + 1) * rows)
    }

    /// Queries, keys and values.
    pub(in crate::trainer) fn parts(self, qkv: View<'_>) -> [View<'_>; 3] {
        self.places().map(|place| qkv.slice(place))
    }

    fn len(self) -> usize {
        self.parts * self.size.rows()
    }

    fn arguments(self) -> [Argument; 6] {
        let Size { sequence, heads, head, texts, .. } = self.size;
        [sequence, heads, head, self.parts, texts, self.len()].map(count)
    }
}

impl Calls {
    /// For each text and head: `rows · othersᵀ`, a number for each pair of tokens.
    pub(in crate::trainer) fn scores(
        &self,
        size: Size,
        rows: View<'_>,
        others: View<'_>,
        scores: ViewMut<'_>,
    ) -> Result<(), Error> {
        let product = self.product(size.sequence, size.sequence, size.head).b_transposed();
        self.multiply(product.pairs(size.texts * size.heads), rows, others, scores)
    }

    /// For each text and head: `scores · rows`.
    pub(in crate::trainer) fn mix(
        &self,
        size: Size,
        scores: View<'_>,
        rows: View<'_>,
        mixed: ViewMut<'_>,
    ) -> Result<(), Error> {
        let product = self.product(size.sequence, size.head, size.sequence);
        self.multiply(product.pairs(size.texts * size.heads), scores, rows, mixed)
    }

    /// For each text and head: `scoresᵀ · rows`.
    pub(in crate::trainer) fn mix_back(
        &self,
        size: Size,
        scores: View<'_>,
        rows: View<'_>,
        mixed: ViewMut<'_>,
    ) -> Result<(), Error> {
        let product = self.product(size.sequence, size.head, size.sequence).a_transposed();
        self.multiply(product.pairs(size.texts * size.heads), scores, rows, mixed)
    }

    /// Heads from rows of tokens, with a bias where the rows have none yet.
    pub(in crate::trainer) fn split(
        &self,
        heads: Heads,
        from: View<'_>,
        bias: Option<View<'_>>,
        out: ViewMut<'_>,
    ) -> Result<(), Error> {
        let bias = bias.map_or(Address(0), |bias| of(bias, heads.parts * heads.size.width));
        let [sequence, count, head, parts, texts, len] = heads.arguments();
        let places = [to(&out, heads.len()), of(from, heads.len()), bias];
        self.packs(Kernel::Split, heads.len(), &[&places[..], &[sequence, count, head, parts, texts, len]].concat())
    }

    /// Rows of tokens from heads.
    pub(in crate::trainer) fn merge(&self, heads: Heads, from: View<'_>, out: ViewMut<'_>) -> Result<(), Error> {
        let places = [to(&out, heads.len()), of(from, heads.len())];
        self.packs(Kernel::Merge, heads.len(), &[&places[..], &heads.arguments()].concat())
    }

    /// Softmax of scores over the root of a head's width, in place.
    pub(in crate::trainer) fn softmax(&self, size: Size, scores: &mut Buffer) -> Result<(), Error> {
        let place = to(&scores.view_mut(), size.scores());
        let arguments = [place, place, Number(size.factor()), count(size.sequence)];
        self.rows(Kernel::Softmax, size.texts * size.heads * size.sequence, size.sequence, &arguments)
    }

    pub(in crate::trainer) fn softmax_back(
        &self,
        size: Size,
        softmax: View<'_>,
        gradient: ViewMut<'_>,
    ) -> Result<(), Error> {
        let len = size.scores();
        let arguments = [to(&gradient, len), of(softmax, len), Number(size.factor()), count(size.sequence)];
        self.rows(Kernel::SoftmaxBack, size.texts * size.heads * size.sequence, size.sequence, &arguments)
    }
}
