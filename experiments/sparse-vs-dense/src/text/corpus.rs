//! Texts and targets: what the models learn from, in two files that the Python lane reads too.

use std::fs;
use std::path::Path;

use anyhow::Context;
use measure::scratch;
use polars::prelude::*;

use crate::formula::mix;

/// The files' names.
const TEXTS: &str = "texts.txt";
const TARGET: &str = "target.bin";
/// Most words of a text that are used.
const MOST_WORDS: usize = 512;
/// Fewest texts of which a model can be expected to learn something.
const FEWEST_TEXTS: usize = 200;
/// Noise of a made target, against words whose weights have a spread of 1.
const NOISE: f64 = 0.4;

/// Cleaned texts, and what is to be learned of each.
struct Corpus {
    /// Words in lower case, of two letters or more, with one space between.
    texts: Vec<String>,
    /// Whether each belongs to the class that is to be found.
    target: Vec<bool>,
}

/// Where a corpus comes from.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// The column of texts.
    pub text: &'a str,
    /// The column to predict; absent if the target is made from the words.
    pub label: Option<&'a str>,
    /// Rows of the table, as far as they are known to hold a text.
    pub rows: u64,
    /// Most texts to use; they are taken evenly from the whole table.
    pub most: u64,
}

/// Makes the files of the folder from the table, if they are not there yet.
///
/// # Errors
/// `Ok(Err)` is a sentence that says why the table cannot serve; `Err` if a file cannot be read or written.
pub(crate) fn make(folder: &Path, table: &Path, columns: Columns<'_>, seed: u64) -> anyhow::Result<Result<(), String>> {
    let target = folder.join(TARGET);
    if target.exists() {
        return Ok(Ok(()));
    }
    let corpus = Corpus::from_table(table, columns, seed)?;
    if let Err(why) = corpus.check() {
        return Ok(Err(why));
    }
    let mut lines = corpus.texts.join("\n");
    lines.push('\n');
    scratch::write(&folder.join(TEXTS), lines.as_bytes())?;
    // The target is written last: where it is, all is there.
    scratch::write(&target, &corpus.target.iter().map(|is| u8::from(*is)).collect::<Vec<_>>())?;
    Ok(Ok(()))
}

/// The texts of the folder.
///
/// # Errors
/// If they cannot be read.
pub(crate) fn texts(folder: &Path) -> anyhow::Result<Vec<String>> {
    let path = folder.join(TEXTS);
    let lines = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(lines.lines().map(str::to_owned).collect())
}

/// Whether each of the folder's texts belongs to the class that is to be found.
///
/// # Errors
/// If they cannot be read.
pub(crate) fn target(folder: &Path) -> anyhow::Result<Vec<bool>> {
    let path = folder.join(TARGET);
    let target = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(target.iter().map(|byte| *byte == 1).collect())
}

impl Corpus {
    fn from_table(table: &Path, columns: Columns<'_>, seed: u64) -> anyhow::Result<Self> {
        let named = |name: &str| Expr::Column(name.into());
        let mut wanted = vec![named(columns.text).cast(DataType::String).alias("text")];
        let mut there = col("text").is_not_null();
        if let Some(label) = columns.label {
            wanted.push(named(label).cast(DataType::String).alias("label"));
            there = there.and(col("label").is_not_null());
        }
        let step = columns.rows.div_ceil(columns.most.max(1)).max(1);
        let frame = dataset::format::read_table(table)?
            .select(wanted)
            .filter(there)
            .with_row_index("row", None)
            .filter((col("row") % lit(step)).eq(lit(0)))
            .limit(IdxSize::try_from(columns.most)?)
            .collect()?;

        let texts = frame.column("text")?.str()?;
        let labels = match columns.label {
            Some(_) => Some(frame.column("label")?.str()?.iter().map(Option::unwrap_or_default).collect::<Vec<_>>()),
            None => None,
        };
        let wanted = labels.as_deref().and_then(most_common);
        let mut corpus = Self { texts: Vec::new(), target: Vec::new() };
        for (row, text) in texts.iter().enumerate() {
            let text = cleaned(text.unwrap_or_default());
            if text.is_empty() {
                continue;
            }
            let target = match (&labels, wanted) {
                (Some(labels), Some(wanted)) => labels[row] == wanted,
                _ => made_target(&text, seed, row as u64),
            };
            corpus.texts.push(text);
            corpus.target.push(target);
        }
        Ok(corpus)
    }

