//! One pass over the values of a column: range, order, zeros, different values.

use std::hash::Hash;

use super::distinct::{Distinct, hash};

/// Texts of a batch whose words are counted.
const WORDY: usize = 200;

/// Bytes of a smallest or largest text that are kept.
const MAX_TEXT: usize = 64;

/// The order of the values so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// No value was smaller than the one before it.
    pub ascending: bool,
    /// No value was larger than the one before it.
    pub descending: bool,
    /// Values that differ from the one before them.
    pub changes: u64,
}

impl Default for Order {
    fn default() -> Self {
        Self { ascending: true, descending: true, changes: 0 }
    }
}

impl Order {
    /// The number of different values, which order alone tells: equal values lie together.
    pub(super) fn distinct(self, values: u64) -> Option<u64> {
        (self.ascending || self.descending).then(|| if values == 0 { 0 } else { self.changes + 1 })
    }
}

/// A number that the pass can work on.
pub(super) trait Number: Copy + PartialOrd {
    /// Zero.
    const ZERO: Self;
    /// Its identity among the values.
    type Key: Hash;
    /// Equal values have equal keys.
    fn key(self) -> Self::Key;
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl Number for $number {
            const ZERO: Self = 0;
            type Key = Self;
            fn key(self) -> Self {
                self
            }
        }
    )*};
}

whole_numbers!(i64, u64, i128);

impl Number for f64 {
    const ZERO: Self = 0.0;
    type Key = u64;
    fn key(self) -> u64 {
        // One zero, one "not a number".
        if self == 0.0 {
            0
        } else if self.is_nan() {
            Self::NAN.to_bits()
        } else {
            self.to_bits()
        }
    }
}

/// What is known of a column of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers<T> {
    /// Smallest and largest; `None` before the first number.
    pub range: Option<(T, T)>,
    /// Values that are zero.
    pub zeros: u64,
    /// Their order.
    pub order: Order,
    last: Option<T>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { range: None, zeros: 0, order: Order::default(), last: None }
    }
}

impl<T: Number> Numbers<T> {
    /// Takes the next values, without the nulls.
    pub(super) fn take(&mut self, values: impl Iterator<Item = T>, distinct: &mut Distinct) {
        for value in values {
            self.zeros += u64::from(value == T::ZERO);
            if let Some(last) = self.last {
                if value == last {
                    continue;
                }
                self.order.changes += 1;
                // A value that compares with nothing, as a float can be, has no place in an order.
                self.order.ascending &= value > last;
                self.order.descending &= value < last;
            }
            self.last = Some(value);
            distinct.add(hash(&value.key()));
            #[allow(
                clippy::eq_op,
                reason = "a value that differs from itself is not a number and has no place in a range"
            )]
            if value == value {
                self.range = Some(match self.range {
                    None => (value, value),
                    Some((low, high)) => {
                        (if value < low { value } else { low }, if value > high { value } else { high })
                    }
                });
            }
        }
    }
}

/// What is known of a column of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Texts {
    /// Smallest and largest, by their bytes; cut to a few bytes.
    pub range: Option<(String, String)>,
    /// Texts without a byte.
    pub empty: u64,
    /// Bytes of all.
    pub bytes: u64,
    /// Their order.
    pub order: Order,
    /// Texts whose words were counted, and their words.
    pub sampled: (u64, u64),
    last: Option<String>,
}

impl Texts {
    /// Takes the next texts of a batch, without the nulls.
    pub(super) fn take<'a>(&mut self, texts: impl Iterator<Item = &'a str>, distinct: &mut Distinct) {
        let before = self.last.take();
        let mut last = before.as_deref();
        let (mut low, mut high): (Option<&str>, Option<&str>) = (None, None);
        for (index, text) in texts.enumerate() {
            self.bytes += text.len() as u64;
            self.empty += u64::from(text.is_empty());
            if index < WORDY {
                self.sampled.0 += 1;
                self.sampled.1 += text.split_whitespace().count() as u64;
            }
            if let Some(last) = last {
                match text.cmp(last) {
                    std::cmp::Ordering::Equal => continue,
                    std::cmp::Ordering::Greater => self.order.descending = false,
                    std::cmp::Ordering::Less => self.order.ascending = false,
                }
                self.order.changes += 1;
            }
            last = Some(text);
            distinct.add(hash(text));
            low = Some(low.map_or(text, |low| low.min(text)));
            high = Some(high.map_or(text, |high| high.max(text)));
        }
        if let (Some(low), Some(high)) = (low, high) {
            let (low, high) = (shorten(low), shorten(high));
            self.range = Some(match self.range.take() {
                None => (low.to_owned(), high.to_owned()),
                Some((l, h)) => (
                    if low < l.as_str() { low.to_owned() } else { l },
                    if high > h.as_str() { high.to_owned() } else { h },
                ),
            });
        }
        self.last = last.map(str::to_owned);
    }
}

/// The first bytes of a text, cut between characters.
fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<T: Number>(batches: &[&[T]]) -> (Numbers<T>, u64) {
        let (mut numbers, mut distinct) = (Numbers::default(), Distinct::default());
        for batch in batches {
            numbers.take(batch.iter().copied(), &mut distinct);
        }
        (numbers, distinct.count().0)
    }

    #[test]
    fn order_spans_batches() {
        let order = |batches: &[&[i64]]| {
            let (numbers, distinct) = numbers(batches);
            (numbers.order.ascending, numbers.order.descending, distinct)
        };
        assert_eq!(order(&[&[1, 2], &[2, 3]]), (true, false, 3));
        assert_eq!(order(&[&[1, 2], &[1, 3]]), (false, false, 3));
        assert_eq!(order(&[&[3, 2], &[], &[1]]), (false, true, 3));
        assert_eq!(order(&[&[5, 5], &[5]]), (true, true, 1));
        assert_eq!(order(&[]), (true, true, 0));
    }

    #[test]
    fn order_alone_counts_different_values() {
        let (numbers, _) = numbers::<i64>(&[&[1, 1, 2], &[2, 7]]);
        assert_eq!(numbers.order.distinct(5), Some(3));
        assert_eq!(Order::default().distinct(0), Some(0));
    }

    #[test]
    fn floats_that_are_no_numbers_are_counted_but_not_ranged() {
        let (floats, distinct) = numbers(&[&[f64::NAN, 1.0, -0.0, 0.0, f64::NAN, 2.0]]);
        assert_eq!(floats.range, Some((-0.0, 2.0)));
        assert_eq!(floats.zeros, 2);
        assert_eq!(distinct, 4);
        assert!(!floats.order.ascending && !floats.order.descending);
    }

    #[test]
    fn texts_are_measured() {
        let (mut texts, mut distinct) = (Texts::default(), Distinct::default());
        texts.take(["b", "", "two words"].into_iter(), &mut distinct);
        texts.take([].into_iter(), &mut distinct);
        texts.take(["two words", "é"].into_iter(), &mut distinct);
        assert_eq!(texts.range, Some((String::new(), "é".to_owned())));
        assert_eq!((texts.empty, texts.bytes, texts.sampled, distinct.count().0), (1, 21, (5, 6), 4));
        assert!(!texts.order.ascending && !texts.order.descending);
        let long = "é".repeat(100);
        texts.take([long.as_str()].into_iter(), &mut distinct);
        assert!(texts.range.unwrap().1.len() <= MAX_TEXT);
    }
}
