//! The calls of a step: each takes as much of its buffers as the batch needs, and launches a kernel or a product.
//!
//! Buffers are made for the largest batch; a view that is too short is a defect of this crate and panics, as a slice does.

use std::ops::Range;

use transformer::{Linear, Update};

use crate::buffer::{Buffer, View, ViewMut};
use crate::device::{Factors, Handle};
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::{Argument, Shape};
use crate::operations::multiply;
use crate::precision::Precision;
use crate::product::Product;
use crate::trainer::room::{Normal, Size};

use Argument::{Address, Count, Number};

/// Added to a norm's variance, as in DistilBERT.
const EPSILON: f32 = 1e-12;

/// Rows that are added up by one thread before partial sums are.
const ROWS: usize = 64;

/// Threads of a block that works on columns, or on single elements.
const BLOCK: usize = 256;

/// Into how many parts rows are cut for sums over them, and how many rows each has.
pub(super) fn parts(rows: usize) -> (usize, usize) {
    (rows.div_ceil(ROWS).max(1), ROWS)
}

/// Makes calls on a device, in a precision.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    device: Handle,
    precision: Precision,
}

/// The stream that a norm takes: the output of the norm before, and what a product gave, with its bias.
#[derive(Clone, Copy)]
pub(super) struct Stream<'a> {
    pub(super) before: &'a Normal,
    /// Weight and bias of the norm before.
    pub(super) norm: [View<'a>; 2],
    pub(super) sums: View<'a>,
    pub(super) bias: View<'a>,
}

/// Between rows of tokens and heads: queries, keys and values are three parts, the context is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
    size: Size,
    parts: usize,
}

impl Heads {
    pub(super) fn new(size: Size, parts: usize) -> Self {
        Self { size, parts }
    }

    /// Places of queries, keys and values.
    pub(super) fn places(self) -> [Range<usize>; 3] {
        let rows = self.size.rows();
        [0, 1, 2].map(|part| part * rows..(part + 1) * rows)
    }

