//! Where the records of separated values end: quotes may hide separators and line ends.
//!
//! The rules are those of the parser that gets the records: a field is quoted if its first byte is a quote, and then every
//! quote in it opens or closes, so that a doubled quote stays inside. Text between the quote that closes and the end of its field
//! breaks these rules, and the parser refuses it: such a record is [misquoted](Record::misquoted).

use memchr::{memchr, memchr2, memchr2_iter, memchr3};

/// What separates fields and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between fields.
    pub separator: u8,
    /// After records: a line feed, or a carriage return in files of old systems.
    pub line_end: u8,
    /// Whether a quote at the start of a field encloses it; if not, quotes are text.
    pub quotes: bool,
}

/// The quote.
pub(crate) const QUOTE: u8 = b'"';

/// One record: its bytes with the line end, and its number of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub length: usize,
    pub fields: usize,
    /// Whether text follows the quote that ends a field.
    pub misquoted: bool,
}

impl Dialect {
    /// The record at the start of `bytes`; `None` if it does not end in them.
    pub(crate) fn record(self, bytes: &[u8]) -> Option<Record> {
        let mut at = 0;
        let mut fields = 1;
        let mut misquoted = false;
        loop {
            let (end, text_follows) = self.field_end(bytes, at)?;
            misquoted |= text_follows;
            at = end + 1;
            if bytes[end] == self.line_end {
                return Some(Record { length: at, fields, misquoted });
            }
            fields += 1;
        }
    }

    /// Where the field at `start` ends: the position of the separator or line end after it; and whether it is misquoted. `None` if
    /// neither comes.
    fn field_end(self, bytes: &[u8], start: usize) -> Option<(usize, bool)> {
        if self.quotes && bytes.get(start) == Some(&QUOTE) {
            return self.quoted(bytes, start);
        }
        Some((start + memchr2(self.separator, self.line_end, &bytes[start..])?, false))
    }

    /// Where the quoted field at `start` ends: the position of the separator or line end after it; and whether text stands between
    /// that and a quote that closes.
    fn quoted(self, bytes: &[u8], start: usize) -> Option<(usize, bool)> {
        let mut at = start + 1;
        let mut text_follows = false;
        loop {
            at += memchr(QUOTE, &bytes[at..])? + 1;
            // Outside now, until a separator or line end finishes the field, or a quote opens it again.
            let outside = memchr3(QUOTE, self.separator, self.line_end, &bytes[at..])?;
            let text = &bytes[at..at + outside];
            at += outside;
            text_follows |= !(text.is_empty() || (text == b"\r" && bytes[at] == self.line_end));
            if bytes[at] != QUOTE {
                return Some((at, text_follows));
            }
            at += 1;
        }
    }

    /// Whole records with every misquoted field enclosed as it stands, so that the parser takes it; and how many records have one.
    /// `None` if such a field spans lines: then the quote that ended it was meant to open another.
    pub(crate) fn mended(self, bytes: &[u8]) -> Option<(Vec<u8>, u64)> {
        let mut out = Vec::with_capacity(bytes.len() + 64);
        let (mut rows, mut whole) = (0, true);
        self.records(bytes, |start, record| {
            let bytes = &bytes[start..start + record.length];
            if record.misquoted {
                rows += 1;
                whole = self.mend(bytes, &mut out);
            } else {
                out.extend_from_slice(bytes);
            }
            whole
        });
        whole.then_some((out, rows))
    }

    /// Adds a record with its misquoted fields enclosed. Returns whether each of them stands on one line.
    fn mend(self, record: &[u8], out: &mut Vec<u8>) -> bool {
        let mut at = 0;
        while let Some((end, misquoted)) = self.field_end(record, at) {
            let field = &record[at..end];
            if misquoted {
                let field = if record[end] == b'\n' { field.strip_suffix(b"\r").unwrap_or(field) } else { field };
                if memchr(self.line_end, field).is_some() {
                    return false;
                }
                out.push(QUOTE);
                for &byte in field {
                    out.extend(std::iter::repeat_n(byte, if byte == QUOTE { 2 } else { 1 }));
                }
                out.push(QUOTE);
            } else {
                out.extend_from_slice(field);
            }
            out.push(record[end]);
            at = end + 1;
        }
        true
    }

    /// Calls `found` for each whole record in `bytes`, with its start; returns the bytes they take.
    ///
    /// `found` returns whether to go on.
    pub(crate) fn records(self, bytes: &[u8], mut found: impl FnMut(usize, Record) -> bool) -> usize {
        let mut start = 0;
        if self.quotes && memchr(QUOTE, bytes).is_some() {
            while let Some(record) = self.record(&bytes[start..]) {
                let at = start;
                start += record.length;
                if !found(at, record) {
                    break;
                }
            }
            return start;
        }
        // Without quotes one pass over separators and line ends does: this is the usual case and must be fast.
        let mut fields = 1;
        for end in memchr2_iter(self.separator, self.line_end, bytes) {
            if bytes[end] == self.separator {
                fields += 1;
                continue;
            }
            let record = Record { length: end + 1 - start, fields, misquoted: false };
            let at = start;
            start = end + 1;
            fields = 1;
            if !found(at, record) {
                break;
            }
        }
        start
    }

    /// The fields of one record, without quotes around them and with doubled quotes made single.
    pub(crate) fn fields(self, record: &[u8]) -> Vec<String> {
        let mut fields = Vec::new();
        self.each_field(record, |field| fields.push(field.into_owned()));
        fields
    }

