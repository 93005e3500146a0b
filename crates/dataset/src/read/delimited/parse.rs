//! Blocks of separated values cut into records, parsed in parallel, and looked at to guess types.

use std::ops::Range;
use std::sync::Arc;

use polars::io::csv::read::_csv_read_internal::{NullValuesCompiled, read_chunk};
use polars::prelude::*;
use rayon::prelude::*;

use crate::read::guess::{ColumnGuess, Guess};
use crate::read::records::{Dialect, QUOTE};
use crate::read::times;

/// A null marker that no file holds: for columns without one, beside columns with one.
const NO_MARKER: &str = "\0\0";

/// Bytes that one thread parses at a time.
const PIECE: usize = 256 << 10;

/// The records of a block.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Bytes of whole records.
    pub used: usize,
    /// Parts of whole records, with their number.
    pub pieces: Vec<(Range<usize>, usize)>,
    /// Rows with fewer fields than there are columns.
    pub short: u64,
    /// Rows with more.
    pub long: u64,
    /// Empty lines of a table with several columns: not rows.
    pub blank: u64,
    /// Where the first row of another length starts.
    pub first_ragged: Option<usize>,
    /// Where the first row starts in which text follows the quote that ends a field.
    pub misquoted: Option<usize>,
}

impl Cut {
    /// Cuts the whole records at the start of `bytes`.
    pub(super) fn new(bytes: &[u8], dialect: Dialect, columns: usize) -> Self {
        let mut cut = Self::default();
        let size = PIECE.max(columns * 256);
        let (mut start, mut rows) = (0, 0);
        cut.used = dialect.records(bytes, |at, record| {
            let end = at + record.length;
            rows += 1;
            if end - start >= size {
                cut.pieces.push((start..end, rows));
                (start, rows) = (end, 0);
            }
            if record.misquoted {
                cut.misquoted.get_or_insert(at);
            }
            if record.fields != columns {
                if is_blank(&bytes[at..end], columns) {
                    cut.blank += 1;
                } else {
                    *(if record.fields < columns { &mut cut.short } else { &mut cut.long }) += 1;
                    cut.first_ragged.get_or_insert(at);
                }
            }
            true
        });
        if rows > 0 {
            cut.pieces.push((start..cut.used, rows));
        }
        cut
    }
}

/// Whether a record is an empty line in a table of several columns: not a row.
pub(super) fn is_blank(record: &[u8], columns: usize) -> bool {
    columns > 1 && matches!(record, [_] | [b'\r', _])
}

/// Whole records without the blank ones.
pub(super) fn without_blanks(bytes: &[u8], dialect: Dialect, columns: usize) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    dialect.records(bytes, |start, record| {
        let record = &bytes[start..start + record.length];
        if !is_blank(record, columns) {
            kept.extend_from_slice(record);
        }
        true
    });
    kept
}

/// Turns whole records into typed columns.
pub(super) struct Parser {
    /// Names and types of the columns.
    pub(super) schema: SchemaRef,
    /// The types that the reader knows: times are texts first.
    raw: SchemaRef,
    guesses: Vec<Guess>,
    projection: Vec<usize>,
    options: CsvParseOptions,
    nulls: Option<NullValuesCompiled>,
}

impl Parser {
    pub(super) fn new(dialect: Dialect, names: &[PlSmallStr], guesses: &[ColumnGuess]) -> Self {
        let guesses_alone: Vec<Guess> = guesses.iter().map(|guess| guess.guess()).collect();
        let schema = |dtype: fn(Guess) -> DataType| -> SchemaRef {
            Arc::new(names.iter().zip(&guesses_alone).map(|(name, &guess)| (name.clone(), dtype(guess))).collect())
        };
        let nulls = guesses.iter().any(|guess| guess.marker().is_some()).then(|| {
            let marker = |guess: &ColumnGuess| PlSmallStr::from_static(guess.marker().unwrap_or(NO_MARKER));
            NullValuesCompiled::Columns(guesses.iter().map(marker).collect())
        });
        let options = CsvParseOptions {
            separator: dialect.separator,
            eol_char: dialect.line_end,
            quote_char: dialect.quotes.then_some(QUOTE),
            truncate_ragged_lines: true,
            ..Default::default()
        };
        Self {
            schema: schema(Guess::dtype),
            raw: schema(Guess::raw_dtype),
            projection: (0..names.len()).collect(),
            guesses: guesses_alone,
            options,
            nulls,
        }
    }

