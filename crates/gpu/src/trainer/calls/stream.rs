//! The stream from norm to norm, which is f32: tables, norms, and what is added to it.

use super::{Calls, count, of, parts, to};
use crate::buffer::{Buffer, View, ViewMut};
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::Argument;
use crate::trainer::room::{Normal, Size};

use Argument::Number;

/// Added to a norm's variance, as in DistilBERT.
const EPSILON: f32 = 1e-12;

/// The stream that a norm takes: the output of the norm before, and what a product gave, with its bias.
#[derive(Clone, Copy)]
pub(in crate::trainer) struct Stream<'a> {
    pub(in crate::trainer) before: &'a Normal,
    /// Weight and bias of the norm before.
    pub(in crate::trainer) norm: [View<'a>; 2],
    pub(in crate::trainer) sums: View<'a>,
    pub(in crate::trainer) bias: View<'a>,
}

impl Calls {
    pub(in crate::trainer) fn embed(
        &self,
        size: Size,
        tokens: View<'_>,
        [words, places]: [View<'_>; 2],
        [weight, bias]: [View<'_>; 2],
        normal: &mut Normal,
        out: ViewMut<'_>,
    ) -> Result<(), Error> {
        let arguments = [
            to(&normal.rows.view_mut(), size.rows()),
            to(&normal.inverses.view_mut(), size.tokens),
            to(&out, size.rows()),
            of(tokens, size.tokens),
            of(words, words.len()),
            of(places, size.sequence * size.width),
            of(weight, size.width),
            of(bias, size.width),
            Number(EPSILON),
            count(size.sequence),
            count(size.width),
        ];
        self.rows(Kernel::Embed, size.tokens, size.width, &arguments)
    }

    /// Adds to the gradients of both tables, which lie behind each other; the first has so many numbers.
    pub(in crate::trainer) fn embed_back(
        &self,
        size: Size,
        tokens: View<'_>,
        stream: View<'_>,
        words: usize,
        tables: ViewMut<'_>,
    ) -> Result<(), Error> {
        let tables = tables.view();
        let arguments = [
            of(tables, words),
            of(tables.slice(words..tables.len()), size.sequence * size.width),
            of(tokens, size.tokens),
            of(stream, size.rows()),
            count(size.sequence),
            count(size.width),
        ];
        self.rows(Kernel::EmbedBack, size.tokens, size.width, &arguments)
    }

    pub(in crate::trainer) fn add_norm(
        &self,
        size: Size,
        stream: Stream<'_>,
        [weight, bias]: [View<'_>; 2],
        normal: &mut Normal,
        out: ViewMut<'_>,
    ) -> Result<(), Error> {
        let arguments = [
            to(&normal.rows.view_mut(), size.rows()),
            to(&normal.inverses.view_mut(), size.tokens),
            to(&out, size.rows()),
            of(stream.before.rows.view(), size.rows()),
            of(stream.norm[0], size.width),
            of(stream.norm[1], size.width),
            of(stream.sums, size.rows()),
            of(stream.bias, size.width),
            of(weight, size.width),
            of(bias, size.width),
            Number(EPSILON),
            count(size.width),
        ];
        self.rows(Kernel::AddNorm, size.tokens, size.width, &arguments)
    }

    pub(in crate::trainer) fn norm_back(
        &self,
        size: Size,
        normal: &Normal,
        weight: View<'_>,
        stream: ViewMut<'_>,
    ) -> Result<(), Error> {
        let arguments = [
            to(&stream, size.rows()),
            of(normal.rows.view(), size.rows()),
            of(normal.inverses.view(), size.tokens),
            of(weight, size.width),
            count(size.width),
        ];
        self.rows(Kernel::NormBack, size.tokens, size.width, &arguments)
    }

    /// The gradients of a norm's weight and bias, which lie behind each other.
    pub(in crate::trainer) fn norm_columns(
        &self,
        size: Size,
        stream: View<'_>,
        normal: &Normal,
        partials: &mut Buffer,
        sums: ViewMut<'_>,
    ) -> Result<(), Error> {
        let (parts, each) = parts(size.tokens);
        let arguments = [
            to(&partials.view_mut(), parts * 2 * size.width),
            of(stream, size.rows()),
            of(normal.rows.view(), size.rows()),
            count(size.tokens),
            count(size.width),
            count(each),
        ];
        self.sums_of_parts((Kernel::NormColumns, &arguments), (parts, size.width), partials, sums)
    }

    pub(in crate::trainer) fn add_to_stream(&self, size: Size, x: View<'_>, stream: ViewMut<'_>) -> Result<(), Error> {
        let len = size.rows();
        self.packs(Kernel::AddToStream, len, &[to(&stream, len), of(x, len), count(len)])
    }

    pub(in crate::trainer) fn narrow(&self, size: Size, stream: View<'_>, out: ViewMut<'_>) -> Result<(), Error> {
        let len = size.rows();
        self.packs(Kernel::Narrow, len, &[to(&out, len), of(stream, len), count(len)])
    }
}
