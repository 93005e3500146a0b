//! Texts as sparse vectors: TF-IDF over words and pairs of neighbouring words.

use std::collections::{HashMap, HashSet};

/// Most words and pairs of the vocabulary.
const VOCABULARY: usize = 3072;

/// Texts in which a word must occur: one that occurs once connects nothing.
const FEWEST_TEXTS: u32 = 2;

/// Sparse rows of length 1.
#[derive(Debug)]
pub(super) struct Sparse {
    /// Number of columns.
    pub(super) columns: usize,
    /// For each row, the columns that are not zero, rising, and their values.
    pub(super) rows: Vec<Vec<(u32, f32)>>,
}

/// The terms of a text: its words in lower case, and its pairs of neighbours.
fn terms(text: &str) -> Vec<String> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let pairs: Vec<String> = words.windows(2).map(|pair| pair.join(" ")).collect();
    [words, pairs].concat()
}

/// The TF-IDF of texts: of each term the logarithm of how often it occurs, weighted by how few texts have it. Texts without any
/// term of the vocabulary are left out.
pub(super) fn tf_idf<'a>(texts: impl Iterator<Item = &'a str>) -> Sparse {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut found_in: Vec<u32> = Vec::new();
    let mut counted: Vec<Vec<(u32, u32)>> = Vec::new();
    for text in texts {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for term in terms(text) {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(term).or_insert(next);
            *counts.entry(number).or_default() += 1;
        }
        for &number in counts.keys() {
            let number = number as usize;
            if number >= found_in.len() {
                found_in.resize(number + 1, 0);
            }
            found_in[number] += 1;
        }
        counted.push(counts.into_iter().collect());
    }

    let mut kept: Vec<u32> = (0..).take(found_in.len()).filter(|&n| found_in[n as usize] >= FEWEST_TEXTS).collect();
    kept.sort_by_key(|&n| (std::cmp::Reverse(found_in[n as usize]), n));
    kept.truncate(VOCABULARY);
    let columns: HashMap<u32, u32> = kept.iter().copied().zip(0..).collect();

    let texts = counted.len() as f32;
    let weigh = |(number, count): (u32, u32)| {
        let column = *columns.get(&number)?;
        let rarity = ((1.0 + texts) / (1.0 + found_in[number as usize] as f32)).ln() + 1.0;
        Some((column, (1.0 + (count as f32).ln()) * rarity))
    };
    let rows = counted
        .into_iter()
        .filter_map(|counts| {
            let mut row: Vec<(u32, f32)> = counts.into_iter().filter_map(weigh).collect();
            row.sort_unstable_by_key(|&(column, _)| column);
            let length = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            row.iter_mut().for_each(|(_, value)| *value /= length);
            (!row.is_empty()).then_some(row)
        })
        .collect();
    Sparse { columns: kept.len(), rows }
}

/// The first `most` different texts.
pub(super) fn distinct<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(*text)).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_terms_weigh_more_and_rows_have_length_one() {
        let sparse = tf_idf(["The cat sat", "the CAT ran", "the dog sat", "...", "the the the end"].into_iter());
        // Kept: the (4 texts), cat, sat, "the cat" (2 each); "the the" occurs in one text alone.
        assert_eq!((sparse.columns, sparse.rows.len()), (4, 4));
        for row in &sparse.rows {
            assert!((row.iter().map(|(_, v)| v * v).sum::<f32>() - 1.0).abs() < 1e-6);
            assert!(row.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        let first = &sparse.rows[0];
        assert_eq!(first[0].0, 0, "the most common term comes first");
        assert!(first[1..].iter().all(|(_, weight)| *weight > first[0].1), "{first:?}");
        assert_eq!(sparse.rows[3], [(0, 1.0)]);
    }

    #[test]
    fn texts_are_counted_once() {
        assert_eq!(distinct(["a", "b", "a", "c", "d"].into_iter(), 3), ["a", "b", "c"]);
    }

    #[test]
    fn no_text_and_no_shared_word_make_no_rows() {
        assert_eq!(tf_idf(std::iter::empty()).rows.len(), 0);
        assert_eq!(tf_idf(["one", "two"].into_iter()).rows.len(), 0);
    }
}
