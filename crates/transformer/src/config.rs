//! What is trained, and in which numbers.

use crate::Error;

/// The dimensions of a classifier of DistilBERT's architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// Blocks of attention and feed-forward.
    pub layers: usize,
    /// Numbers that stand for a token between two layers.
    pub width: usize,
    /// Heads of attention; they share the width evenly.
    pub heads: usize,
    /// Numbers inside a feed-forward block.
    pub feed_forward: usize,
    /// Tokens of the longest text.
    pub sequence: usize,
    /// Different tokens.
    pub vocabulary: usize,
    /// Answers to choose from.
    pub classes: usize,
}

impl Config {
    /// DistilBERT, for texts of 128 tokens and two classes.
    #[must_use]
    pub fn distilbert() -> Self {
        Self { layers: 6, width: 768, heads: 12, feed_forward: 3072, sequence: 128, vocabulary: 30_522, classes: 2 }
    }

    /// Small enough to learn [`Task`](crate::Task) in seconds on one core.
    #[must_use]
    pub fn small() -> Self {
        Self { layers: 2, width: 64, heads: 4, feed_forward: 256, sequence: 32, vocabulary: 64, classes: 2 }
    }

    /// Numbers of one head.
    #[must_use]
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Additions and multiplications of the matrix products of a training step (forward and backward) over so many texts
    /// of full length; a score that is computed again to save memory is not counted again.
    #[must_use]
    pub fn step_flops(&self, batch: usize) -> u64 {
        let (width, tokens) = (self.width as u64, (batch * self.sequence) as u64);
        let linear = 4 * width * width + 2 * width * self.feed_forward as u64;
        let attention = 2 * width * self.sequence as u64;
        let head = width * width + width * self.classes as u64;
        // Two operations for each weight and token, and in each of three products: forward, by inputs, by weights.
        3 * 2 * (tokens * self.layers as u64 * (linear + attention) + batch as u64 * head)
    }

    /// Whether a model can have these dimensions.
    ///
    /// # Errors
    /// What does not fit together.
    pub fn check(&self) -> Result<(), Error> {
        let all = [
            ("layers", self.layers),
            ("width", self.width),
            ("heads", self.heads),
            ("feed_forward", self.feed_forward),
            ("sequence", self.sequence),
            ("vocabulary", self.vocabulary),
            ("classes", self.classes),
        ];
        if let Some((name, _)) = all.iter().find(|(_, value)| *value == 0) {
            return Err(Error::Config(format!("`{name}` is 0")));
        }
        if !self.width.is_multiple_of(self.heads) {
            return Err(Error::Config(format!("{} heads do not share a width of {} evenly", self.heads, self.width)));
        }
        Ok(())
    }
}

/// The numbers of a training run. Weights are updated in f32 in each of them, and softmax, layer norm and loss are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// All in f32.
    F32,
    /// Products of f16, with sums in f32; activations and their gradients are kept in f16.
    F16 {
        /// Whether the loss is multiplied so that small gradients do not become zero, see [`Scaling`](crate::Scaling).
        scaling: bool,
    },
    /// As `F16`, in bf16, whose range is that of f32: nothing needs scaling.
    Bf16,
}

impl Precision {
    /// What multiplies such numbers.
    #[must_use]
    pub fn unit(self) -> kernels::Unit {
        kernels::Products::unit(match self {
            Self::F32 => kernels::Precision::F32,
            Self::F16 { .. } => kernels::Precision::F16,
            Self::Bf16 => kernels::Precision::Bf16,
        })
    }
}