    fn check(&self) -> Result<(), String> {
        let found = self.target.iter().filter(|is| **is).count();
        let rarer = found.min(self.target.len() - found);
        if self.texts.len() < FEWEST_TEXTS {
            Err(format!(
                "Only {} rows have a text of words, and a model needs {FEWEST_TEXTS} to learn from.",
                self.texts.len()
            ))
        } else if rarer * 100 < self.texts.len() {
            Err("Of the rows with a text, less than one in a hundred differs in the label: there is nothing to learn."
                .to_owned())
        } else {
            Ok(())
        }
    }
}

/// The label that most rows have; of equally common ones the smallest.
fn most_common<'a>(labels: &[&'a str]) -> Option<&'a str> {
    let mut counts = std::collections::BTreeMap::new();
    labels.iter().for_each(|label| *counts.entry(*label).or_insert(0_usize) += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(label, _)| label)
}

/// The words of a text, as scikit-learn finds them: letters, digits and underscores, two or more, in lower case.
fn cleaned(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| word.chars().nth(1).is_some());
    let mut cleaned = String::new();
    for word in words.take(MOST_WORDS) {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
    }
    cleaned
}

/// A target that a model can learn: each word has a weight drawn for it, and the sum with some noise decides.
fn made_target(text: &str, seed: u64, row: u64) -> bool {
    let mut sum = 0.0;
    let mut words = 0.0_f64;
    for word in text.split(' ') {
        let hash = word.bytes().fold(seed, |hash, byte| mix(hash ^ u64::from(byte)));
        sum += drawn(hash);
        words += 1.0;
    }
    sum / words.sqrt() + NOISE * drawn(mix(seed ^ mix(row))) > 0.0
}

/// About normal, mean 0 and spread 1: a sum of twelve uniform numbers.
fn drawn(hash: u64) -> f64 {
    let uniform = |i: u64| (mix(hash.wrapping_add(i)) >> 11) as f64 / (1_u64 << 53) as f64;
    (0..12).map(uniform).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cleaned_as_scikit_learn_does() {
        let table = [
            ("The cat, a CAT!", "the cat cat"),
            ("x y z", ""),
            ("don't stop_it 24/7 été", "don stop_it 24 été"),
            ("line\none\ttwo", "line one two"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(cleaned(text), expected, "{text:?}");
        }
        assert_eq!(cleaned(&"word ".repeat(1000)).split(' ').count(), MOST_WORDS);
    }

    #[test]
    fn made_targets_follow_the_words_and_are_balanced() {
        let texts: Vec<String> = (0..2000_u64).map(|i| format!("w{} w{} w{}", i % 37, i % 53, i % 71)).collect();
        let targets: Vec<bool> = texts.iter().enumerate().map(|(row, text)| made_target(text, 1, row as u64)).collect();
        let found = targets.iter().filter(|is| **is).count();
        assert!((400..1600).contains(&found), "{found}");
        let again =
            texts.iter().enumerate().filter(|(row, text)| made_target(text, 1, *row as u64 + 9999) != targets[*row]);
        assert!(again.count() < 500, "noise decides too often");
    }

    #[test]
    fn the_most_common_label_is_the_class_to_find() {
        assert_eq!(most_common(&["b", "a", "b", "c"]), Some("b"));
        assert_eq!(most_common(&["b", "a"]), Some("a"));
        assert_eq!(most_common(&[]), None);
    }
}
