//! The buffers of a step: what the forward pass keeps for the backward pass, and what is overwritten all the time.
//!
//! They are made once for the largest batch, and a step allocates nothing. As under autocast, the stream from norm to norm
//! is f32, and what goes into a product, or comes out of one, is in the lower precision.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kernels::Products;

use crate::element::Element;
use crate::memory::{Ledger, bytes};
use crate::{Config, Error};

/// Tokens of one task. Sums over tokens are taken within such a task first, so that they do not depend on the number of threads.
pub(crate) const TOKENS: usize = 32;

/// Texts of a batch and their tokens, as they are now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) batch: usize,
    pub(crate) sequence: usize,
}

impl Shape {
    pub(crate) fn tokens(self) -> usize {
        self.batch * self.sequence
    }
}

/// A norm's result before its weight and bias: all that its own backward pass and the stream need.
#[derive(Debug)]
pub(crate) struct Normal {
    /// For each token, numbers of mean 0 and deviation 1.
    pub(crate) rows: Vec<f32>,
    /// For each token, one over the deviation before.
    pub(crate) inverse: Vec<f32>,
}

/// What a layer keeps.
#[derive(Debug)]
pub(crate) struct LayerRoom<A> {
    pub(crate) qkv: Vec<A>,
    /// For each text, head and token, the logarithm of the sum that its scores were divided by.
    pub(crate) log_sums: Vec<f32>,
    pub(crate) context: Vec<A>,
    pub(crate) attention: Normal,
    /// The first norm's output: input of the feed-forward block.
    pub(crate) middle: Vec<A>,
    /// Before GELU.
    pub(crate) risen: Vec<A>,
    /// After it.
    pub(crate) bent: Vec<A>,
    pub(crate) feed_forward: Normal,
    /// The second norm's output: input of the next layer, or of the head.
    pub(crate) output: Vec<A>,
}

/// What the head keeps: small.
#[derive(Debug)]
pub(crate) struct HeadRoom<A> {
    pub(crate) first: Vec<A>,
    pub(crate) risen: Vec<A>,
    pub(crate) bent: Vec<A>,
    /// Logits, then probabilities.
    pub(crate) logits: Vec<f32>,
    pub(crate) by_logits: Vec<A>,
}

/// What a step keeps from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct Activations<A> {
    pub(crate) embedding: Normal,
    /// Input of the first layer.
    pub(crate) input: Vec<A>,
    pub(crate) layers: Vec<LayerRoom<A>>,
    pub(crate) head: HeadRoom<A>,
}

/// What is overwritten all the time.
#[derive(Debug)]
pub(crate) struct Work<A> {
    /// What a product adds up in.
    pub(crate) sums: Vec<f32>,
    /// The gradient by the stream.
    pub(crate) stream: Vec<f32>,
    /// A gradient that goes into products.
    pub(crate) low: Vec<A>,
    /// The gradient by the context of the heads.
    pub(crate) context: Vec<A>,
    /// A bias in f32.
    pub(crate) bias: Vec<f32>,
    /// Sums over the tokens of each task.
    pub(crate) partial: Vec<f32>,
}

/// A thread's room for one head of one text.
#[derive(Debug)]
pub(crate) struct HeadWork<A> {
    pub(crate) products: Products,
    pub(crate) scores: Vec<f32>,
    pub(crate) gradient: Vec<f32>,
    pub(crate) low: Vec<A>,
    pub(crate) low_gradient: Vec<A>,
}

/// Gradient values that were rounded to the lower precision.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Other than zero before.
    pub(crate) values: AtomicU64,
    /// Zero after.
    pub(crate) lost: AtomicU64,
}

impl Tally {
    pub(crate) fn clear(&self) {
        self.values.store(0, Ordering::Relaxed);
        self.lost.store(0, Ordering::Relaxed);
    }
}

