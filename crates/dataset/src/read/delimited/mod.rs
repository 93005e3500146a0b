//! CSV and its kin: blocks of whole records, parsed in parallel, with types that are guessed and widened.

mod header;
mod lines;
mod parse;
mod seen;

use std::borrow::Cow;
use std::path::PathBuf;

use polars::prelude::*;

use self::header::{Fit, NameFixes};
use self::lines::Records;
use self::parse::{Cut, Parser, add_record, guess_all, is_blank, without_blanks};
use self::seen::Seen;
use super::blocks::utf8;
use super::guess::{ColumnGuess, Guess};
use super::records::Dialect;
use super::texts::Texts;
use super::{ColumnType, FileReader, Progress, Reader, Stop, plural, sniff, utc_note};
use crate::Error;
use crate::format::Format;
use crate::slices::{Part, Wanted};

/// Values that the first guess is made from.
const SAMPLE_VALUES: usize = 100_000;

/// Rows that say whether the first line is their header.
const FIT_ROWS: usize = 200;

/// New starts after which all rows are looked at before the next one, so that there are few.
const MAX_RESTARTS: u32 = 2;

/// Files of separated values with the same header.
pub(crate) struct Delimited {
    texts: Texts,
    dialect: Dialect,
    /// The fields of the header, if there is one.
    header: Option<Vec<String>>,
    fit: Fit,
    names: Vec<PlSmallStr>,
    fixes: NameFixes,
    guesses: Vec<ColumnGuess>,
    parser: Parser,
    restarts: u32,
    /// Whether it was asked if quotes enclose anything.
    quotes_judged: bool,
    /// What it was confined to, if it was: sizes of the files, and rows.
    selected: Option<(Vec<u64>, Wanted)>,
    seen: Seen,
}

impl Delimited {
    /// Opens `files`, which all have `format`; `bytes` is their size on disk.
    pub(crate) fn open(files: Vec<PathBuf>, format: Format, bytes: u64) -> Result<Self, Error> {
        let Some(first) = files.first() else {
            return Err(Error::Spec { text: String::new(), why: "no file to read".to_owned() });
        };
        let dialect = sniff::dialect(first, format)?;
        let mut texts = Texts::new(files, format.compression(), dialect.line_end, bytes);
        let mut blocks = texts.first(2 << 20)?;
        let (fields, used) = header::first_record(&texts.files[0], &mut blocks, dialect)?;
        let has_header = sniff::has_header(&fields);
        let mut fit = Fit::Names;
        if has_header {
            blocks.advance(used)?;
            let mut rows = Vec::new();
            dialect.records(blocks.bytes(), |start, record| {
                let bytes = blocks.bytes()[start..start + record.length].trim_ascii_end();
                if !bytes.is_empty() {
                    rows.push((record.fields, bytes.ends_with(&[dialect.separator])));
                }
                rows.len() < FIT_ROWS
            });
            fit = header::fit(fields.len(), &rows);
        }
        let (names, fixes) = match fit {
            _ if !has_header => (header::numbered(fields.len()), NameFixes::default()),
            Fit::Names => header::names_of(&fields),
            Fit::NamesAfterRows => header::names_of(&[vec!["row".to_owned()], fields.clone()].concat()),
            Fit::Title(columns) => (header::numbered(columns), NameFixes::default()),
        };
        let mut guesses = vec![ColumnGuess::default(); names.len()];
        let sample = (SAMPLE_VALUES / names.len()).clamp(50, 5000);
        let mut sampled = 0;
        dialect.records(blocks.bytes(), |start, record| {
            add_record(&mut guesses, dialect, &blocks.bytes()[start..start + record.length]);
            sampled += 1;
            sampled < sample
        });
        texts.rewind();
        Ok(Self {
            parser: Parser::new(dialect, &names, &guesses),
            texts,
            dialect,
            header: has_header.then_some(fields),
            fit,
            names,
            fixes,
            guesses,
            restarts: 0,
            quotes_judged: false,
            selected: None,
            seen: Seen::default(),
        })
    }

