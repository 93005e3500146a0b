//! The types of columns whose format stores none: guessed from texts, widened when the guess fails.

use polars::io::csv::read::schema_inference::infer_field_schema;
use polars::prelude::{DataType, TimeUnit};

use super::times;

/// What the values of a column look like so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Guess {
    /// No value yet.
    #[default]
    Unknown,
    /// `true` and `false`.
    Boolean,
    /// Whole numbers of 64 bits, none of them negative.
    Natural,
    /// Whole numbers of 64 bits.
    Int,
    /// Whole numbers of 64 bits without sign, of which some have no room in `Int`.
    UInt,
    /// Numbers.
    Float,
    /// Days, year first.
    Date,
    /// Times, year first.
    Datetime,
    /// Times with an offset.
    DatetimeUtc,
    /// Anything else.
    Text,
}

/// Texts that stand for "no value" in columns of anything but text.
const MARKERS: [&str; 10] = ["NA", "N/A", "n/a", "null", "NULL", "Null", "None", "nan", "\\N", "-"];

impl Guess {
    /// What one value looks like; `Unknown` if it is empty.
    pub(crate) fn of(text: &str) -> Self {
        // The parser skips blanks before numbers, and only there.
        let value = text.trim_start_matches([' ', '\t']);
        if value.is_empty() {
            return Self::Unknown;
        }
        match infer_field_schema(value, false, false) {
            DataType::Int64 if value.parse::<i64>().is_ok() => {
                if value.starts_with('-') {
                    Self::Int
                } else {
                    Self::Natural
                }
            }
            DataType::Int64 if value.parse::<u64>().is_ok() => Self::UInt,
            DataType::Float64 => Self::Float,
            _ if value.len() < text.len() => Self::Text,
            DataType::Boolean => Self::Boolean,
            _ => times::kind(text).unwrap_or(Self::Text),
        }
    }

    /// The narrowest type that holds both.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, any) | (any, Self::Unknown) => any,
            (one, same) if one == same => one,
            (Self::Natural, Self::Int) | (Self::Int, Self::Natural) => Self::Int,
            (Self::Natural, Self::UInt) | (Self::UInt, Self::Natural) => Self::UInt,
            (Self::Natural | Self::Int, Self::Float) | (Self::Float, Self::Natural | Self::Int) => Self::Float,
            (Self::Date, Self::Datetime) | (Self::Datetime, Self::Date) => Self::Datetime,
            _ => Self::Text,
        }
    }

    /// Whether it is a day or a time.
    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Datetime | Self::DatetimeUtc)
    }

    /// How the parser reads it: times are texts first.
    pub(crate) fn raw_dtype(self) -> DataType {
        if self.is_time() { DataType::String } else { self.dtype() }
    }

    /// How it is stored.
    pub(crate) fn dtype(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Natural | Self::Int => DataType::Int64,
            Self::UInt => DataType::UInt64,
            Self::Float => DataType::Float64,
            Self::Date => DataType::Date,
            // A time with an offset is turned into UTC.
            Self::Datetime | Self::DatetimeUtc => DataType::Datetime(TimeUnit::Microseconds, None),
            Self::Unknown | Self::Text => DataType::String,
        }
    }
}

/// The guess for a column, with the text that stands for "no value" in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnGuess {
    guess: Guess,
    marker: Option<&'static str>,
}

impl ColumnGuess {
    /// Adds a value. Returns whether another value could change the guess.
    pub(crate) fn add(&mut self, text: &str) -> bool {
        if self.guess == Guess::Text {
            return false;
        }
        match MARKERS.iter().find(|&&marker| marker == text) {
            // One marker can be told to the parser, two cannot.
            Some(&marker) if self.marker.is_none_or(|known| known == marker) => self.marker = Some(marker),
            Some(_) => self.guess = Guess::Text,
            None => self.guess = self.guess.or(Guess::of(text)),
        }
        self.guess != Guess::Text
    }

    /// Joins what two parts of the data say.
    pub(crate) fn or(self, other: Self) -> Self {
        let guess = self.guess.or(other.guess);
        match (self.marker, other.marker) {
            (Some(one), Some(another)) if one != another => Self { guess: Guess::Text, marker: None },
            (one, another) => Self { guess, marker: one.or(another) },
        }
    }

    /// Text, whatever the values look like.
    pub(crate) fn text() -> Self {
        Self { guess: Guess::Text, marker: None }
    }

    /// The type.
    pub(crate) fn guess(self) -> Guess {
        self.guess
    }

    /// The text that is read as null: none in columns of text, where it may be a word.
    pub(crate) fn marker(self) -> Option<&'static str> {
        self.marker.filter(|_| !matches!(self.guess, Guess::Text | Guess::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(values: &[&str]) -> (Guess, Option<&'static str>) {
        let mut column = ColumnGuess::default();
        for value in values {
            column.add(value);
        }
        (column.guess(), column.marker())
    }

    #[test]
    fn values_tell_the_type() {
        let cases: [(&[&str], Guess); 23] = [
            (&[], Guess::Unknown),
            (&["", ""], Guess::Unknown),
            (&["1", "-2", ""], Guess::Int),
            (&["1", "2.5"], Guess::Float),
            (&["1e-3", "inf"], Guess::Float),
            (&["true", "False"], Guess::Boolean),
            (&["true", "1"], Guess::Text),
            (&["18446744073709551615"], Guess::UInt),
            (&["18446744073709551615", "1"], Guess::UInt),
            (&["18446744073709551615", "-1"], Guess::Text),
            (&["0", "7"], Guess::Natural),
            (&["123456789012345678901234567890"], Guess::Text),
            (&["2024-01-31", "2024-02-01"], Guess::Date),
            (&["2024-01-31", "2024-02-30x"], Guess::Text),
            (&["2024-01-31T10:00:00", "2024-01-31T10:00:00.123"], Guess::Datetime),
            (&["2024-01-31T10:00:00Z"], Guess::DatetimeUtc),
            (&["2024-01-31", "2024-01-31 10:00"], Guess::Datetime),
            (&["31/01/2024"], Guess::Text),
            (&["12:30:00"], Guess::Text),
            (&["naïve", "é"], Guess::Text),
            (&["1", " 2", "  "], Guess::Natural),
            (&[" -1.5"], Guess::Float),
            (&[" true"], Guess::Text),
        ];
        for (values, expected) in cases {
            assert_eq!(guess(values).0, expected, "{values:?}");
        }
    }

    #[test]
    fn one_marker_stands_for_no_value() {
        assert_eq!(guess(&["1", "NA", "2"]), (Guess::Natural, Some("NA")));
        assert_eq!(guess(&["NA", "Namibia"]), (Guess::Text, None));
        assert_eq!(guess(&["1", "NA", "null"]), (Guess::Text, None));
        assert_eq!(guess(&["NA"]), (Guess::Unknown, None));
    }

    #[test]
    fn parts_join_as_if_read_at_once() {
        let parts: [&[&str]; 5] = [&["1"], &["2.5"], &["NA"], &["x"], &[""]];
        for one in parts {
            for other in parts {
                let mut both = ColumnGuess::default();
                let (mut a, mut b) = (ColumnGuess::default(), ColumnGuess::default());
                for value in one {
                    a.add(value);
                    both.add(value);
                }
                for value in other {
                    b.add(value);
                    both.add(value);
                }
                assert_eq!((a.or(b).guess(), a.or(b).marker()), (both.guess(), both.marker()), "{one:?} {other:?}");
            }
        }
    }
}