    /// Calls `found` with each field of one record, unquoted.
    pub(crate) fn each_field<'a>(self, record: &'a [u8], mut found: impl FnMut(std::borrow::Cow<'a, str>)) {
        let record = record.strip_suffix(&[self.line_end]).unwrap_or(record);
        let record = if self.line_end == b'\n' { record.strip_suffix(b"\r").unwrap_or(record) } else { record };
        let mut at = 0;
        loop {
            let quoted = self.quotes && record.get(at) == Some(&QUOTE);
            let end = if quoted {
                self.quoted(record, at).map(|(end, _)| end)
            } else {
                memchr(self.separator, &record[at..]).map(|offset| at + offset)
            };
            let field = &record[at..end.unwrap_or(record.len())];
            if quoted {
                let inner = field.strip_prefix(&[QUOTE]).unwrap_or(field);
                let inner = inner.strip_suffix(&[QUOTE]).unwrap_or(inner);
                found(match String::from_utf8_lossy(inner) {
                    text if text.contains("\"\"") => text.replace("\"\"", "\"").into(),
                    text => text,
                });
            } else {
                found(String::from_utf8_lossy(field));
            }
            match end {
                Some(end) => at = end + 1,
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMA: Dialect = Dialect { separator: b',', line_end: b'\n', quotes: true };

    fn split(text: &str) -> (Vec<(&str, usize)>, &str) {
        let mut records = Vec::new();
        let used = COMMA.records(text.as_bytes(), |start, record| {
            records.push((&text[start..start + record.length], record.fields));
            true
        });
        (records, &text[used..])
    }

    #[test]
    fn records_end_outside_quotes_only() {
        type Case<'a> = (&'a str, &'a [(&'a str, usize)], &'a str);
        let cases: [Case<'_>; 9] = [
            ("a,b\n1,2\n", &[("a,b\n", 2), ("1,2\n", 2)], ""),
            ("a,b\n1,", &[("a,b\n", 2)], "1,"),
            ("\n\n", &[("\n", 1), ("\n", 1)], ""),
            ("\"x\ny\",2\n3", &[("\"x\ny\",2\n", 2)], "3"),
            ("\"say \"\"hi,\n\"\"\",2\n", &[("\"say \"\"hi,\n\"\"\",2\n", 2)], ""),
            ("5\" pipe,1\nb,2\n", &[("5\" pipe,1\n", 2), ("b,2\n", 2)], ""),
            ("\"open,1\nb,2\n", &[], "\"open,1\nb,2\n"),
            ("a,\"\"\r\n", &[("a,\"\"\r\n", 2)], ""),
            ("", &[], ""),
        ];
        for (text, records, rest) in cases {
            assert_eq!(split(text), (records.to_vec(), rest), "{text:?}");
        }
    }

    #[test]
    fn text_after_a_quote_that_ends_a_field_is_seen_and_mended() {
        let mended =
            |text: &str| COMMA.mended(text.as_bytes()).map(|(text, rows)| (String::from_utf8(text).unwrap(), rows));
        for (text, as_it_should_be, rows) in [
            ("\"A\" b,1\n", "\"\"\"A\"\" b\",1\n", 1),
            ("x,\"A\" b \"c\"\r\ny,\"d\"\r\n", "x,\"\"\"A\"\" b \"\"c\"\"\"\ny,\"d\"\r\n", 1),
            ("\"a, b\" c,\"say \"\"hi\"\"\",5\" pipe,\n", "\"\"\"a, b\"\" c\",\"say \"\"hi\"\"\",5\" pipe,\n", 1),
            ("\"\",\"\"\"\"\r\n", "\"\",\"\"\"\"\r\n", 0),
        ] {
            assert_eq!(mended(text), Some((as_it_should_be.to_owned(), rows)), "{text:?}");
            let odd = COMMA.record(text.as_bytes()).unwrap();
            assert_eq!(odd.misquoted, rows > 0, "{text:?}");
            assert!(!COMMA.record(as_it_should_be.as_bytes()).unwrap().misquoted, "{text:?}");
            let plain = Dialect { quotes: false, ..COMMA };
            assert!(!plain.record(text.as_bytes()).unwrap().misquoted, "{text:?}");
        }
        assert_eq!(mended("\"open,1\nb,\"c, d\"\n"), None, "two quotes that open are not one field");
    }

    #[test]
    fn quotes_may_be_text() {
        let plain = Dialect { quotes: false, ..COMMA };
        assert_eq!(plain.fields(b"\"open,1\n"), ["\"open", "1"]);
        assert_eq!(plain.record(b"\"a,b\"\n").unwrap().fields, 2);
    }

    #[test]
    fn both_ways_of_scanning_agree() {
        // A quote somewhere switches to the careful way: the records before it must not change.
        let plain = "a,b,c\n1,,3\n\nx\n,,,\n";
        let (fast, _) = split(plain);
        let quoted = format!("{plain}\"q\"\n");
        let (slow, _) = split(&quoted);
        assert_eq!(fast, slow[..slow.len() - 1]);
    }

    #[test]
    fn fields_lose_their_quotes() {
        assert_eq!(COMMA.fields(b"a,\"b,\"\"c\"\"\n\",,\"\"\r\n"), ["a", "b,\"c\"\n", "", ""]);
        assert_eq!(COMMA.fields(b"5\" pipe"), ["5\" pipe"]);
        assert_eq!(COMMA.fields(b""), [""]);
    }
}
