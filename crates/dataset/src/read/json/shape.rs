//! The columns of JSON Lines: every key of every object, and the narrowest type that holds its values.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use polars::prelude::*;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::read::guess::Guess;
use crate::read::{ColumnType, Nested, times};

/// What the values of one key look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// Null so far.
    Null,
    /// Plain values.
    Plain(Guess),
    /// Lists or objects.
    Nested(Nested),
}

impl Value {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, any) | (any, Self::Null) => any,
            (Self::Plain(one), Self::Plain(other)) => Self::Plain(one.or(other)),
            (Self::Nested(nested), _) | (_, Self::Nested(nested)) => Self::Nested(nested),
        }
    }

    /// The same as text. What is nested is stored as text anyway, and stays what it is: so a shape only ever widens.
    fn as_text(self) -> Self {
        match self {
            Self::Nested(nested) => Self::Nested(nested),
            Self::Null | Self::Plain(_) => Self::Plain(Guess::Text),
        }
    }

    /// How it is stored: nested values as JSON text.
    fn guess(self) -> Guess {
        match self {
            Self::Null | Self::Nested(_) => Guess::Text,
            Self::Plain(guess) => guess,
        }
    }
}

/// The columns, in the order in which their keys appear first.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    columns: Vec<(PlSmallStr, Value)>,
    index: HashMap<PlSmallStr, usize>,
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns
    }
}

impl Shape {
    /// The shape of whole lines; lines that are no objects say nothing.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut shape = Self::default();
        let mut found = Vec::new();
        for line in json_lines(text) {
            let columns = shape.columns.len();
            found.clear();
            let mut json = serde_json::Deserializer::from_slice(line);
            let read = Line { shape: &mut shape, found: &mut found }.deserialize(&mut json);
            if read.and_then(|()| json.end()).is_err() {
                for (name, _) in shape.columns.drain(columns..) {
                    shape.index.remove(&name);
                }
                continue;
            }
            for &(column, value) in &found {
                shape.columns[column].1 = shape.columns[column].1.or(value);
            }
        }
        shape
    }

    /// The number of a key's column, which is made if it is new.
    fn column(&mut self, key: &str) -> usize {
        if let Some(&column) = self.index.get(key) {
            return column;
        }
        let column = self.columns.len();
        self.index.insert(key.into(), column);
        self.columns.push((key.into(), Value::Null));
        column
    }

    /// What a text looks like, if its column may still be one of times.
    fn text(&self, column: usize, text: &str) -> Guess {
        match self.columns[column].1 {
            Value::Plain(guess) if !guess.is_time() => Guess::Text,
            _ => times::kind(text).unwrap_or(Guess::Text),
        }
    }

    /// Joins what two parts of the data say.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (name, value) in &other.columns {
            let column = self.column(name);
            self.columns[column].1 = self.columns[column].1.or(*value);
        }
        self
    }

    /// Whether there is no column.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Columns of times with an offset.
    pub(super) fn zoned(&self) -> usize {
        self.columns.iter().filter(|(_, value)| *value == Value::Plain(Guess::DatetimeUtc)).count()
    }

    /// Makes those columns texts that `fits` refuses when it is asked for each alone.
    pub(super) fn widen(&mut self, fits: impl Fn(&Self) -> bool) {
        for (name, value) in &mut self.columns {
            let alone = Self { columns: vec![(name.clone(), *value)], index: HashMap::new() };
            if !fits(&alone) {
                *value = value.as_text();
            }
        }
    }

    /// Makes all columns texts.
    pub(super) fn all_text(&mut self) {
        self.columns.iter_mut().for_each(|(_, value)| *value = value.as_text());
    }

    /// Parses whole lines; `None` if a line is no object, or a value does not fit.
    pub(super) fn parse(&self, text: &[u8]) -> Option<DataFrame> {
        let raw: Schema = self.columns.iter().map(|(name, value)| (name.clone(), value.guess().raw_dtype())).collect();
        let rows = parse_ndjson(text, None, &raw, false).ok()?;
        let height = rows.height();
        let typed = rows.into_columns().into_iter().zip(&self.columns).map(|(raw, (_, value))| match value.guess() {
            guess if guess.is_time() => times::convert(&raw, guess),
            _ => Some(raw),
        });
        DataFrame::new(height, typed.collect::<Option<_>>()?).ok()
    }

    /// A table without rows.
    pub(super) fn empty(&self) -> DataFrame {
        let schema: Schema = self.columns.iter().map(|(name, value)| (name.clone(), value.guess().dtype())).collect();
        DataFrame::empty_with_schema(&schema)
    }

    /// The columns for the sink.
    pub(super) fn types(&self) -> Vec<ColumnType> {
        let nested = |value: &Value| if let Value::Nested(nested) = value { Some(*nested) } else { None };
        let column = |(name, value): &(PlSmallStr, Value)| ColumnType {
            name: name.clone(),
            dtype: value.guess().dtype(),
            nested: nested(value),
        };
        self.columns.iter().map(column).collect()
    }
}

