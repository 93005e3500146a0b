//! The network in one precision: forward, loss, backward, update.

use kernels::Products;

use crate::dense::{Dense, add_bias, add_bias_gelu, gelu_back, narrow_gradient, narrow_with_bias};
use crate::element::{BLOCK, Element};
use crate::head::{Head, HeadGradients, loss, loss_back};
use crate::layout::{Layout, Linear};
use crate::memory::{Ledger, bytes};
use crate::norm::Norm;
use crate::optimizer::{self, Lists, Piece};
use crate::room::{Room, Shape, Tally};
use crate::{Batch, Config, Error, Memory, Update, attention::Attention, embedding};

/// Weights, gradients, optimizer and buffers, with activations of type `A`.
pub(crate) struct Network<A> {
    config: Config,
    layout: Layout,
    pieces: Vec<Piece>,
    weights: Vec<f32>,
    /// The part of the weights that is multiplied, in `A`; empty in f32.
    copy: Vec<A>,
    gradients: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
    products: Products,
    room: Option<Room<A>>,
    ledger: Ledger,
    tally: Tally,
    threads: usize,
}

/// What the trainer asks of a network, whatever its precision.
pub(crate) trait Learner: Send {
    /// Makes room for a batch.
    fn reserve(&mut self, batch: usize) -> Result<(), Error>;
    /// The mean loss; leaves probabilities behind.
    fn forward(&mut self, batch: &Batch) -> Result<f32, Error>;
    /// The gradients of `scale · loss`, after `forward` over the same batch.
    fn backward(&mut self, batch: &Batch, scale: f32);
    /// Whether the gradients are finite, where a range is narrow enough to ask.
    fn inspect(&mut self) -> bool;
    /// An update of all weights.
    fn update(&mut self, update: &Update);
    /// Gradient values of the last backward pass that were rounded, and how many of them to zero.
    fn tally(&self) -> (u64, u64);
    /// Probabilities of the classes of each text, after `forward`.
    fn probabilities(&self) -> &[f32];
    /// The weights in f32.
    fn weights(&self) -> &[f32];
    /// Replaces the weights.
    fn set_weights(&mut self, weights: &[f32]);
    /// The gradients as they arrive, without the scale.
    fn gradients(&self, scale: f32) -> Vec<f32>;
    /// What it holds.
    fn memory(&self) -> Memory;
}

impl<A: Element> Network<A> {
    /// A network with the weights of the start.
    ///
    /// # Errors
    /// If there is no room or there are no threads.
    pub(crate) fn new(config: &Config, seed: u64, threads: usize, mut ledger: Ledger) -> Result<Self, Error> {
        let layout = Layout::new(config);
        let len = layout.len();
        let mut weights = ledger.take(len)?;
        layout.fill(seed, &mut weights);
        let mut network = Self {
            config: *config,
            pieces: optimizer::pieces(&layout),
            weights,
            copy: ledger.take(if A::LOWER { len - layout.multiplied_from() } else { 0 })?,
            gradients: ledger.take(len)?,
            mean: ledger.take(len)?,
            square: ledger.take(len)?,
            products: Products::new(threads)?,
            room: None,
            layout,
            ledger,
            tally: Tally::default(),
            threads,
        };
        network.cast();
        Ok(network)
    }

    /// Casts the weights that are multiplied.
    fn cast(&mut self) {
        if A::LOWER {
            A::narrow(&self.weights[self.layout.multiplied_from()..], &mut self.copy);
        }
    }
}

/// The weights that are multiplied, and the number of the first.
struct Multiplied<'a, A> {
    weights: &'a [A],
    from: usize,
}

impl<'a, A: Element> Multiplied<'a, A> {
    fn dense(&self, linear: &Linear) -> Dense<'a, A> {
        Dense::new(linear, self.weights, self.from)
    }
}

/// The two gradients of a matrix and its bias, which lie behind each other.
fn pair<'a>(gradients: &'a mut [f32], linear: &Linear) -> (&'a mut [f32], &'a mut [f32]) {
    gradients[linear.weight.start..linear.bias.end].split_at_mut(linear.weight.len())
}

/// Weight and bias of a norm.
fn both<'a>(gradients: &'a mut [f32], norm: &crate::layout::NormPlace) -> &'a mut [f32] {
    &mut gradients[norm.weight.start..norm.bias.end]
}

impl<A: Element> Learner for Network<A> {
    fn reserve(&mut self, batch: usize) -> Result<(), Error> {
        if self.room.as_ref().is_some_and(|room| room.batch >= batch) {
            return Ok(());
        }
        if let Some(room) = self.room.take() {
            let (kept, work) = room.bytes();
            self.ledger.held -= kept + work;
        }
        let held = self.ledger.held;
        let room = Room::new(&self.config, batch, self.threads, &mut self.ledger);
        if room.is_err() {
            self.ledger.held = held;
        }
        self.room = Some(room?);
        Ok(())
    }