    /// Confines it to slices of `wanted` rows, if there are more and the files, whose sizes in bytes are `sizes`, can be entered
    /// in the middle.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn select(&mut self, sizes: &[u64], wanted: Wanted) -> Result<(), Error> {
        self.selected = Some((sizes.to_vec(), wanted));
        let records = Records { dialect: self.dialect, columns: self.names.len(), header: self.header.is_some() };
        let why = "line ends in quotes, or rows of odd lengths, hide where a row begins";
        self.texts.confine(&records, sizes, wanted, why).map(|_| ())
    }

    fn rewind(&mut self) {
        self.parser = Parser::new(self.dialect, &self.names, &self.guesses);
        self.texts.rewind();
        self.seen = Seen::default();
    }

    /// Opens the next file and checks its header. `false`: there is none.
    fn open_next(&mut self) -> Result<bool, Error> {
        // Enough rows to make work for all threads, so more bytes for wide tables.
        let size = (self.names.len() * 4096).clamp(2 << 20, 16 << 20);
        if !self.texts.open_next(size)? {
            return Ok(false);
        }
        let Texts { files, current: Some((index, blocks)), .. } = &mut self.texts else { return Ok(false) };
        let path = &files[*index];
        self.seen.marked += u64::from(blocks.marked());
        if let Some(header) = &self.header {
            let (fields, used) = header::first_record(path, blocks, self.dialect)?;
            // What is no header may differ from file to file.
            if fields != *header && !matches!(self.fit, Fit::Title(_)) {
                return Err(header::different(&files[0], header, path, &fields));
            }
            blocks.advance(used)?;
        }
        Ok(true)
    }

    /// The next block of the current file as a batch; `None` at its end.
    fn parse_block(&mut self) -> Result<Option<DataFrame>, Stop> {
        let Some((index, blocks)) = &mut self.texts.current else { return Ok(None) };
        if blocks.bytes().is_empty() {
            return Ok(None);
        }
        let mut cut = loop {
            let cut = Cut::new(blocks.bytes(), self.dialect, self.names.len());
            if cut.used > 0 {
                break cut;
            }
            blocks.advance(0)?;
        };
        if cut.misquoted.is_some() && !self.quotes_judged {
            self.judge_quotes()?;
            return Err(Stop::Restart);
        }
        let used = cut.used;
        // Whole records end at a line end, so no character is cut in half here.
        let (mut text, foreign) = utf8(&blocks.bytes()[..used]);
        self.seen.short += cut.short;
        self.seen.long += cut.long;
        self.seen.blank += cut.blank;
        self.seen.foreign += foreign;
        if let (None, Some(offset)) = (&self.seen.first_ragged, cut.first_ragged) {
            let file = self.texts.files[*index].file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.seen.first_ragged = Some((file, blocks.place(blocks.line_at(offset))));
        }
        if cut.blank > 0 {
            text = Cow::Owned(without_blanks(&text, self.dialect, self.names.len()));
        }
        if let Some(offset) = cut.misquoted {
            let Some((mended, rows)) = self.dialect.mended(&text) else {
                let place = blocks.place(blocks.line_at(offset));
                return Err(misquoted(self.texts.place(), &place).into());
            };
            self.seen.misquoted += rows;
            text = Cow::Owned(mended);
        }
        if cut.blank > 0 || foreign > 0 || cut.misquoted.is_some() {
            cut = Cut::new(&text, self.dialect, self.names.len());
        }
        let frame = match self.parser.parse(&text, &cut) {
            Ok(frame) => frame,
            Err(failed) => {
                let place = blocks.place(blocks.line());
                if self.widen(&failed) {
                    return Err(Stop::Restart);
                }
                return Err(no_values(self.texts.place(), &place).into());
            }
        };
        blocks.advance(used)?;
        self.texts.rows += frame.height() as u64;
        if self.type_the_untyped(&frame) {
            return Err(Stop::Restart);
        }
        Ok(Some(frame))
    }

    /// Widens the guesses by a text that did not parse. Returns whether there was one to widen: else another start would end here too.
    fn widen(&mut self, text: &[u8]) -> bool {
        let before = self.guesses.clone();
        for (guess, found) in self.guesses.iter_mut().zip(guess_all(text, self.dialect, self.names.len())) {
            *guess = guess.or(found);
        }
        if self.guesses == before {
            // The parser refuses a value that looks right to the guess: the columns that it refuses are texts.
            for (column, guess) in self.guesses.iter_mut().enumerate() {
                if !self.parser.fits(text, column) {
                    *guess = ColumnGuess::text();
                }
            }
        }
        if self.guesses == before {
            self.guesses.fill(ColumnGuess::text());
        }
        self.restarts += 1;
        self.guesses != before
    }

    /// Text follows the quote that ends a value. If all rows have as many fields as there are columns when quotes are taken as text,
    /// they are.
    ///
    /// # Errors
    /// The system's.
    fn judge_quotes(&mut self) -> Result<(), Error> {
        self.quotes_judged = true;
        self.dialect.quotes = false;
        // What cannot be read like this is read as before, and says what is wrong.
        if self.is_even().unwrap_or(false) {
            // The guesses so far are about other fields: all are looked at again.
            self.guesses.fill(ColumnGuess::default());
            self.restarts = MAX_RESTARTS + 1;
            // Each line is a row now, wherever it lies.
            if let Some((sizes, wanted)) = self.selected.take() {
                self.select(&sizes, wanted)?;
            }
        } else {
            self.dialect.quotes = true;
        }
        Ok(())
    }

    /// Whether all rows have as many fields as there are columns.
    fn is_even(&mut self) -> Result<bool, Error> {
        let (dialect, columns) = (self.dialect, self.names.len());
        self.walk(|bytes| {
            let mut even = true;
            let used = dialect.records(bytes, |at, record| {
                even = record.fields == columns || is_blank(&bytes[at..at + record.length], columns);
                even
            });
            even.then_some(used)
        })
    }

    /// Guesses columns that had no value so far and now have one. Returns whether there was one.
    fn type_the_untyped(&mut self, frame: &DataFrame) -> bool {
        let mut changed = false;
        for (guess, column) in self.guesses.iter_mut().zip(frame.columns()) {
            if guess.guess() != Guess::Unknown || column.null_count() == column.len() {
                continue;
            }
            let Ok(texts) = column.str() else { continue };
            for text in texts.iter().flatten() {
                guess.add(text);
            }
            changed |= guess.guess() != Guess::Unknown;
        }
        self.restarts += u32::from(changed);
        changed
    }

    /// Looks at all rows, so that the next start is the last.
    fn guess_from_all(&mut self) -> Result<(), Error> {
        let (dialect, columns, mut guesses) = (self.dialect, self.names.len(), self.guesses.clone());
        self.walk(|bytes| {
            let used = dialect.records(bytes, |_, _| true);
            let found = guess_all(&utf8(&bytes[..used]).0, dialect, columns);
            for (guess, found) in guesses.iter_mut().zip(found) {
                *guess = guess.or(found);
            }
            Some(used)
        })?;
        self.guesses = guesses;
        Ok(())
    }

    /// Hands all rows to `look`, block by block, which says how many bytes it took, or nothing if it has seen enough. Returns whether
    /// it saw all of them.
    fn walk(&mut self, mut look: impl FnMut(&[u8]) -> Option<usize>) -> Result<bool, Error> {
        self.rewind();
        while self.open_next()? {
            while let Some((_, blocks)) = self.texts.current.as_mut().filter(|(_, blocks)| !blocks.bytes().is_empty()) {
                let Some(used) = look(blocks.bytes()) else { return Ok(false) };
                blocks.advance(used)?;
            }
        }
        Ok(true)
    }
}