    /// Queries, keys and values.
    pub(super) fn parts(self, qkv: View<'_>) -> [View<'_>; 3] {
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

fn count(number: usize) -> Argument {
    Count(number as u64)
}

/// The first numbers of a place that is read, or written.
fn of(view: View<'_>, len: usize) -> Argument {
    Address(view.slice(0..len).address())
}

fn to(view: &ViewMut<'_>, len: usize) -> Argument {
    of(view.view(), len)
}

impl Calls {
    pub(super) fn new(device: &Handle, precision: Precision) -> Self {
        Self { device: Handle::clone(device), precision }
    }

    pub(super) fn device(&self) -> &Handle {
        &self.device
    }

    /// The numbers that are multiplied.
    pub(super) fn element(&self) -> Element {
        self.precision.element()
    }

    fn launch(&self, kernel: Kernel, shape: Shape, arguments: &[Argument]) -> Result<(), Error> {
        // SAFETY: every call below cuts its views to the sizes that it tells the kernel, in the order of the kernel's source.
        unsafe { self.device.launch(kernel, self.element(), shape, arguments) }
    }

    /// A launch in which each thread does as many elements as it can move at once.
    fn packs(&self, kernel: Kernel, len: usize, arguments: &[Argument]) -> Result<(), Error> {
        self.launch(kernel, Shape::elements(len, self.element())?, arguments)
    }

    /// A launch with a thread for each element.
    fn single(&self, kernel: Kernel, len: usize, arguments: &[Argument]) -> Result<(), Error> {
        self.launch(kernel, Shape::blocks(len.div_ceil(BLOCK), BLOCK)?, arguments)
    }

    /// A launch with a block for each row.
    fn rows(&self, kernel: Kernel, rows: usize, columns: usize, arguments: &[Argument]) -> Result<(), Error> {
        self.launch(kernel, Shape::rows(rows, columns, self.element())?, arguments)
    }

    fn product(&self, rows: usize, columns: usize, inner: usize) -> Product {
        Product::new(self.precision, rows, columns, inner)
    }

    fn multiply(&self, product: Product, a: View<'_>, b: View<'_>, c: ViewMut<'_>) -> Result<(), Error> {
        let [a_len, b_len, c_len] = product.lengths();
        multiply(&product, Factors::WRITE, a.slice(0..a_len), b.slice(0..b_len), c.slice(0..c_len))
    }

    /// `y = x · Wᵀ` for so many rows.
    pub(super) fn dense(
        &self,
        place: &Linear,
        rows: usize,
        x: View<'_>,
        weight: View<'_>,
        y: ViewMut<'_>,
    ) -> Result<(), Error> {
        self.multiply(self.product(rows, place.outputs, place.inputs).b_transposed(), x, weight, y)
    }

    /// `dx = dy · W`.
    pub(super) fn dense_by_input(
        &self,
        place: &Linear,
        rows: usize,
        by_output: View<'_>,
        weight: View<'_>,
        by_input: ViewMut<'_>,
    ) -> Result<(), Error> {
        self.multiply(self.product(rows, place.inputs, place.outputs), by_output, weight, by_input)
    }

    /// `dW = dyᵀ · x`, in f32.
    pub(super) fn dense_by_weight(
        &self,
        place: &Linear,
        rows: usize,
        by_output: View<'_>,
        input: View<'_>,
        by_weight: ViewMut<'_>,
    ) -> Result<(), Error> {
        let product = self.product(place.outputs, place.inputs, rows).a_transposed().stored_as(Element::F32);
        self.multiply(product, by_output, input, by_weight)
    }

    /// For each text and head: `rows · othersᵀ`, a number for each pair of tokens.
    pub(super) fn scores(
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
    pub(super) fn mix(&self, size: Size, scores: View<'_>, rows: View<'_>, mixed: ViewMut<'_>) -> Result<(), Error> {
        let product = self.product(size.sequence, size.head, size.sequence);
        self.multiply(product.pairs(size.texts * size.heads), scores, rows, mixed)
    }

    /// For each text and head: `scoresᵀ · rows`.
    pub(super) fn mix_back(
        &self,
        size: Size,
        scores: View<'_>,
        rows: View<'_>,
        mixed: ViewMut<'_>,
    ) -> Result<(), Error> {
        let product = self.product(size.sequence, size.head, size.sequence).a_transposed();
        self.multiply(product.pairs(size.texts * size.heads), scores, rows, mixed)
    }

    pub(super) fn embed(
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
    pub(super) fn embed_back(
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

    pub(super) fn add_norm(
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

    pub(super) fn norm_back(
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

    pub(super) fn add_to_stream(&self, size: Size, x: View<'_>, stream: ViewMut<'_>) -> Result<(), Error> {
        let len = size.rows();
        self.packs(Kernel::AddToStream, len, &[to(&stream, len), of(x, len), count(len)])
    }

    pub(super) fn narrow(&self, size: Size, stream: View<'_>, out: ViewMut<'_>) -> Result<(), Error> {
        let len = size.rows();
        self.packs(Kernel::Narrow, len, &[to(&out, len), of(stream, len), count(len)])
    }

    /// The sums over rows of a gradient: the gradient of a bias.
    pub(super) fn columns(
        &self,
        rows: usize,
        x: View<'_>,
        partials: &mut Buffer,
        sums: ViewMut<'_>,
    ) -> Result<(), Error> {
        let columns = sums.view().len();
        let (parts, each) = parts(rows);
        let arguments = [
            to(&partials.view_mut(), parts * columns),
            of(x, rows * columns),
            count(rows),
            count(columns),
            count(each),
        ];
        let blocks = Shape::blocks(parts * columns.div_ceil(BLOCK), BLOCK)?;
        self.launch(Kernel::Columns, blocks, &arguments)?;
        self.columns_total(parts, partials, sums)
    }

    /// The gradients of a norm's weight and bias, which lie behind each other.
    pub(super) fn norm_columns(
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
        let blocks = Shape::blocks(parts * size.width.div_ceil(BLOCK), BLOCK)?;
        self.launch(Kernel::NormColumns, blocks, &arguments)?;
        self.columns_total(parts, partials, sums)
    }

    fn columns_total(&self, parts: usize, partials: &Buffer, sums: ViewMut<'_>) -> Result<(), Error> {
        let columns = sums.view().len();
        let arguments = [to(&sums, columns), of(partials.view(), parts * columns), count(parts), count(columns)];
        self.single(Kernel::ColumnsTotal, columns, &arguments)
    }

    /// Heads from rows of tokens, with a bias where the rows have none yet.
    pub(super) fn split(
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
    pub(super) fn merge(&self, heads: Heads, from: View<'_>, out: ViewMut<'_>) -> Result<(), Error> {
        let places = [to(&out, heads.len()), of(from, heads.len())];
        self.packs(Kernel::Merge, heads.len(), &[&places[..], &heads.arguments()].concat())
    }

    /// Softmax of scores over the root of a head's width, in place.
    pub(super) fn softmax(&self, size: Size, scores: &mut Buffer) -> Result<(), Error> {
        let place = to(&scores.view_mut(), size.scores());
        let arguments = [place, place, Number(size.factor()), count(size.sequence)];
        self.rows(Kernel::Softmax, size.texts * size.heads * size.sequence, size.sequence, &arguments)
    }

    pub(super) fn softmax_back(&self, size: Size, softmax: View<'_>, gradient: ViewMut<'_>) -> Result<(), Error> {
        let len = size.scores();
        let arguments = [to(&gradient, len), of(softmax, len), Number(size.factor()), count(size.sequence)];
        self.rows(Kernel::SoftmaxBack, size.texts * size.heads * size.sequence, size.sequence, &arguments)
    }

    pub(super) fn bias_gelu(&self, size: Size, bias: View<'_>, x: ViewMut<'_>, bent: ViewMut<'_>) -> Result<(), Error> {
        let len = size.tokens * size.rise;
        let arguments = [to(&bent, len), to(&x, len), of(bias, size.rise), count(size.rise), count(len)];
        self.packs(Kernel::BiasGelu, len, &arguments)
    }

    pub(super) fn gelu_back(&self, size: Size, x: View<'_>, gradient: ViewMut<'_>) -> Result<(), Error> {
        let len = size.tokens * size.rise;
        self.packs(Kernel::GeluBack, len, &[to(&gradient, len), of(x, len), count(len)])
    }

    pub(super) fn take_first(&self, size: Size, from: View<'_>, first: ViewMut<'_>) -> Result<(), Error> {
        let len = size.texts * size.width;
        let sizes = [count(size.sequence), count(size.width), count(len)];
        self.single(Kernel::TakeFirst, len, &[&[to(&first, len), of(from, size.rows())][..], &sizes].concat())
    }

    pub(super) fn put_first(&self, size: Size, first: View<'_>, stream: ViewMut<'_>) -> Result<(), Error> {
        let len = size.rows();
        let places = [to(&stream, len), of(first, size.texts * size.width)];
        let sizes = [count(size.sequence), count(size.width), count(len)];
        self.single(Kernel::PutFirst, len, &[&places[..], &sizes].concat())
    }

    pub(super) fn bias_relu(&self, size: Size, bias: View<'_>, x: ViewMut<'_>, bent: ViewMut<'_>) -> Result<(), Error> {
        let len = size.texts * size.width;
        let arguments = [to(&bent, len), to(&x, len), of(bias, size.width), count(size.width), count(len)];
        self.single(Kernel::BiasRelu, len, &arguments)
    }

    pub(super) fn relu_back(&self, size: Size, x: View<'_>, gradient: ViewMut<'_>) -> Result<(), Error> {
        let len = size.texts * size.width;
        self.single(Kernel::ReluBack, len, &[to(&gradient, len), of(x, len), count(len)])
    }

    /// Losses, probabilities and the gradient by the logits of each text.
    pub(super) fn loss(
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

    /// Adds to the counts of gradients that are not finite, that are not zero, and that rounding loses.
    pub(super) fn inspect(&self, counts: ViewMut<'_>, gradients: View<'_>, rounded: bool) -> Result<(), Error> {
        let len = gradients.len();
        let arguments = [to(&counts, 3), of(gradients, len), count(rounded.into()), count(len)];
        self.launch(Kernel::Inspect, Shape::partial(len, Element::F32), &arguments)
    }

    /// A step of AdamW over some weights, their means of gradients and of squares, and their copy.
    pub(super) fn adamw(
        &self,
        update: &Update,
        rounded: bool,
        [weights, means, squares]: [ViewMut<'_>; 3],
        copy: Option<ViewMut<'_>>,
        gradients: View<'_>,
    ) -> Result<(), Error> {
        let len = gradients.len();
        let &Update { unscale, beta1, beta2, rate, root, epsilon, keep } = update;
        let copy = copy.map_or(Address(0), |copy| to(&copy, len));
        let places = [to(&weights, len), to(&means, len), to(&squares, len), copy, of(gradients, len)];
        let factors = [unscale, beta1, beta2, rate, root, epsilon, keep].map(Number);
        let arguments = [&places[..], &factors, &[count(rounded.into()), count(len)]].concat();
        self.single(Kernel::Adamw, len, &arguments)
    }

    /// Weights in the numbers that are multiplied.
    pub(super) fn cast(&self, copy: ViewMut<'_>, weights: View<'_>) -> Result<(), Error> {
        let len = weights.len();
        self.single(Kernel::Cast, len, &[to(&copy, len), of(weights, len), count(len)])
    }
}
