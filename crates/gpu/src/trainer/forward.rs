//! From tokens to the loss.

use transformer::{Batch, Config, Linear};

use crate::error::Error;
use crate::trainer::calls::{Calls, Heads, Stream};
use crate::trainer::room::{Room, Size};
use crate::trainer::weights::Weights;

/// Runs the model over a batch; losses, probabilities and the gradient of `scale · loss` by the logits stay in the room.
pub(super) fn forward(
    calls: &Calls,
    config: &Config,
    weights: &Weights,
    room: &mut Room,
    batch: &Batch,
    scale: f32,
) -> Result<(), Error> {
    let size = Size::of(config, batch);
    let (layout, work) = (&weights.layout, &mut room.work);
    let linear = |place: &Linear| (weights.low(&place.weight), weights.low(&place.bias));
    room.tokens.view_mut().slice(0..size.tokens).write_indices(batch.tokens())?;
    room.labels.view_mut().slice(0..size.texts).write_indices(batch.labels())?;

    let tokens = room.tokens.view().slice(0..size.tokens);
    let tables = [weights.wide(&layout.word), weights.wide(&layout.position)];
    let mut norm = [weights.wide(&layout.norm.weight), weights.wide(&layout.norm.bias)];
    calls.embed(size, tokens, tables, norm, &mut room.embedding, room.input.view_mut())?;

    let (mut before, mut input) = (&room.embedding, &room.input);
    for (place, layer) in layout.layers.iter().zip(&mut room.layers) {
        let heads = Heads::new(size, 3);
        let (weight, bias) = linear(&place.qkv);
        calls.dense(&place.qkv, size.tokens, input.view(), weight, work.wide.view_mut())?;
        calls.split(heads, work.wide.view(), Some(bias), layer.qkv.view_mut())?;
        let [q, k, v] = heads.parts(layer.qkv.view());
        calls.scores(size, q, k, layer.softmax.view_mut())?;
        calls.softmax(size, &mut layer.softmax)?;
        calls.mix(size, layer.softmax.view(), v, work.narrow.view_mut())?;
        calls.merge(Heads::new(size, 1), work.narrow.view(), layer.context.view_mut())?;

        let (weight, bias) = linear(&place.out);
        calls.dense(&place.out, size.tokens, layer.context.view(), weight, work.narrow.view_mut())?;
        let next = [weights.wide(&place.attention_norm.weight), weights.wide(&place.attention_norm.bias)];
        let stream = Stream { before, norm, sums: work.narrow.view(), bias };
        calls.add_norm(size, stream, next, &mut layer.attention, layer.middle.view_mut())?;

        let (weight, bias) = linear(&place.rise);
        calls.dense(&place.rise, size.tokens, layer.middle.view(), weight, layer.risen.view_mut())?;
        calls.bias_gelu(size, bias, layer.risen.view_mut(), layer.bent.view_mut())?;
        let (weight, bias) = linear(&place.fall);
        calls.dense(&place.fall, size.tokens, layer.bent.view(), weight, work.narrow.view_mut())?;
        let after = [weights.wide(&place.feed_forward_norm.weight), weights.wide(&place.feed_forward_norm.bias)];
        let stream = Stream { before: &layer.attention, norm: next, sums: work.narrow.view(), bias };
        calls.add_norm(size, stream, after, &mut layer.feed_forward, layer.output.view_mut())?;
        (before, norm, input) = (&layer.feed_forward, after, &layer.output);
    }

    calls.take_first(size, input.view(), room.first.view_mut())?;
    let (weight, bias) = linear(&layout.dense);
    calls.dense(&layout.dense, size.texts, room.first.view(), weight, room.risen.view_mut())?;
    calls.bias_relu(size, bias, room.risen.view_mut(), room.bent.view_mut())?;
    let (weight, bias) = linear(&layout.classes);
    calls.dense(&layout.classes, size.texts, room.bent.view(), weight, work.wide.view_mut())?;
    let labels = room.labels.view().slice(0..size.texts);
    let out = [&mut room.losses, &mut room.probabilities, &mut room.by_logits];
    calls.loss(size, scale, work.wide.view(), bias, labels, out)
}