/// One line: an object, whose values are found by column.
struct Line<'a> {
    shape: &'a mut Shape,
    found: &'a mut Vec<(usize, Value)>,
}

impl<'de> DeserializeSeed<'de> for Line<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Line<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(Key(self.shape))? {
            let value = map.next_value_seed(OneValue { shape: self.shape, column })?;
            self.found.push((column, value));
        }
        Ok(())
    }
}

/// A key, as the number of its column.
struct Key<'a>(&'a mut Shape);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<usize, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<usize, E> {
        Ok(self.0.column(key))
    }
}

/// A value, of which only the look is kept.
struct OneValue<'a> {
    shape: &'a mut Shape,
    column: usize,
}

impl<'de> DeserializeSeed<'de> for OneValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneValue<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Plain(Guess::Boolean))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Plain(if number < 0 { Guess::Int } else { Guess::Natural }))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Plain(if i64::try_from(number).is_ok() { Guess::Natural } else { Guess::UInt }))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        if number.is_finite() { Ok(Value::Plain(Guess::Float)) } else { Err(E::custom("a number beyond all floats")) }
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Plain(self.shape.text(self.column, text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Nested(Nested::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Nested(Nested::Struct))
    }
}

/// Whole lines in parts of about `size` bytes.
pub(super) fn pieces(text: &[u8], size: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let goal = (start + size).min(text.len());
        let end = memchr::memchr(b'\n', &text[goal..]).map_or(text.len(), |offset| goal + offset + 1);
        pieces.push(start..end);
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<(String, &'static str)> {
        let shape = Shape::of(text.as_bytes());
        shape.types().iter().map(|column| (column.name.to_string(), column.term())).collect()
    }

    #[test]
    fn every_key_becomes_a_column() {
        let text =
            "{\"a\":1}\n{\"b\":\"x\",\"a\":2.5}\n\n{\"c\":null}\n{\"d\":[1,{}],\"e\":{\"f\":[]},\"\\u0067\":true}\n";
        let expected = [("a", "f64"), ("b", "text"), ("c", "text"), ("d", "list"), ("e", "struct"), ("g", "bool")];
        assert_eq!(shape(text), expected.map(|(name, term)| (name.to_owned(), term)));
    }

    #[test]
    fn values_tell_the_type() {
        for (values, term) in [
            ("1,\"x\"", "text"),
            ("true,1", "text"),
            ("1,{\"b\":1}", "struct"),
            ("18446744073709551615,1", "u64"),
            ("18446744073709551615,-1", "text"),
            ("null,true", "bool"),
            ("\"2024-01-31\",null,\"2024-02-01\"", "date"),
            ("\"2024-01-31T10:00:00Z\"", "datetime"),
            ("\"2024-01-31\",\"soon\"", "text"),
            ("\"2024-01-31\",1", "text"),
            ("\"12\"", "text"),
        ] {
            let text: String = values.split(',').map(|value| format!("{{\"a\":{value}}}\n")).collect();
            assert_eq!(shape(&text), [("a".to_owned(), term)], "{values}");
        }
    }

    #[test]
    fn a_broken_line_says_nothing() {
        let text = "{\"a\":1}\n{\"a\":\"x\",\"z\":\n[1]\n{\"b\":1}{\n{\"b\":1}\n";
        assert_eq!(shape(text), [("a".to_owned(), "i64"), ("b".to_owned(), "i64")]);
        assert!(Shape::of(b"x\n").is_empty());
    }

    #[test]
    fn parts_join_in_order() {
        let joined = Shape::of(b"{\"a\":1}\n").or(&Shape::of(b"{\"b\":1,\"a\":1.5}\n"));
        assert_eq!(joined, Shape::of(b"{\"a\":1}\n{\"b\":1,\"a\":1.5}\n"));
    }

    #[test]
    fn pieces_are_whole_lines_and_cover_all() {
        let text = b"aa\nb\ncccc\nd\n";
        for size in 1..20 {
            let pieces = pieces(text, size);
            assert_eq!(pieces.first().unwrap().start, 0);
            assert_eq!(pieces.last().unwrap().end, text.len());
            assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(pieces.iter().all(|piece| text[piece.end - 1] == b'\n'));
        }
    }
}
