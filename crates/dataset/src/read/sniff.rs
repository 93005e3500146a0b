//! What a text file looks like: its byte order mark, line ends, separator, and whether it has a header.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::records::Dialect;
use crate::Error;
use crate::format::{Format, decoder};

/// Bytes at the start of a file that the guess is made from.
const SAMPLE: u64 = 256 << 10;

/// The mark that some writers put before UTF-8.
pub(crate) const MARK: &[u8] = b"\xef\xbb\xbf";

/// Records that the guess is made from.
const RECORDS: usize = 200;

/// The dialect of the file at `path`.
pub(crate) fn dialect(path: &Path, format: Format) -> Result<Dialect, Error> {
    let unreadable = |error| Error::read(path, error);
    let file = File::open(path).map_err(unreadable)?;
    let mut head = Vec::new();
    let reader = decoder(file, format.compression()).map_err(unreadable)?;
    reader.take(SAMPLE).read_to_end(&mut head).map_err(unreadable)?;
    Ok(dialect_of(without_mark(&head, path)?, format))
}

/// The bytes after a UTF-8 byte order mark.
///
/// # Errors
/// UTF-16 is refused: its bytes cannot be split into lines.
pub(crate) fn without_mark<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a [u8], Error> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Error::Broken {
            path: path.to_path_buf(),
            what: "the text is UTF-16".to_owned(),
            advice: "Convert it first: iconv -f UTF-16 -t UTF-8.".to_owned(),
        });
    }
    Ok(bytes.strip_prefix(MARK).unwrap_or(bytes))
}

/// The dialect of a text that starts with `head`: the separator by which most records have as many fields as the first.
/// Whether quotes enclose fields, only the whole file tells: here they do.
pub(crate) fn dialect_of(head: &[u8], format: Format) -> Dialect {
    let line_end = if !head.contains(&b'\n') && head.contains(&b'\r') { b'\r' } else { b'\n' };
    let usual = if format == Format::Tsv { b'\t' } else { b',' };
    let candidates = [usual, b',', b';', b'\t', b'|'];
    let mut best = (Dialect { separator: usual, line_end, quotes: true }, 0.0, 1);
    for separator in candidates {
        let dialect = Dialect { separator, line_end, quotes: true };
        let mut counts = Vec::new();
        dialect.records(head, |_, record| {
            counts.push(record.fields);
            counts.len() < RECORDS
        });
        if counts.is_empty() {
            // Not one whole line: the sample is a header alone, or its first line is very long.
            counts.push(dialect.fields(head).len());
        }
        let fields = counts[0];
        let share = counts.iter().filter(|&&count| count == fields).count() as f64 / counts.len() as f64;
        if fields > 1 && (share, fields) > (best.1, best.2) {
            best = (dialect, share, fields);
        }
    }
    best.0
}

/// Whether the first record names the columns: it does unless every field is a number.
pub(crate) fn has_header(fields: &[String]) -> bool {
    fields.iter().any(|field| field.trim().parse::<f64>().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_found() {
        let cases = [
            ("a,b\n1,2\n", Format::Csv, b','),
            ("a;b\n1,5;2\n3,5;4\n", Format::Csv, b';'),
            ("a\tb\n1\t2\n", Format::Csv, b'\t'),
            ("a|b\n1|2\n", Format::CsvGz, b'|'),
            ("a,b\tc\n1\t2\n", Format::Tsv, b'\t'),
            ("one\n1\n2\n", Format::Csv, b','),
            ("one\n1\n2\n", Format::Tsv, b'\t'),
            ("text,n\n\"a;b;c\",1\n\"d\",2\n", Format::Csv, b','),
            ("a;b;c", Format::Csv, b';'),
            ("", Format::Csv, b','),
        ];
        for (text, format, separator) in cases {
            assert_eq!(char::from(dialect_of(text.as_bytes(), format).separator), char::from(separator), "{text:?}");
        }
    }

    #[test]
    fn a_ragged_row_does_not_change_the_separator() {
        let text = "a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3\nx;y;z,2,3\n";
        assert_eq!(dialect_of(text.as_bytes(), Format::Csv).separator, b',');
    }

    #[test]
    fn old_line_ends_are_seen() {
        assert_eq!(dialect_of(b"a,b\r1,2\r", Format::Csv).line_end, b'\r');
        assert_eq!(dialect_of(b"a,b\r\n1,2\r\n", Format::Csv).line_end, b'\n');
    }

    #[test]
    fn marks_are_cut_and_utf16_is_refused() {
        let path = Path::new("x.csv");
        assert_eq!(without_mark(b"\xef\xbb\xbfa,b", path).unwrap(), b"a,b");
        assert!(without_mark(b"\xff\xfea\0", path).unwrap_err().to_string().contains("UTF-16"));
    }

    #[test]
    fn numbers_are_no_header() {
        let fields = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert!(has_header(&fields(&["id", "2019"])));
        assert!(has_header(&fields(&["", "1"])));
        assert!(!has_header(&fields(&["1", "2.5"])));
    }
}
