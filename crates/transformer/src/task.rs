//! Texts, and a task that a small model learns in a few hundred steps.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::{Config, Error};

/// Texts of one length with their classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    tokens: Vec<u32>,
    labels: Vec<u32>,
}

impl Batch {
    /// Texts behind each other, `tokens.len() / labels.len()` tokens each, and the class of each.
    ///
    /// # Errors
    /// If there is no text, or the tokens cannot be shared evenly.
    pub fn new(tokens: Vec<u32>, labels: Vec<u32>) -> Result<Self, Error> {
        if labels.is_empty() || tokens.is_empty() || !tokens.len().is_multiple_of(labels.len()) {
            return Err(Error::Batch(format!("{} tokens for {} texts", tokens.len(), labels.len())));
        }
        Ok(Self { tokens, labels })
    }

    /// Number of texts.
    #[must_use]
    pub fn size(&self) -> usize {
        self.labels.len()
    }

    /// Tokens of each text.
    #[must_use]
    pub fn sequence(&self) -> usize {
        self.tokens.len() / self.labels.len()
    }

    /// The tokens of all texts.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The class of each text.
    #[must_use]
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Texts whose class is the most probable: `probabilities` has those of all classes for each text. NaN is no answer.
    #[must_use]
    pub fn right(&self, probabilities: &[f32]) -> usize {
        let rows = probabilities.chunks_exact(probabilities.len() / self.labels.len());
        let right = |(row, label): &(&[f32], &u32)| {
            let label = **label as usize;
            let mut others = row.iter().enumerate().filter(|(class, _)| *class != label);
            !row[label].is_nan() && others.all(|(_, other)| row[label] > *other)
        };
        rows.zip(&self.labels).filter(right).count()
    }

    /// Whether a model of these dimensions can read it.
    ///
    /// # Errors
    /// What it cannot read.
    pub fn check(&self, config: &Config) -> Result<(), Error> {
        let problem = |text: String| Err(Error::Batch(text));
        if self.sequence() > config.sequence {
            return problem(format!("texts of {} tokens, and places for {}", self.sequence(), config.sequence));
        }
        if let Some(token) = self.tokens.iter().find(|token| **token as usize >= config.vocabulary) {
            return problem(format!("token {token}, and a vocabulary of {}", config.vocabulary));
        }
        if let Some(label) = self.labels.iter().find(|label| **label as usize >= config.classes) {
            return problem(format!("class {label} of {}", config.classes));
        }
        Ok(())
    }
}

/// Which of two came first?
///
/// The first token of a text asks about one of [`Task::PAIRS`] pairs. Both tokens of every pair stand somewhere in the text, among
/// tokens that mean nothing; the class says which of the two asked for stands before the other. What occurs in a text is
/// independent of its class, so that a bag of tokens does no better than chance: it takes the question, the two tokens that it
/// is about, and their places.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    sequence: usize,
    vocabulary: u32,
    seed: u64,
}

impl Task {
    /// Pairs that may be asked for.
    pub const PAIRS: usize = 2;
    /// Tokens that ask or are asked for; all others mean nothing.
    const MEANING: u32 = 3 * Self::PAIRS as u32;

    /// The task for texts as long as the model reads. The seed draws the texts.
    ///
    /// # Errors
    /// If the model reads texts too short, or knows too few tokens or classes.
    pub fn new(config: &Config, seed: u64) -> Result<Self, Error> {
        config.check()?;
        let shortest = 1 + 2 * Self::PAIRS;
        let fewest = Self::MEANING as usize + 1;
        if config.sequence < shortest || config.vocabulary < fewest || config.classes < 2 {
            return Err(Error::Config(format!(
                "the task needs texts of {shortest} tokens, {fewest} different tokens and 2 classes; the model has {}, {} and {}",
                config.sequence, config.vocabulary, config.classes
            )));
        }
        Ok(Self { sequence: config.sequence, vocabulary: config.vocabulary as u32, seed })
    }

    /// The batch of a step, the same whenever it is asked for; no two steps share texts but by chance.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn batch(&self, step: u64, size: usize) -> Batch {
        self.draw(0, step, size)
    }

    /// Batches that no step learns from, for the accuracy.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn held_out(&self, batches: u64, size: usize) -> Vec<Batch> {
        (0..batches).map(|number| self.draw(1, number, size)).collect()
    }

    fn draw(&self, stream: u64, number: u64, size: usize) -> Batch {
        assert!(size > 0, "a batch has at least one text");
        let mut seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03);
        seed ^= stream << 63;
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut tokens = Vec::with_capacity(size * self.sequence);
        let mut labels = Vec::with_capacity(size);
        for _ in 0..size {
            labels.push(self.text(&mut random, &mut tokens));
        }
        Batch { tokens, labels }
    }

    /// Appends a text; returns its class.
    fn text(&self, random: &mut Xoshiro256PlusPlus, tokens: &mut Vec<u32>) -> u32 {
        let start = tokens.len();
        let pairs = Self::PAIRS as u32;
        let asked = random.random_range(0..pairs);
        tokens.push(2 * pairs + asked);
        tokens.extend(0..2 * pairs);
        let noise = self.sequence - 1 - 2 * Self::PAIRS;
        tokens.extend((0..noise).map(|_| random.random_range(Self::MEANING..self.vocabulary)));
        let text = &mut tokens[start + 1..];
        // Fisher and Yates.
        for last in (1..text.len()).rev() {
            text.swap(last, random.random_range(0..=last));
        }
        let place = |wanted: u32| text.iter().position(|token| *token == wanted);
        u32::from(place(2 * asked) > place(2 * asked + 1))
    }
}
