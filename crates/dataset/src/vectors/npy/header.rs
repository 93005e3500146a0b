//! The header: what it tells, why it is refused, and one's own.

use std::io::Read;
use std::path::Path;

use super::MAGIC;
use super::literal::Told;
use super::number::Number;
use crate::Error;
use crate::vectors::MOST_DIMS;

/// Most bytes of a header; NumPy's own have about a hundred.
const MOST_HEADER: usize = 64 << 10;

/// What the header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Vectors.
    pub(crate) rows: u64,
    /// Numbers of each.
    pub(crate) dims: usize,
    /// How they are stored.
    pub(super) number: Number,
    /// Where the numbers begin.
    pub(super) start: u64,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The system says so.
    Io(std::io::Error),
    /// The header does: what is wrong, and what to do.
    Header(String, &'static str),
}

impl Wrong {
    fn header(what: impl Into<String>, advice: &'static str) -> Self {
        Self::Header(what.into(), advice)
    }

    /// The same as an error of this file.
    pub(super) fn at(self, path: &Path) -> Error {
        match self {
            Self::Io(error) => Error::read(path, error),
            Self::Header(what, advice) => Error::Broken { path: path.to_path_buf(), what, advice: advice.to_owned() },
        }
    }
}

impl From<std::io::Error> for Wrong {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

const AGAIN: &str = "Write it again with numpy.save.";

/// Reads the header of a file of `size` bytes.
///
/// # Errors
/// What is wrong with it, or that numbers are missing.
pub(super) fn read(file: &mut impl Read, size: u64) -> Result<Header, Wrong> {
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    let Some([major, _]) = head.strip_prefix(MAGIC) else {
        return Err(Wrong::header("this is no NumPy file: its first bytes are others", AGAIN));
    };
    let (length, before) = match major {
        1 => {
            let mut length = [0; 2];
            file.read_exact(&mut length)?;
            (usize::from(u16::from_le_bytes(length)), 10)
        }
        2 | 3 => {
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            (usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX), 12)
        }
        other => {
            return Err(Wrong::header(format!("version {other} of the NumPy format is not known"), AGAIN));
        }
    };
    if length > MOST_HEADER {
        return Err(Wrong::header(format!("its header is said to have {length} bytes"), AGAIN));
    }
    let mut text = vec![0; length];
    file.read_exact(&mut text)?;
    let told = std::str::from_utf8(&text).ok().and_then(Told::read);
    let told = told.ok_or_else(|| Wrong::header("its header is not that of an array of numbers", AGAIN))?;
    let number = Number::named(&told.descr).ok_or_else(|| {
        let shown: String = told.descr.chars().filter(|letter| !letter.is_control()).take(16).collect();
        Wrong::header(
            format!("its numbers are of type `{shown}`"),
            "Benchbook reads float16, float32 and float64: convert it with .astype(numpy.float32).",
        )
    })?;
    let [rows, dims] = told.shape[..] else {
        return Err(Wrong::header(
            format!("its array has {} dimensions", told.shape.len()),
            "Give an array of two: a row for each vector.",
        ));
    };
    if told.fortran && rows > 1 && dims > 1 {
        return Err(Wrong::header(
            "its array is stored column by column",
            "Save numpy.ascontiguousarray(array) instead.",
        ));
    }
    if rows == 0 || dims == 0 {
        return Err(Wrong::header("its array is empty", "Give one with a row for each vector."));
    }
    let (start, dims) = match usize::try_from(dims) {
        Ok(small) if small <= MOST_DIMS => (before + length as u64, small),
        _ => {
            let what = format!("its vectors have {dims} numbers each, and Benchbook reads up to {MOST_DIMS}");
            return Err(Wrong::header(what, "Give an array with a row for each vector."));
        }
    };
    let end = rows.checked_mul((dims * number.bytes) as u64).and_then(|bytes| bytes.checked_add(start));
    if end.is_none_or(|end| end > size) {
        let what = "the file ends before the last of its vectors";
        return Err(Wrong::header(what, "Write or copy it again: a part of it is missing."));
    }
    Ok(Header { rows, dims, number, start })
}