    fn forward(&mut self, batch: &Batch) -> Result<f32, Error> {
        self.reserve(batch.size())?;
        let Self { config, layout, weights, copy, products, room: Some(room), .. } = self else {
            unreachable!("room was reserved");
        };
        let shape = Shape { batch: batch.size(), sequence: batch.sequence() };
        let Room { keep, work, heads, .. } = room;
        let (tokens, width, rise) = (shape.tokens(), config.width, config.feed_forward);
        let low = if A::LOWER { layout.multiplied_from() } else { 0 };
        let multiplied = Multiplied { weights: A::weights(weights, copy), from: low };
        let attention = Attention::new(config, shape);

        let mut norm = Norm::new(&layout.norm, weights);
        let tables = (&weights[layout.word.clone()], &weights[layout.position.clone()]);
        embedding::forward(batch.tokens(), shape, tables, norm, &mut keep.embedding, &mut keep.input[..tokens * width]);
        let (mut stream, mut input) = (&keep.embedding, &keep.input);
        for (place, room) in layout.layers.iter().zip(&mut keep.layers) {
            let (sums, bias) = (&mut work.sums, &mut work.bias);
            let qkv = &mut room.qkv[..tokens * 3 * width];
            let wide = &mut sums[..tokens * 3 * width];
            multiplied.dense(&place.qkv).forward(products, &input[..tokens * width], wide, &mut bias[..3 * width]);
            add_bias(wide, &bias[..3 * width], qkv);

            let context = &mut room.context[..tokens * width];
            attention.forward(qkv, heads, sums, &mut room.log_sums[..tokens * config.heads], context);
            let narrow = &mut sums[..tokens * width];
            multiplied.dense(&place.out).forward(products, context, narrow, &mut bias[..width]);
            let next = Norm::new(&place.attention_norm, weights);
            let middle = &mut room.middle[..tokens * width];
            next.add_forward((stream, norm), narrow, &bias[..width], &mut room.attention, middle);
            (stream, norm) = (&room.attention, next);

            let (risen, bent) = (&mut room.risen[..tokens * rise], &mut room.bent[..tokens * rise]);
            let wide = &mut sums[..tokens * rise];
            multiplied.dense(&place.rise).forward(products, middle, wide, &mut bias[..rise]);
            add_bias_gelu(wide, &bias[..rise], risen, bent);
            let narrow = &mut sums[..tokens * width];
            multiplied.dense(&place.fall).forward(products, bent, narrow, &mut bias[..width]);
            let next = Norm::new(&place.feed_forward_norm, weights);
            let output = &mut room.output[..tokens * width];
            next.add_forward((stream, norm), narrow, &bias[..width], &mut room.feed_forward, output);
            (stream, norm, input) = (&room.feed_forward, next, &room.output);
        }
        let head = Head { dense: multiplied.dense(&layout.dense), classes: multiplied.dense(&layout.classes) };
        head.forward(products, &input[..tokens * width], shape.batch, &mut keep.head, &mut work.sums, &mut work.bias);
        Ok(loss(&mut keep.head.logits[..shape.batch * config.classes], batch.labels()))
    }

