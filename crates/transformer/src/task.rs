//! Texts, and a task that a small model learns most of in a few hundred steps.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::layout::normal;
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

/// What is drawn from a seed, each independent of the others and of the weights of the start.
#[derive(Clone, Copy)]
enum Stream {
    Steps,
    HeldOut,
    Words,
}

fn random(seed: u64, stream: Stream, number: u64) -> Xoshiro256PlusPlus {
    let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03);
    Xoshiro256PlusPlus::seed_from_u64(seed ^ (stream as u64) << 62)
}

/// What do the words speak for?
///
/// Every text begins with the same token, on which the classifier gives its answer; the others are words. Each word speaks for some classes and
/// against others, more or less: normal numbers, drawn from the seed. The class of a text is the one that its words speak for most, all
/// of them together. Where the vocabulary has more than [`Task::WORDS`] words, the others say nothing, and stand for about half of a text.
///
/// So it is learnt word by word and never to the end: of a text whose words nearly balance, the class is found by a model only that knows
/// exactly what each of them says. What a few hundred steps leave is neither chance nor perfection, and falls gradually with what is lost.
#[derive(Clone, Debug)]
pub struct Task {
    sequence: usize,
    vocabulary: u32,
    classes: usize,
    seed: u64,
    /// For each word that says something, what it says for each class.
    says: Vec<f32>,
}

impl Task {
    /// The token that every text begins with.
    pub const BEGINNING: u32 = 0;
    /// The most words that say something: the tokens behind that one.
    pub const WORDS: usize = 512;

    /// The task for texts as long as the model reads, with all of its classes. The seed draws what words say, and the texts.
    ///
    /// # Errors
    /// If the model reads texts too short, or knows too few tokens or classes.
    pub fn new(config: &Config, seed: u64) -> Result<Self, Error> {
        config.check()?;
        let Config { sequence, vocabulary, classes, .. } = *config;
        if sequence < 2 || vocabulary < 3 || classes < 2 {
            return Err(Error::Config(format!(
                "the task needs texts of 2 tokens, 3 different tokens and 2 classes; the model has {sequence}, {vocabulary} and {classes}",
            )));
        }
        let words = (vocabulary - 1).min(Self::WORDS);
        let mut random = random(seed, Stream::Words, 0);
        let mut says: Vec<f32> = (0..words * classes).map(|_| normal(&mut random) as f32).collect();
        // No class may be right more often than the others: all words together say nothing.
        for class in 0..classes {
            let mean = says[class..].iter().step_by(classes).sum::<f32>() / words as f32;
            says[class..].iter_mut().step_by(classes).for_each(|says| *says -= mean);
        }
        Ok(Self { sequence, vocabulary: vocabulary as u32, classes, seed, says })
    }

    /// The batch of a step, the same whenever it is asked for; no two steps share texts but by chance.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn batch(&self, step: u64, size: usize) -> Batch {
        self.draw(Stream::Steps, step, size)
    }

    /// Batches that no step learns from, for the accuracy.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn held_out(&self, batches: u64, size: usize) -> Vec<Batch> {
        (0..batches).map(|number| self.draw(Stream::HeldOut, number, size)).collect()
    }

    /// The class of a text; of one whose words say nothing, the first.
    fn class(&self, text: &[u32]) -> u32 {
        let mut sums = vec![0.0; self.classes];
        for word in &text[1..] {
            if let Some(says) = self.says.chunks_exact(self.classes).nth(*word as usize - 1) {
                sums.iter_mut().zip(says).for_each(|(sum, says)| *sum += says);
            }
        }
        let most = (1..self.classes).fold(0, |most, class| if sums[class] > sums[most] { class } else { most });
        most as u32
    }

    fn draw(&self, stream: Stream, number: u64, size: usize) -> Batch {
        assert!(size > 0, "a batch has at least one text");
        let mut random = random(self.seed, stream, number);
        let mut tokens = vec![0; size * self.sequence];
        let labels = tokens.chunks_exact_mut(self.sequence).map(|text| self.text(&mut random, text)).collect();
        Batch { tokens, labels }
    }

    /// Writes a text; returns its class.
    fn text(&self, random: &mut Xoshiro256PlusPlus, text: &mut [u32]) -> u32 {
        let silent = 1 + (self.says.len() / self.classes) as u32;
        text[0] = Self::BEGINNING;
        for (at, word) in text[1..].iter_mut().enumerate() {
            // The first word says something, so that every text has a class.
            let says = at == 0 || silent == self.vocabulary || random.random::<bool>();
            *word = random.random_range(if says { 1..silent } else { silent..self.vocabulary });
        }
        self.class(text)
    }
}

#[cfg(test)]
mod tests {
    use rand::seq::SliceRandom;

    use super::*;

    #[test]
    fn neither_the_order_of_words_nor_silent_ones_change_the_class() {
        let config = Config { sequence: 12, vocabulary: 700, classes: 3, ..Config::small() };
        let task = Task::new(&config, 4).expect("a task");
        let batch = task.batch(0, 300);
        let silent = 1 + Task::WORDS as u32;
        let mut random = random(1, Stream::Steps, 1);
        for (text, class) in batch.tokens().chunks(12).zip(batch.labels()) {
            let mut other = text.to_vec();
            other[1..].iter_mut().filter(|word| **word >= silent).for_each(|word| *word = silent + *word % 7);
            other[1..].shuffle(&mut random);
            assert_eq!(task.class(&other), *class, "{text:?}");
        }
    }

    #[test]
    fn what_words_say_has_nothing_to_do_with_the_weights_of_the_start() {
        let config = Config { vocabulary: 1 + Task::WORDS, ..Config::small() };
        let (task, weights) = (Task::new(&config, 9).expect("a task"), crate::initial_weights(&config, 9));
        let along: f64 = task.says.iter().zip(&weights).map(|(a, b)| f64::from(*a) * f64::from(*b) / 0.02).sum();
        let count = task.says.len() as f64;
        assert!(along.abs() < 4.0 * count.sqrt(), "{along} of {count}");
    }
}