/// All buffers that depend on the batch.
#[derive(Debug)]
pub(crate) struct Room<A> {
    pub(crate) keep: Activations<A>,
    pub(crate) work: Work<A>,
    pub(crate) heads: Vec<Mutex<HeadWork<A>>>,
    /// Texts that fit.
    pub(crate) batch: usize,
}

impl<A: Element> Room<A> {
    /// Room for a batch of texts of full length.
    ///
    /// # Errors
    /// If the ledger or the system refuses it.
    pub(crate) fn new(config: &Config, batch: usize, threads: usize, ledger: &mut Ledger) -> Result<Self, Error> {
        let &Config { layers, width, heads, feed_forward, sequence, classes, .. } = config;
        let tokens = batch * sequence;
        let widest = feed_forward.max(3 * width);
        let keep = Activations {
            embedding: normal(tokens, width, ledger)?,
            input: ledger.take(tokens * width)?,
            layers: (0..layers)
                .map(|_| {
                    Ok(LayerRoom {
                        qkv: ledger.take(tokens * 3 * width)?,
                        log_sums: ledger.take(tokens * heads)?,
                        context: ledger.take(tokens * width)?,
                        attention: normal(tokens, width, ledger)?,
                        middle: ledger.take(tokens * width)?,
                        risen: ledger.take(tokens * feed_forward)?,
                        bent: ledger.take(tokens * feed_forward)?,
                        feed_forward: normal(tokens, width, ledger)?,
                        output: ledger.take(tokens * width)?,
                    })
                })
                .collect::<Result<_, Error>>()?,
            head: HeadRoom {
                first: ledger.take(batch * width)?,
                risen: ledger.take(batch * width)?,
                bent: ledger.take(batch * width)?,
                logits: ledger.take(batch * classes)?,
                by_logits: ledger.take(batch * classes)?,
            },
        };
        let work = Work {
            sums: ledger.take((tokens * widest).max(batch * classes))?,
            stream: ledger.take(tokens * width)?,
            low: ledger.take(tokens * widest)?,
            context: ledger.take(tokens * width)?,
            bias: ledger.take(widest.max(classes))?,
            partial: ledger.take(tokens.div_ceil(TOKENS) * widest.max(classes))?,
        };
        let heads = (0..threads)
            .map(|_| {
                Ok(Mutex::new(HeadWork {
                    products: Products::new(1)?,
                    scores: ledger.take(sequence * sequence)?,
                    gradient: ledger.take(sequence * sequence)?,
                    low: ledger.take(sequence * sequence)?,
                    low_gradient: ledger.take(sequence * sequence)?,
                }))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { keep, work, heads, batch })
    }

    /// Bytes of what the forward pass keeps, and of what is overwritten.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let Activations { embedding, input, layers, head } = &self.keep;
        let mut kept = embedding.bytes() + bytes(input);
        for layer in layers {
            let LayerRoom { qkv, log_sums, context, attention, middle, risen, bent, feed_forward, output } = layer;
            let low: u64 = [qkv, context, middle, risen, bent, output].map(bytes).iter().sum();
            kept += low + bytes(log_sums) + attention.bytes() + feed_forward.bytes();
        }
        let HeadRoom { first, risen, bent, logits, by_logits } = head;
        kept += [first, risen, bent, by_logits].map(bytes).iter().sum::<u64>() + bytes(logits);
        let Work { sums, stream, low, context, bias, partial } = &self.work;
        let mut work = [sums, stream, bias, partial].map(bytes).iter().sum::<u64>() + bytes(low) + bytes(context);
        for head in &self.heads {
            let head = head.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            work += bytes(&head.scores) + bytes(&head.gradient) + bytes(&head.low) + bytes(&head.low_gradient);
        }
        (kept, work)
    }
}

impl Normal {
    fn bytes(&self) -> u64 {
        bytes(&self.rows) + bytes(&self.inverse)
    }
}

fn normal(tokens: usize, width: usize, ledger: &mut Ledger) -> Result<Normal, Error> {
    Ok(Normal { rows: ledger.take(tokens * width)?, inverse: ledger.take(tokens)? })
}