/// Text follows a closing quote, and that quote was perhaps meant to open another value.
fn misquoted(path: PathBuf, place: &str) -> Error {
    Error::Broken {
        path,
        what: format!("text follows the quote that ends a value, in {place}"),
        advice: "A quote inside a value is written twice, and a value that starts with one is enclosed in quotes."
            .to_owned(),
    }
}

/// The parser takes rows in no types at all.
fn no_values(path: PathBuf, place: &str) -> Error {
    Error::Broken {
        path,
        what: format!("the rows from {place} on cannot be cut into values"),
        advice: "Look for stray quotes there.".to_owned(),
    }
}

impl Reader for Delimited {
    fn columns(&self) -> Vec<ColumnType> {
        let schema = &self.parser.schema;
        schema.iter().map(|(name, dtype)| ColumnType::plain(name.clone(), dtype.clone())).collect()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        loop {
            if self.texts.current.is_none() && !self.open_next()? {
                return Ok(None);
            }
            match self.parse_block()? {
                Some(frame) => return Ok(Some(frame)),
                None => self.texts.current = None,
            }
        }
    }

    fn restart(&mut self) -> Result<(), Error> {
        if self.restarts > MAX_RESTARTS {
            self.guess_from_all()?;
        }
        self.rewind();
        Ok(())
    }

    fn progress(&self) -> Progress {
        self.texts.progress()
    }

    fn total_rows(&self) -> Option<u64> {
        None
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.header.is_none() {
            let note = "The first line holds only numbers: it is taken as data, and the columns are numbered.";
            notes.push(note.to_owned());
        }
        match (self.fit, &self.header) {
            (Fit::Title(columns), Some(header)) => notes.push(format!(
                "The first line has {}, the rows have {columns}: it does not name them, and the columns are numbered.",
                plural(header.len() as u64, "field")
            )),
            (Fit::NamesAfterRows, _) => notes.push(
                "The rows have one field more than the header: the first one is taken as the names of the rows, as R writes them."
                    .to_owned(),
            ),
            _ => {}
        }
        if self.fixes.twice > 0 {
            let names = plural(self.fixes.twice, "column name");
            notes.push(format!("The header repeats {names}: the later ones got a suffix."));
        }
        if self.fixes.empty > 0 {
            let names = plural(self.fixes.empty, "column name");
            notes.push(format!("The header leaves {names} empty: these columns are named by their position."));
        }
        if !self.dialect.quotes {
            notes.push("Quotes enclose no values here: they are read as text.".to_owned());
        }
        notes.extend(self.seen.notes(self.texts.rows));
        let zoned = self.guesses.iter().filter(|guess| guess.guess() == Guess::DatetimeUtc).count();
        notes.extend(utc_note(zoned));
        let marked = self.guesses.iter().filter(|guess| guess.marker().is_some()).count() as u64;
        if marked > 0 {
            let columns = plural(marked, "column");
            notes.push(format!(
                "In {columns} a word such as NA or null stands for a missing value: it is read as null."
            ));
        }
        notes
    }

    fn file(&self) -> usize {
        self.texts.file()
    }

    fn place(&self) -> PathBuf {
        self.texts.place()
    }

    fn part(&self) -> Part {
        self.texts.part()
    }
}

impl FileReader for Delimited {
    fn skip_to(&mut self, file: usize) {
        self.texts.skip_to(file);
    }
}
