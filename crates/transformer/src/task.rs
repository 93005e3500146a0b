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

/// Early or late?
///
/// The first token of a text asks about one of [`Task::KINDS`] kinds of markers. Each kind stands equally often in every text, mostly
/// in its first half or mostly in its second, among tokens that mean nothing; the class says which half it is for the kind
/// asked about. How often each token occurs is independent of the class, so that a bag of tokens does no better than
/// chance: it takes the question, the markers that it is about, and their places.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    sequence: usize,
    vocabulary: u32,
    seed: u64,
    /// Markers of each kind: an odd number, so that there is a majority.
    copies: usize,
}

impl Task {
    /// Kinds of markers.
    pub const KINDS: usize = 3;
    /// Tokens that ask or are asked for; all others mean nothing.
    const MEANING: u32 = 2 * Self::KINDS as u32;

    /// The task for texts as long as the model reads. The seed draws the texts.
    ///
    /// # Errors
    /// If the model reads texts too short, or knows too few tokens or classes.
    pub fn new(config: &Config, seed: u64) -> Result<Self, Error> {
        config.check()?;
        // Either half may have to hold all markers.
        let copies = ((config.sequence - 1) / 2 / Self::KINDS).saturating_sub(1) / 2 * 2 + 1;
        let shortest = 1 + 2 * Self::KINDS;
        let fewest = Self::MEANING as usize + 1;
        if config.sequence < shortest || config.vocabulary < fewest || config.classes < 2 {
            return Err(Error::Config(format!(
                "the task needs texts of {shortest} tokens, {fewest} different tokens and 2 classes; the model has {}, {} and {}",
                config.sequence, config.vocabulary, config.classes
            )));
        }
        Ok(Self { sequence: config.sequence, vocabulary: config.vocabulary as u32, seed, copies })
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
        let seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ stream << 63);
        let mut tokens = vec![0; size * self.sequence];
        let mut free = Vec::with_capacity(self.sequence);
        let labels =
            tokens.chunks_exact_mut(self.sequence).map(|text| self.text(&mut random, text, &mut free)).collect();
        Batch { tokens, labels }
    }

    /// Writes a text; returns its class. `free` is room for the places that hold no marker yet.
    fn text(&self, random: &mut Xoshiro256PlusPlus, text: &mut [u32], free: &mut Vec<usize>) -> u32 {
        /// Chance that a marker stands in its kind's half, out of eight.
        const LOYAL: u32 = 7;
        let asked = random.random_range(0..Self::KINDS);
        text[0] = (Self::KINDS + asked) as u32;
        text[1..].iter_mut().for_each(|token| *token = random.random_range(Self::MEANING..self.vocabulary));
        free.clear();
        free.extend(1..text.len());
        let middle = text.len().div_ceil(2);
        let mut class = 0;
        for kind in 0..Self::KINDS {
            let late = random.random::<bool>();
            let mut markers_late = 0;
            for _ in 0..self.copies {
                let late = late == (random.random_range(0..8) < LOYAL);
                markers_late += usize::from(late);
                // The places before `split` are the first half's.
                let split = free.partition_point(|place| *place < middle);
                let at = if late { random.random_range(split..free.len()) } else { random.random_range(0..split) };
                text[free.remove(at)] = kind as u32;
            }
            if kind == asked {
                class = u32::from(2 * markers_late > self.copies);
            }
        }
        class
    }
}
