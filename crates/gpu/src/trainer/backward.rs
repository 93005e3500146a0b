//! From the loss back to the gradient of each weight.

use transformer::{Batch, Config, Linear, NormPlace};

use crate::buffer::{Buffer, View};
use crate::error::Error;
use crate::trainer::calls::{Calls, Heads};
use crate::trainer::room::{Normal, Room, Size, Work};
use crate::trainer::weights::Weights;

/// Writes the gradient of each weight, after `forward` over the same batch.
pub(super) fn backward(
    calls: &Calls,
    config: &Config,
    weights: &mut Weights,
    room: &mut Room,
    batch: &Batch,
) -> Result<(), Error> {
    let size = Size::of(config, batch);
    let layout = weights.layout.clone();
    let mut pass = Pass { calls, size, weights };
    let Room { tokens, embedding, input, layers, first, risen, bent, by_logits, work, .. } = room;

    pass.by_weight(&layout.classes, size.texts, by_logits.view(), bent.view(), &mut work.partials)?;
    pass.by_input(&layout.classes, size.texts, by_logits.view(), &mut work.narrow)?;
    calls.relu_back(size, risen.view(), work.narrow.view_mut())?;
    pass.by_weight(&layout.dense, size.texts, work.narrow.view(), first.view(), &mut work.partials)?;
    pass.by_input(&layout.dense, size.texts, work.narrow.view(), &mut work.other)?;
    calls.put_first(size, work.other.view(), work.stream.view_mut())?;

    for (index, place) in layout.layers.iter().enumerate().rev() {
        let (earlier, rest) = layers.split_at_mut(index);
        let layer = &mut rest[0];
        let input = earlier.last().map_or(&*input, |layer| &layer.output);

        pass.norm(&place.feed_forward_norm, &layer.feed_forward, work)?;
        calls.narrow(size, work.stream.view(), work.narrow.view_mut())?;
        pass.by_weight(&place.fall, size.tokens, work.narrow.view(), layer.bent.view(), &mut work.partials)?;
        pass.by_input(&place.fall, size.tokens, work.narrow.view(), &mut work.wide)?;
        calls.gelu_back(size, layer.risen.view(), work.wide.view_mut())?;
        pass.by_weight(&place.rise, size.tokens, work.wide.view(), layer.middle.view(), &mut work.partials)?;
        pass.by_input(&place.rise, size.tokens, work.wide.view(), &mut work.narrow)?;
        calls.add_to_stream(size, work.narrow.view(), work.stream.view_mut())?;

        pass.norm(&place.attention_norm, &layer.attention, work)?;
        calls.narrow(size, work.stream.view(), work.narrow.view_mut())?;
        pass.by_weight(&place.out, size.tokens, work.narrow.view(), layer.context.view(), &mut work.partials)?;
        pass.by_input(&place.out, size.tokens, work.narrow.view(), &mut work.wide)?;
        calls.split(Heads::new(size, 1), work.wide.view(), None, work.narrow.view_mut())?;

        let heads = Heads::new(size, 3);
        let [q, k, v] = heads.parts(layer.qkv.view());
        let [by_q, by_k, by_v] = heads.places();
        calls.mix_back(size, layer.softmax.view(), work.narrow.view(), work.wide.view_mut().slice(by_v))?;
        calls.scores(size, work.narrow.view(), v, work.scores.view_mut())?;
        calls.softmax_back(size, layer.softmax.view(), work.scores.view_mut())?;
        calls.mix(size, work.scores.view(), k, work.wide.view_mut().slice(by_q))?;
        calls.mix_back(size, work.scores.view(), q, work.wide.view_mut().slice(by_k))?;
        calls.merge(heads, work.wide.view(), work.other.view_mut())?;
        pass.by_weight(&place.qkv, size.tokens, work.other.view(), input.view(), &mut work.partials)?;
        pass.by_input(&place.qkv, size.tokens, work.other.view(), &mut work.narrow)?;
        calls.add_to_stream(size, work.narrow.view(), work.stream.view_mut())?;
    }

    pass.norm(&layout.norm, embedding, work)?;
    let gradients = &mut pass.weights.gradients;
    gradients.view_mut().slice(layout.word.start..layout.position.end).clear()?;
    let tables = gradients.view_mut().slice(layout.word.start..layout.position.end);
    let tokens = tokens.view().slice(0..size.tokens);
    calls.embed_back(size, tokens, work.stream.view(), layout.word.len(), tables)
}

struct Pass<'a> {
    calls: &'a Calls,
    size: Size,
    weights: &'a mut Weights,
}

impl Pass<'_> {
    /// The gradients of a matrix and its bias, from the gradient by what came out and what went in.
    fn by_weight(
        &mut self,
        place: &Linear,
        rows: usize,
        by_output: View<'_>,
        input: View<'_>,
        partials: &mut Buffer,
    ) -> Result<(), Error> {
        let gradients = &mut self.weights.gradients;
        let weight = Weights::gradient(gradients, place.weight.clone());
        self.calls.dense_by_weight(place, rows, by_output, input, weight)?;
        let bias = Weights::gradient(gradients, place.bias.clone());
        self.calls.columns(rows, by_output, partials, bias)
    }

    /// The gradient by what went into a matrix.
    fn by_input(&self, place: &Linear, rows: usize, by_output: View<'_>, to: &mut Buffer) -> Result<(), Error> {
        let weight = self.weights.low(&place.weight);
        self.calls.dense_by_input(place, rows, by_output, weight, to.view_mut())
    }

    /// The stream's gradient through a norm, and the gradients of the norm's weight and bias.
    fn norm(&mut self, place: &NormPlace, normal: &Normal, work: &mut Work) -> Result<(), Error> {
        let by_norm = Weights::gradient(&mut self.weights.gradients, place.weight.start..place.bias.end);
        self.calls.norm_columns(self.size, work.stream.view(), normal, &mut work.partials, by_norm)?;
        self.calls.norm_back(self.size, normal, self.weights.wide(&place.weight), work.stream.view_mut())
    }
}
