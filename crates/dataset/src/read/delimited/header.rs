//! The header of separated values: column names, each once and none empty.

use std::collections::HashSet;
use std::path::Path;

use polars::prelude::PlSmallStr;

use crate::Error;
use crate::read::blocks::{Blocks, utf8};
use crate::read::records::Dialect;

/// The first record of a file that is not a blank line: its fields, and the bytes up to its end.
///
/// # Errors
/// [`Error::EmptyFile`] if there is none.
pub(super) fn first_record(path: &Path, blocks: &mut Blocks, dialect: Dialect) -> Result<(Vec<String>, usize), Error> {
    loop {
        let bytes = blocks.bytes();
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        if blank == bytes.len() {
            return Err(Error::EmptyFile { path: path.to_path_buf() });
        }
        if let Some(record) = dialect.record(&bytes[blank..]) {
            let used = blank + record.length;
            return Ok((dialect.fields(&utf8(&bytes[blank..used]).0), used));
        }
        blocks.advance(0)?;
    }
}

/// How the first line and the rows below it belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It names the fields; rows that have others are odd.
    Names,
    /// It names all but the first field, which holds the names of the rows: R writes tables so.
    NamesAfterRows,
    /// It is no header: the rows agree on so many more fields.
    Title(usize),
}

/// Records from which on, and the share of them (as one in so many that may differ), the rows outvote the header.
const FEWEST: usize = 3;
const DIFFERENT: usize = 10;

/// Looks at the first rows: the number of fields of each, and whether its last one is empty.
pub(super) fn fit(header: usize, rows: &[(usize, bool)]) -> Fit {
    let Some(&(fields, _)) = rows.get(rows.len() / 2).filter(|_| rows.len() >= FEWEST) else { return Fit::Names };
    let others = rows.iter().filter(|(other, _)| *other != fields).count();
    // A separator after the last field makes an empty one, which is left out as a surplus.
    let closed = fields == header + 1 && rows.iter().all(|(_, empty)| *empty);
    if fields <= header || others * DIFFERENT > rows.len() || closed {
        Fit::Names
    } else if fields == header + 1 {
        Fit::NamesAfterRows
    } else {
        Fit::Title(fields)
    }
}

/// How many names had to be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NameFixes {
    /// Names that an earlier column has.
    pub twice: u64,
    /// Empty names.
    pub empty: u64,
}

/// Names for columns that have none.
pub(super) fn numbered(columns: usize) -> Vec<PlSmallStr> {
    (1..=columns).map(|number| format!("column_{number}").into()).collect()
}

/// The names of the columns.
pub(super) fn names_of(fields: &[String]) -> (Vec<PlSmallStr>, NameFixes) {
    let mut names: Vec<PlSmallStr> = Vec::with_capacity(fields.len());
    let mut taken = HashSet::new();
    let all: HashSet<&str> = fields.iter().map(String::as_str).collect();
    let mut fixes = NameFixes::default();
    for (index, field) in fields.iter().enumerate() {
        let base = if field.is_empty() {
            fixes.empty += 1;
            format!("column_{}", index + 1)
        } else {
            field.clone()
        };
        let mut name = base.clone();
        let mut number = 1;
        // A suffix must not make a name that another column has.
        while taken.contains(&name) || (name != *field && all.contains(name.as_str())) {
            number += 1;
            name = format!("{base}_{number}");
        }
        fixes.twice += u64::from(!field.is_empty() && number > 1);
        taken.insert(name.clone());
        names.push(name.into());
    }
    (names, fixes)
}

/// The error for two files with different headers.
pub(super) fn different(first: &Path, names: &[String], second: &Path, others: &[String]) -> Error {
    let show = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let index = (0..names.len().max(others.len())).find(|&index| names.get(index) != others.get(index)).unwrap_or(0);
    let difference = match (names.get(index), others.get(index)) {
        (Some(name), Some(other)) => {
            format!("column {} is `{name}` in {}, but `{other}` in {}", index + 1, show(first), show(second))
        }
        (Some(name), None) => format!("column {}, `{name}`, is missing in {}", index + 1, show(second)),
        (None, Some(other)) => format!("column {}, `{other}`, is missing in {}", index + 1, show(first)),
        (None, None) => "their headers differ".to_owned(),
    };
    Error::MixedSchemas { first: first.to_path_buf(), second: second.to_path_buf(), difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_agree_outvote_the_first_line() {
        let rows = |fields: &[usize]| fields.iter().map(|&fields| (fields, false)).collect::<Vec<_>>();
        assert_eq!(fit(4, &rows(&[31; 20])), Fit::Title(31));
        assert_eq!(fit(4, &rows(&[5; 20])), Fit::NamesAfterRows);
        assert_eq!(fit(4, &[(5, true); 20]), Fit::Names, "a separator after the last field");
        assert_eq!(fit(4, &rows(&[4; 20])), Fit::Names);
        assert_eq!(fit(4, &rows(&[3; 20])), Fit::Names);
        assert_eq!(fit(4, &rows(&[4, 9, 4, 9, 9, 4])), Fit::Names, "they do not agree");
        assert_eq!(fit(4, &rows(&[9, 9])), Fit::Names, "too few to say");
        assert_eq!(fit(4, &[]), Fit::Names);
    }

    #[test]
    fn names_become_unique_and_keep_what_they_can() {
        let named = |fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
            let (names, fixes) = names_of(&fields);
            (names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), fixes.twice, fixes.empty)
        };
        assert_eq!(named(&["a", "b"]), ("a b".into(), 0, 0));
        assert_eq!(named(&["a", "a", "a"]), ("a a_2 a_3".into(), 2, 0));
        assert_eq!(named(&["a", "a", "a_2"]), ("a a_3 a_2".into(), 1, 0));
        assert_eq!(named(&["", "", "column_1"]), ("column_1_2 column_2 column_1".into(), 0, 2));
        assert_eq!(named(&["<b>\"x\"</b>", "a/b", "🦀"]), ("<b>\"x\"</b> a/b 🦀".into(), 0, 0));
    }
}
