//! TF-IDF as scikit-learn's `TfidfVectorizer(ngram_range=(1, 2), max_features=…)` computes it.

use std::collections::HashMap;

use crate::kernels::{Sparse, sparse_bytes};

/// The words and pairs of neighbouring words of some texts.
pub struct Terms<'a> {
    /// Each with how often it occurs, the most common first.
    ranked: Vec<(String, u64)>,
    texts: &'a [String],
}

/// A vocabulary of some size.
pub struct Vocabulary<'a> {
    /// Column of each term; columns are in the order of the terms' letters.
    columns: HashMap<&'a str, u32>,
}

impl<'a> Terms<'a> {
    /// Counts the terms.
    #[must_use]
    pub fn of(texts: &'a [String]) -> Self {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for text in texts {
            each_term(text, |term| match counts.get_mut(term) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(term.to_owned(), 1);
                }
            });
        }
        let mut ranked: Vec<_> = counts.into_iter().collect();
        ranked.sort_unstable_by(|(a, more), (b, fewer)| fewer.cmp(more).then_with(|| a.cmp(b)));
        Self { ranked, texts }
    }

    /// Number of different terms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranked.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranked.is_empty()
    }

    /// At most the `size` most common terms. Terms that are as common as one that finds no place find none either, so that
    /// the choice does not depend on how equals are ordered.
    #[must_use]
    pub fn vocabulary(&self, size: usize) -> Vocabulary<'_> {
        let kept = match self.ranked.get(size) {
            Some((_, next)) => self.ranked.partition_point(|(_, count)| count > next),
            None => self.ranked.len(),
        };
        let mut names: Vec<&str> = self.ranked[..kept].iter().map(|(term, _)| term.as_str()).collect();
        names.sort_unstable();
        Vocabulary { columns: names.into_iter().zip(0..).collect() }
    }

    /// The TF-IDF matrix for a vocabulary: a row for each text, each of length 1.
    ///
    /// # Errors
    /// If there are more entries than 32 bits can count.
    pub fn matrix(&self, vocabulary: &Vocabulary<'_>) -> anyhow::Result<Sparse> {
        let mut starts: Vec<u32> = vec![0];
        let (mut indices, mut values): (Vec<u32>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut in_texts = vec![0_u32; vocabulary.len()];
        let mut found: Vec<u32> = Vec::new();
        for text in self.texts {
            found.clear();
            each_term(text, |term| found.extend(vocabulary.columns.get(term)));
            found.sort_unstable();
            for same in found.chunk_by(|a, b| a == b) {
                indices.push(same[0]);
                values.push(same.len() as f64);
                in_texts[same[0] as usize] += 1;
            }
            starts.push(u32::try_from(values.len())?);
        }
        let texts = self.texts.len() as f64;
        let rarity: Vec<f64> = in_texts.iter().map(|n| ((1.0 + texts) / (1.0 + f64::from(*n))).ln() + 1.0).collect();
        for row in starts.windows(2) {
            let row = row[0] as usize..row[1] as usize;
            let (columns, values) = (&indices[row.clone()], &mut values[row]);
            values.iter_mut().zip(columns).for_each(|(value, column)| *value *= rarity[*column as usize]);
            let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
            values.iter_mut().for_each(|value| *value /= length);
        }
        indices.shrink_to_fit();
        values.shrink_to_fit();
        Sparse::try_new((self.texts.len(), vocabulary.len()), starts, indices, values)
            .map_err(|(.., why)| anyhow::anyhow!("the TF-IDF matrix is not well formed: {why}"))
    }

    /// What the matrix for a vocabulary would look like, without making it.
    #[must_use]
    pub fn shape(&self, vocabulary: &Vocabulary<'_>) -> Shape {
        let mut nonzeros = 0;
        let mut found: Vec<u32> = Vec::new();
        for text in self.texts {
            found.clear();
            each_term(text, |term| found.extend(vocabulary.columns.get(term)));
            found.sort_unstable();
            found.dedup();
            nonzeros += found.len();
        }
        Shape { rows: self.texts.len(), columns: vocabulary.len(), nonzeros }
    }
}

impl Vocabulary<'_> {
    /// Number of terms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether it has no term.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// The shape of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Texts.
    pub rows: usize,
    /// Terms.
    pub columns: usize,
    /// Entries that are not zero.
    pub nonzeros: usize,
}

impl Shape {
    /// Share of the entries that are not zero.
    #[must_use]
    pub fn density(&self) -> f64 {
        self.nonzeros as f64 / (self.rows * self.columns).max(1) as f64
    }

    /// Bytes as a dense matrix of doubles.
    #[must_use]
    pub fn dense_bytes(&self) -> u64 {
        8 * self.rows as u64 * self.columns as u64
    }

    /// Bytes as CSR.
    #[must_use]
    pub fn sparse_bytes(&self) -> u64 {
        sparse_bytes(self.rows, self.nonzeros) as u64
    }
}

/// Calls `visit` with each word and each pair of neighbouring words; a cleaned text has one space between words, so a pair
/// is a piece of it.
fn each_term<'a>(text: &'a str, mut visit: impl FnMut(&'a str)) {
    let mut before: Option<usize> = None;
    let mut start = 0;
    for word in text.split(' ') {
        let end = start + word.len();
        visit(word);
        if let Some(before) = before {
            visit(&text[before..end]);
        }
        before = Some(start);
        start = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn terms_are_words_and_pairs() {
        let mut seen = Vec::new();
        each_term("the été ran", |term| seen.push(term));
        assert_eq!(seen, ["the", "été", "the été", "ran", "été ran"]);
    }

    #[test]
    fn a_vocabulary_keeps_the_most_common_terms_and_breaks_no_tie() {
        let texts = texts(&["aa bb aa", "bb cc", "cc aa dd"]);
        let terms = Terms::of(&texts);
        assert_eq!(terms.len(), 4 + 5);
        // aa 3, bb 2, cc 2, and six terms that occur once.
        for (size, expected) in [(0, 0), (1, 1), (2, 1), (3, 3), (4, 3), (8, 3), (9, 9), (100, 9)] {
            assert_eq!(terms.vocabulary(size).len(), expected, "{size}");
        }
    }

    #[test]
    fn the_matrix_is_that_of_scikit_learn() {
        // TfidfVectorizer(max_features=3, ngram_range=(1, 2)).fit_transform(...).toarray()
        let texts = texts(&["aa bb aa", "bb cc", "cc aa dd", "ee"]);
        let terms = Terms::of(&texts);
        let vocabulary = terms.vocabulary(3);
        let matrix = terms.matrix(&vocabulary).unwrap();
        // Every term is in two of four texts, so all are equally rare.
        let expected = [
            [2.0 / 5.0_f64.sqrt(), 1.0 / 5.0_f64.sqrt(), 0.0],
            [0.0, 0.5_f64.sqrt(), 0.5_f64.sqrt()],
            [0.5_f64.sqrt(), 0.0, 0.5_f64.sqrt()],
            [0.0; 3],
        ];
        for (row, values) in expected.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                let found = matrix.get(row, column).copied().unwrap_or(0.0);
                assert!((found - value).abs() < 1e-15, "{row} {column}: {found}");
            }
        }
        let shape = terms.shape(&vocabulary);
        assert_eq!(shape, Shape { rows: 4, columns: 3, nonzeros: 6 });
        assert_eq!((shape.dense_bytes(), shape.sparse_bytes(), shape.density()), (96, 92, 0.5));
    }
}