    fn backward(&mut self, batch: &Batch, scale: f32) {
        let Self { config, layout, weights, copy, gradients, products, room: Some(room), tally, .. } = self else {
            unreachable!("`forward` came before");
        };
        tally.clear();
        let tally = &*tally;
        let shape = Shape { batch: batch.size(), sequence: batch.sequence() };
        let Room { keep, work, heads, .. } = room;
        let (tokens, width, rise) = (shape.tokens(), config.width, config.feed_forward);
        let low_from = if A::LOWER { layout.multiplied_from() } else { 0 };
        let multiplied = Multiplied { weights: A::weights(weights, copy), from: low_from };
        let attention = Attention::new(config, shape);
        let stream = &mut work.stream[..tokens * width];
        let (sums, low, partial) = (&mut work.sums, &mut work.low, &mut work.partial);

        let labels = batch.labels();
        let probabilities = &mut keep.head.logits[..labels.len() * config.classes];
        loss_back(probabilities, labels, scale, &mut keep.head.by_logits[..labels.len() * config.classes], tally);
        let head = Head { dense: multiplied.dense(&layout.dense), classes: multiplied.dense(&layout.classes) };
        let (by_dense, by_classes) = gradients[layout.dense.weight.start..]
            .split_at_mut(layout.classes.weight.start - layout.dense.weight.start);
        let by_head = HeadGradients {
            dense: by_dense.split_at_mut(layout.dense.weight.len()),
            classes: by_classes.split_at_mut(layout.classes.weight.len()),
        };
        head.backward(products, shape.batch, &mut keep.head, sums, low, stream, by_head, tally);

        let mut pending = false;
        for index in (0..layout.layers.len()).rev() {
            let place = &layout.layers[index];
            let room = &keep.layers[index];
            let input = if index == 0 { &keep.input } else { &keep.layers[index - 1].output };

            let norm = Norm::new(&place.feed_forward_norm, weights);
            let arriving = pending.then_some(&sums[..tokens * width]);
            let by_norm = both(gradients, &place.feed_forward_norm);
            norm.backward::<A>(&room.feed_forward, stream, arriving, partial, by_norm, tally);
            let fall = multiplied.dense(&place.fall);
            let (by_weight, by_bias) = pair(gradients, &place.fall);
            narrow_with_bias(stream, &mut low[..tokens * width], partial, by_bias, tally);
            fall.by_weight(products, &low[..tokens * width], &room.bent[..tokens * rise], by_weight);
            fall.by_input(products, &low[..tokens * width], &mut sums[..tokens * rise]);

            let lift = multiplied.dense(&place.rise);
            let (by_weight, by_bias) = pair(gradients, &place.rise);
            let by_risen = &mut low[..tokens * rise];
            gelu_back(&sums[..tokens * rise], &room.risen[..tokens * rise], by_risen, partial, by_bias, tally);
            lift.by_weight(products, by_risen, &room.middle[..tokens * width], by_weight);
            lift.by_input(products, by_risen, &mut sums[..tokens * width]);

            let norm = Norm::new(&place.attention_norm, weights);
            let by_norm = both(gradients, &place.attention_norm);
            norm.backward::<A>(&room.attention, stream, Some(&sums[..tokens * width]), partial, by_norm, tally);
            let out = multiplied.dense(&place.out);
            let (by_weight, by_bias) = pair(gradients, &place.out);
            let context = &room.context[..tokens * width];
            narrow_with_bias(stream, &mut low[..tokens * width], partial, by_bias, tally);
            out.by_weight(products, &low[..tokens * width], context, by_weight);
            out.by_input(products, &low[..tokens * width], &mut sums[..tokens * width]);
            let by_context = &mut work.context[..tokens * width];
            narrow_gradient(&sums[..tokens * width], by_context, tally);

            let qkv = multiplied.dense(&place.qkv);
            let (by_weight, by_bias) = pair(gradients, &place.qkv);
            let by_qkv = &mut low[..tokens * 3 * width];
            attention.backward(
                &room.qkv[..tokens * 3 * width],
                &room.log_sums[..tokens * config.heads],
                context,
                by_context,
                heads,
                sums,
                by_qkv,
                partial,
                by_bias,
                tally,
            );
            qkv.by_weight(products, by_qkv, &input[..tokens * width], by_weight);
            qkv.by_input(products, by_qkv, &mut sums[..tokens * width]);
            pending = true;
        }
        let norm = Norm::new(&layout.norm, weights);
        let arriving = pending.then_some(&sums[..tokens * width]);
        norm.backward::<A>(&keep.embedding, stream, arriving, partial, both(gradients, &layout.norm), tally);
        let (by_word, by_position) = gradients[..layout.position.end].split_at_mut(layout.word.end);
        embedding::backward(batch.tokens(), shape, stream, by_word, by_position);
    }

    fn inspect(&mut self) -> bool {
        !A::NARROW || optimizer::inspect::<A>(&self.pieces, &self.gradients, &self.tally)
    }

    fn update(&mut self, update: &Update) {
        let lists = Lists {
            gradients: &self.gradients,
            weights: &mut self.weights,
            mean: &mut self.mean,
            square: &mut self.square,
            copy: &mut self.copy,
        };
        let from = self.layout.multiplied_from();
        optimizer::step(update, &self.pieces, lists, from);
    }

    fn tally(&self) -> (u64, u64) {
        (
            self.tally.values.load(std::sync::atomic::Ordering::Relaxed),
            self.tally.lost.load(std::sync::atomic::Ordering::Relaxed),
        )
    }

    fn probabilities(&self) -> &[f32] {
        self.room.as_ref().map_or(&[], |room| &room.keep.head.logits)
    }

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn set_weights(&mut self, weights: &[f32]) {
        self.weights.copy_from_slice(weights);
        self.cast();
    }

    fn gradients(&self, scale: f32) -> Vec<f32> {
        let mut gradients = self.gradients.clone();
        for parameter in self.layout.parameters.iter().filter(|parameter| parameter.multiplied) {
            let (from, to) = (&self.gradients[parameter.range.clone()], &mut gradients[parameter.range.clone()]);
            from.chunks(BLOCK).zip(to.chunks_mut(BLOCK)).for_each(|(from, to)| A::round(from, to));
        }
        gradients.iter_mut().for_each(|gradient| *gradient /= scale);
        gradients
    }

    fn memory(&self) -> Memory {
        let (activations, workspace) = self.room.as_ref().map_or((0, 0), Room::bytes);
        let all = bytes(&self.weights);
        let (weights, master) = if A::LOWER { (bytes(&self.copy), all) } else { (all, 0) };
        Memory {
            weights,
            master,
            gradients: bytes(&self.gradients),
            optimizer: bytes(&self.mean) + bytes(&self.square),
            activations,
            workspace,
        }
    }
}