    /// All pieces of a text as one batch.
    ///
    /// # Errors
    /// The pieces that do not fit the types, as one text.
    pub(super) fn parse(&self, text: &[u8], cut: &Cut) -> Result<DataFrame, Vec<u8>> {
        let parse = |(range, rows): &(Range<usize>, usize)| {
            self.read(&text[range.clone()], *rows, &self.projection).ok_or_else(|| range.clone())
        };
        let frames: Vec<_> = cut.pieces.par_iter().map(parse).collect();
        let mut batch = DataFrame::empty_with_schema(&self.schema);
        let mut failed = Vec::new();
        for frame in frames {
            match frame {
                Ok(frame) => {
                    if batch.vstack_mut_owned(frame).is_err() {
                        return Err(text.to_vec());
                    }
                }
                Err(range) => failed.extend_from_slice(&text[range]),
            }
        }
        if failed.is_empty() { Ok(batch) } else { Err(failed) }
    }

    /// Whether one column of a text fits its type.
    pub(super) fn fits(&self, text: &[u8], column: usize) -> bool {
        self.read(text, 1, &[column]).is_some()
    }

    /// Some columns of whole records; `None` if a value does not fit.
    fn read(&self, text: &[u8], rows: usize, columns: &[usize]) -> Option<DataFrame> {
        let (options, nulls, length) = (&self.options, self.nulls.as_ref(), text.len());
        let raw = read_chunk(text, options, &self.raw, false, columns, 0, rows, nulls, usize::MAX, length, Some(0));
        let raw = raw.ok()?;
        let height = raw.height();
        let typed = raw.into_columns().into_iter().zip(columns).map(|(raw, &column)| match self.guesses[column] {
            guess if guess.is_time() => times::convert(&raw, guess),
            _ => Some(raw),
        });
        DataFrame::new(height, typed.collect::<Option<_>>()?).ok()
    }
}

/// The guesses for all records of a text.
pub(super) fn guess_all(text: &[u8], dialect: Dialect, columns: usize) -> Vec<ColumnGuess> {
    let none = || vec![ColumnGuess::default(); columns];
    Cut::new(text, dialect, columns)
        .pieces
        .par_iter()
        .map(|(range, _)| {
            let mut guesses = none();
            let bytes = &text[range.clone()];
            dialect.records(bytes, |start, record| {
                add_record(&mut guesses, dialect, &bytes[start..start + record.length]);
                true
            });
            guesses
        })
        .reduce(none, |one, other| one.into_iter().zip(other).map(|(one, other)| one.or(other)).collect())
}

/// Adds the fields of one record to the guesses; surplus fields say nothing.
pub(super) fn add_record(guesses: &mut [ColumnGuess], dialect: Dialect, record: &[u8]) {
    let mut columns = guesses.iter_mut();
    dialect.each_field(record, |field| {
        if let Some(guess) = columns.next() {
            guess.add(&field);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { separator: b',', line_end: b'\n', quotes: true };

    #[test]
    fn a_cut_counts_what_is_odd() {
        let text = b"1,2\n1\n\n1,2,3\r\n\r\n1,2\n5,";
        let cut = Cut::new(text, COMMA, 2);
        assert_eq!((cut.used, cut.short, cut.long, cut.blank), (text.len() - 2, 1, 1, 2));
        assert_eq!(cut.first_ragged, Some(4));
        assert_eq!(without_blanks(&text[..cut.used], COMMA, 2), b"1,2\n1\n1,2,3\r\n1,2\n");
        // In a table of one column an empty line is a null.
        assert_eq!(Cut::new(b"1\n\n2\n", COMMA, 1).blank, 0);
    }

    #[test]
    fn pieces_parse_to_all_rows_in_order() {
        let names: Vec<PlSmallStr> = vec!["i".into(), "t".into()];
        let text: String = (0..100_000).map(|i| format!("{i},\"row, {i}\"\n")).collect();
        let cut = Cut::new(text.as_bytes(), COMMA, 2);
        assert!(cut.pieces.len() > 2);
        let guesses = guess_all(text.as_bytes(), COMMA, 2);
        let frame = Parser::new(COMMA, &names, &guesses).parse(text.as_bytes(), &cut).unwrap();
        assert_eq!(frame.height(), 100_000);
        let ids: Vec<Option<i64>> = frame.column("i").unwrap().i64().unwrap().iter().collect();
        assert!(ids.iter().enumerate().all(|(i, id)| *id == Some(i as i64)));
        assert_eq!(frame.column("t").unwrap().str().unwrap().get(99_999), Some("row, 99999"));
    }

    #[test]
    fn what_does_not_fit_is_given_back() {
        let names: Vec<PlSmallStr> = vec!["i".into(), "j".into()];
        let guesses = guess_all(b"1,1\n", COMMA, 2);
        let parser = Parser::new(COMMA, &names, &guesses);
        let text = b"1,x\n";
        assert_eq!(parser.parse(text, &Cut::new(text, COMMA, 2)).unwrap_err(), text);
        assert!(parser.fits(text, 0));
        assert!(!parser.fits(text, 1));
    }
}
