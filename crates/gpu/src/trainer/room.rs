//! The buffers of a step: what the forward pass keeps for the backward pass, and what is overwritten all the time. A step allocates
//! nothing.

use transformer::{Batch, Config};

use crate::buffer::Buffer;
use crate::element::Element;
use crate::error::Error;
use crate::trainer::calls::{Calls, parts};

/// A norm's result before its weight and bias.
#[derive(Debug)]
pub(super) struct Normal {
    /// For each token, numbers of mean 0 and deviation 1, in f32.
    pub(super) rows: Buffer,
    /// For each token, one over the deviation before.
    pub(super) inverses: Buffer,
}

/// What a layer keeps.
#[derive(Debug)]
pub(super) struct LayerRoom {
    /// Queries, keys and values: for each text and head the rows of its tokens.
    pub(super) qkv: Buffer,
    /// For each text and head, softmax of the scores.
    pub(super) softmax: Buffer,
    pub(super) context: Buffer,
    pub(super) attention: Normal,
    /// The first norm's output.
    pub(super) middle: Buffer,
    /// Before GELU.
    pub(super) risen: Buffer,
    /// After it.
    pub(super) bent: Buffer,
    pub(super) feed_forward: Normal,
    /// The second norm's output.
    pub(super) output: Buffer,
}

/// All buffers that depend on the batch.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) tokens: Buffer,
    pub(super) labels: Buffer,
    pub(super) embedding: Normal,
    /// Input of the first layer.
    pub(super) input: Buffer,
    pub(super) layers: Vec<LayerRoom>,
    /// The head: rows of first tokens, before ReLU, after it.
    pub(super) first: Buffer,
    pub(super) risen: Buffer,
    pub(super) bent: Buffer,
    pub(super) probabilities: Buffer,
    pub(super) losses: Buffer,
    pub(super) by_logits: Buffer,
    pub(super) work: Work,
    /// Texts that fit.
    pub(super) batch: usize,
}

/// What is overwritten all the time.
#[derive(Debug)]
pub(super) struct Work {
    /// What a product gives: as wide as the widest.
    pub(super) wide: Buffer,
    /// Another one, for what is made of it.
    pub(super) other: Buffer,
    /// As wide as the model.
    pub(super) narrow: Buffer,
    /// Scores of all heads, or their gradients.
    pub(super) scores: Buffer,
    /// The gradient by the stream, in f32.
    pub(super) stream: Buffer,
    /// Partial sums over rows, in f32.
    pub(super) partials: Buffer,
}

/// Sizes of a batch, as it is now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) texts: usize,
    pub(super) sequence: usize,
    pub(super) tokens: usize,
    pub(super) width: usize,
    pub(super) rise: usize,
    pub(super) heads: usize,
    pub(super) head: usize,
    pub(super) classes: usize,
}

impl Size {
    pub(super) fn of(config: &Config, batch: &Batch) -> Self {
        Self::new(config, batch.size(), batch.sequence())
    }

    fn new(config: &Config, texts: usize, sequence: usize) -> Self {
        Self {
            texts,
            sequence,
            tokens: texts * sequence,
            width: config.width,
            rise: config.feed_forward,
            heads: config.heads,
            head: config.head_width(),
            classes: config.classes,
        }
    }

    /// Numbers of a matrix as wide as the model.
    pub(super) fn rows(self) -> usize {
        self.tokens * self.width
    }

    /// What scores are multiplied with before softmax.
    pub(super) fn factor(self) -> f32 {
        1.0 / (self.head as f32).sqrt()
    }

    /// Numbers of the scores of all heads.
    pub(super) fn scores(self) -> usize {
        self.texts * self.heads * self.sequence * self.sequence
    }
}

impl Room {
    pub(super) fn new(calls: &Calls, config: &Config, batch: usize) -> Result<Self, Error> {
        let size = Size::new(config, batch, config.sequence);
        let low = |len| Buffer::reserve(calls.device(), calls.element(), len);
        let wide = |len| Buffer::reserve(calls.device(), Element::F32, len);
        let normal = || Ok::<_, Error>(Normal { rows: wide(size.rows())?, inverses: wide(size.tokens)? });
        let layer = |_| {
            Ok(LayerRoom {
                qkv: low(3 * size.rows())?,
                softmax: low(size.scores())?,
                context: low(size.rows())?,
                attention: normal()?,
                middle: low(size.rows())?,
                risen: low(size.tokens * size.rise)?,
                bent: low(size.tokens * size.rise)?,
                feed_forward: normal()?,
                output: low(size.rows())?,
            })
        };
        let widest = size.rise.max(3 * size.width).max(size.classes);
        let work = Work {
            wide: low(size.tokens * widest)?,
            other: low(size.tokens * widest)?,
            narrow: low(size.rows())?,
            scores: low(size.scores())?,
            stream: wide(size.rows())?,
            partials: wide(parts(size.tokens).0 * widest)?,
        };
        Ok(Self {
            tokens: wide(size.tokens)?,
            labels: wide(batch)?,
            embedding: normal()?,
            input: low(size.rows())?,
            layers: (0..config.layers).map(layer).collect::<Result<_, Error>>()?,
            first: low(batch * size.width)?,
            risen: low(batch * size.width)?,
            bent: low(batch * size.width)?,
            probabilities: wide(batch * size.classes)?,
            losses: wide(batch)?,
            by_logits: low(batch * size.classes)?,
            work,
            batch,
        })
    }

    /// Bytes of what the forward pass keeps, and of what is overwritten.
    pub(super) fn bytes(&self) -> (u64, u64) {
        let all = |buffers: &[&Buffer]| buffers.iter().map(|buffer| buffer.bytes() as u64).sum::<u64>();
        let normal = |normal: &Normal| all(&[&normal.rows, &normal.inverses]);
        let layer = |layer: &LayerRoom| {
            let LayerRoom { qkv, softmax, context, attention, middle, risen, bent, feed_forward, output } = layer;
            all(&[qkv, softmax, context, middle, risen, bent, output]) + normal(attention) + normal(feed_forward)
        };
        let Self { tokens, labels, embedding, input, layers, first, risen, bent, .. } = self;
        let Self { probabilities, losses, by_logits, work, .. } = self;
        let head = all(&[tokens, labels, input, first, risen, bent, probabilities, losses, by_logits]);
        let Work { wide, other, narrow, scores, stream, partials } = work;
        let kept = head + normal(embedding) + layers.iter().map(layer).sum::<u64>();
        (kept, all(&[wide, other, narrow, scores, stream, partials]))
    }
}
