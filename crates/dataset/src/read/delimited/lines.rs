//! Lines of separated values, judged one by one: is each a record of its own?

use std::path::Path;
use std::sync::Arc;

use super::header;
use crate::Error;
use crate::format::Compression;
use crate::read::blocks::{Blocks, Meter};
use crate::read::records::{Dialect, QUOTE};
use crate::read::sections::{Lines, Section};
use crate::read::sniff;

/// The records of a table.
pub(super) struct Records {
    pub dialect: Dialect,
    /// Fields of a record.
    pub columns: usize,
    /// Whether each file has a header.
    pub header: bool,
}

impl Lines for Records {
    fn line_end(&self) -> u8 {
        self.dialect.line_end
    }

    fn head(&self, path: &Path) -> Result<Section, Error> {
        if !self.header {
            return Ok(Section { bytes: 0..0, lines: 0 });
        }
        let meter = Arc::new(Meter::default());
        let mut blocks = Blocks::open(path, Compression::None, self.dialect.line_end, 64 << 10, &meter, None)?;
        let (_, used) = header::first_record(path, &mut blocks, self.dialect)?;
        let lines = blocks.line_at(used) - 1;
        let marked = if blocks.marked() { sniff::MARK.len() } else { 0 };
        Ok(Section { bytes: 0..(marked + used) as u64, lines })
    }

    /// A record on one line, with quotes only around whole fields: a line from the middle of a quoted text meets the quote that ends
    /// it, and then is none.
    fn judge(&self, line: &[u8]) -> Option<bool> {
        if !self.dialect.quotes || memchr::memchr(QUOTE, line).is_none() {
            return Some(self.fields_without_quotes(line) == self.columns);
        }
        let body = line.strip_suffix(&[self.dialect.line_end]).unwrap_or(line);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        let mut fields = 1;
        let mut at = 0;
        loop {
            let end = match body.get(at) {
                Some(&QUOTE) => self.after_quotes(body, at)?,
                _ => {
                    let end =
                        memchr::memchr2(self.dialect.separator, QUOTE, &body[at..]).map_or(body.len(), |i| at + i);
                    if body.get(end) == Some(&QUOTE) {
                        return None;
                    }
                    end
                }
            };
            if end == body.len() {
                return Some(fields == self.columns);
            }
            at = end + 1;
            fields += 1;
        }
    }
}

impl Records {
    fn fields_without_quotes(&self, line: &[u8]) -> usize {
        memchr::memchr_iter(self.dialect.separator, line).count() + 1
    }

    /// Where the quoted field at `start` ends: at a separator or at the end of the line.
    fn after_quotes(&self, body: &[u8], start: usize) -> Option<usize> {
        let mut at = start + 1;
        loop {
            at += memchr::memchr(QUOTE, &body[at..])? + 1;
            match body.get(at) {
                Some(&QUOTE) => at += 1,
                Some(&next) if next != self.dialect.separator => return None,
                _ => return Some(at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_judged() {
        let records =
            Records { dialect: Dialect { separator: b',', line_end: b'\n', quotes: true }, columns: 3, header: true };
        for (line, judged) in [
            ("a,b,c\n", Some(true)),
            ("a,b,c", Some(true)),
            ("a,b\r\n", Some(false)),
            (",,\n", Some(true)),
            ("\"a,b\",c,\"\"\r\n", Some(true)),
            ("\"say \"\"hi\"\"\",b,c\n", Some(true)),
            ("\"a\",b\n", Some(false)),
            // The end of a text that began in a line before.
            ("and so on\",b,c\n", None),
            ("\",b,c\n", None),
            // The start of one that ends in a line to come.
            ("a,b,\"once upon\n", None),
            ("\"once upon\n", None),
            ("\"a\"b,c,d\n", None),
            ("5\" pipe,b,c\n", None),
        ] {
            assert_eq!(records.judge(line.as_bytes()), judged, "{line:?}");
        }
    }
}