/// A header of fixed length, for numbers in single precision.
pub(super) fn write(rows: u64, dims: usize) -> Vec<u8> {
    const LENGTH: u16 = 118;
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dims}), }}");
    let mut head = MAGIC.to_vec();
    head.extend([1, 0]);
    head.extend(LENGTH.to_le_bytes());
    head.extend(format!("{text:<width$}\n", width = usize::from(LENGTH) - 1).into_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with this header and so many bytes behind it.
    fn file(text: &str, bytes: usize) -> Vec<u8> {
        let mut all = MAGIC.to_vec();
        all.extend([1, 0]);
        all.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        all.extend(text.as_bytes());
        all.extend(vec![0; bytes]);
        all
    }

    fn found(file: &[u8]) -> Result<Header, String> {
        read(&mut &file[..], file.len() as u64).map_err(|wrong| wrong.at(Path::new("x.npy")).to_string())
    }

    fn told(descr: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn headers_of_every_writer_are_read() {
        for text in [
            told("'<f4'", "False", "(3, 5)"),
            told("'<f4'", "False", "(3L, 5L)"),
            "{\"shape\":(3,5),\"fortran_order\":False,\"descr\":\"<f4\"}".to_owned(),
        ] {
            let header = found(&file(&text, 60)).unwrap();
            assert_eq!((header.rows, header.dims, header.number.bytes), (3, 5, 4), "{text}");
        }
        let one = told("'>f8'", "True", "(1, 5)");
        assert!(found(&file(&one, 40)).unwrap().number.big_endian, "the order of one row does not matter");
    }

    #[test]
    fn hostile_headers_are_refused_with_a_reason() {
        let huge = "1".repeat(19);
        for (text, bytes, why) in [
            (told("'<f4'", "False", "(3, 5)"), 59, "ends before the last"),
            (told("'<f4'", "False", &format!("({huge}, 5)")), 60, "ends before the last"),
            (told("'<f4'", "False", &format!("(3, {huge})")), 60, "numbers each"),
            (told("'<f4'", "False", "(99999999999999999999, 5)"), 60, "not that of an array"),
            (told("'<f4'", "False", "(-3, 5)"), 60, "not that of an array"),
            (told("'<f4'", "False", "(3, 5"), 60, "not that of an array"),
            (told("'<f4'", "False", "15"), 60, "not that of an array"),
            (told("'<f4'", "False", "(15,)"), 60, "1 dimensions"),
            (told("'<f4'", "False", "()"), 60, "0 dimensions"),
            (told("'<f4'", "False", "(1, 3, 5)"), 60, "3 dimensions"),
            (told("'<f4'", "False", "(0, 5)"), 60, "empty"),
            (told("'<f4'", "False", "(3, 0)"), 60, "empty"),
            (told("'<f4'", "True", "(3, 5)"), 60, "ascontiguousarray"),
            (told("'<f4'", "Perhaps", "(3, 5)"), 60, "not that of an array"),
            (told("'<i8'", "False", "(3, 5)"), 120, "`<i8`"),
            (told("'|O'", "False", "(3, 5)"), 120, "`|O`"),
            (told("'\u{1b}[31m'", "False", "(3, 5)"), 120, "`[31m`"),
            (told("[('a', '<f4')]", "False", "(3,)"), 60, "not that of an array"),
            ("__import__('os').system('true')".to_owned(), 60, "not that of an array"),
            ("{'descr': '<f4', 'fortran_order': False}".to_owned(), 60, "not that of an array"),
            ("{'descr': '<f4".to_owned(), 60, "not that of an array"),
            (String::new(), 60, "not that of an array"),
        ] {
            let message = found(&file(&text, bytes)).expect_err(&text);
            assert!(message.contains(why) && !message.contains('\u{1b}'), "{text}: {message}");
        }
        let good = file(&told("'<f4'", "False", "(3, 5)"), 60);
        for cut in [1, 5, 7, 9, 11, 40] {
            assert!(found(&good[..cut]).is_err(), "{cut} bytes");
        }
        let mut other = good.clone();
        other[6] = 9;
        assert!(found(&other).unwrap_err().contains("version 9"));
        let mut long = good.clone();
        long[6] = 2;
        long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(found(&long).unwrap_err().contains("4294967295 bytes"));
        assert!(found(b"PAR1PAR1PAR1").unwrap_err().contains("no NumPy file"));
        let mut bytes = good;
        bytes[12] = 0xff;
        assert!(found(&bytes).unwrap_err().contains("not that of an array"));
    }
}
