//! What was odd in the rows of separated values, and how it is told.

use crate::read::plural;

/// What was odd so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Rows with fewer fields than the header.
    pub short: u64,
    /// Rows with more.
    pub long: u64,
    /// Where the first of these is: the file's name and the place in it.
    pub first_ragged: Option<(String, String)>,
    /// Empty lines.
    pub blank: u64,
    /// Bytes that are not UTF-8.
    pub foreign: u64,
    /// Files that start with a byte order mark.
    pub marked: u64,
    /// Rows in which text follows the quote that ends a field.
    pub misquoted: u64,
}

impl Seen {
    /// One sentence for each oddity of `rows` rows.
    pub(super) fn notes(&self, rows: u64) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((file, place)) = &self.first_ragged {
            notes.push(format!(
                "{} of {rows} have another number of fields than the header (the first: {place} of {file}): {} with \
                 fewer, filled with nulls; {} with more, whose surplus is left out.",
                plural(self.short + self.long, "row"),
                self.short,
                self.long
            ));
        }
        if self.blank > 0 {
            notes.push(format!("Skipped {}.", plural(self.blank, "blank line")));
        }
        if self.foreign > 0 {
            notes.push(format!(
                "The text is not all UTF-8: {} read as Latin-1, so accents may be wrong.",
                plural(self.foreign, "byte")
            ));
        }
        if self.misquoted > 0 {
            notes.push(format!(
                "In {} text follows the quote that should end a value: such values are read as they stand, with their quotes.",
                plural(self.misquoted, "row")
            ));
        }
        if self.marked > 0 {
            notes.push("A byte order mark at the start is left out of the first column's name.".to_owned());
        }
        notes
    }
}
