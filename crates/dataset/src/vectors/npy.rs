//! NumPy's `.npy` format: a header that tells the type and the shape, then the numbers.
//!
//! Read are arrays of two dimensions, rows × numbers, of float16, float32 or float64 in either byte order.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use half::f16;
use polars::prelude::*;
use polars_arrow::array::{FixedSizeListArray, PrimitiveArray};
use polars_arrow::datatypes::{ArrowDataType, Field as ArrowField};

use super::MOST_DIMS;
use crate::Error;
use crate::read::columnar::Source;

/// The first bytes of a file.
const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Most bytes of a header; NumPy's own have about a hundred.
const MOST_HEADER: usize = 64 << 10;

/// Bytes that are read at once, about.
const SLICE: usize = 8 << 20;

/// Whether a file is one, by its name or its first bytes.
pub(crate) fn is_one(path: &Path) -> bool {
    let named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    let mut head = [0; MAGIC.len()];
    named || File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok_and(|()| head == *MAGIC)
}

/// How a number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number {
    bytes: usize,
    big_endian: bool,
}

impl Number {
    /// The type that NumPy writes as `text`.
    fn named(text: &str) -> Option<Self> {
        let (order, kind) = text.split_at_checked(1)?;
        let big_endian = match order {
            "<" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            _ => return None,
        };
        let bytes = match kind {
            "f2" => 2,
            "f4" => 4,
            "f8" => 8,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    /// Appends the numbers that `bytes` hold, in single precision.
    fn decode(self, bytes: &[u8], out: &mut Vec<f32>) {
        fn ordered<const N: usize>(mut number: [u8; N], big_endian: bool) -> [u8; N] {
            if big_endian {
                number.reverse();
            }
            number
        }
        let big = self.big_endian;
        match self.bytes {
            2 => out.extend(bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(ordered(b, big)).to_f32())),
            4 => out.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(ordered(b, big)))),
            _ => out.extend(bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(ordered(b, big)) as f32)),
        }
    }
}

/// What the header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Vectors.
    pub(crate) rows: u64,
    /// Numbers of each.
    pub(crate) dims: usize,
    number: Number,
    /// Where the numbers begin.
    start: u64,
}

/// An open file.
pub(crate) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    /// The rows to read, in order and apart.
    rows: Vec<Range<u64>>,
    /// How many of them were read.
    done: u64,
    schema: Schema,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`Error::Broken`] says what is wrong with the header, or that numbers are missing.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |error| Error::read(path, error);
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        if size == 0 {
            return Err(Error::EmptyFile { path: path.to_path_buf() });
        }
        let mut file = BufReader::new(file);
        let header = header(&mut file, size).map_err(|wrong| wrong.at(path))?;
        let dtype = DataType::Array(Box::new(DataType::Float32), header.dims);
        let schema = Schema::from_iter([(column_of(path), dtype)]);
        let rows = std::iter::once(0..header.rows).collect();
        Ok(Self { path: path.to_path_buf(), file, header, rows, done: 0, schema })
    }

    /// What the header tells.
    pub(crate) fn header(&self) -> Header {
        self.header
    }

    /// Vectors that are left.
    pub(crate) fn left(&self) -> u64 {
        self.rows.iter().map(|rows| rows.end - rows.start).sum::<u64>() - self.done
    }

    /// Where the next vectors are, and how many lie there together; `None` at the end.
    fn run(&self) -> Option<Range<u64>> {
        let mut before = 0;
        self.rows.iter().find_map(|rows| {
            let start = rows.start + self.done.saturating_sub(before);
            before += rows.end - rows.start;
            (start < rows.end).then_some(start..rows.end)
        })
    }

    /// Appends the numbers of the next vectors, at most `most`; how many these were.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn take(&mut self, most: usize, out: &mut Vec<f32>) -> Result<usize, Error> {
        let rows = usize::try_from(self.left()).unwrap_or(usize::MAX).min(most);
        let row = self.header.dims * self.header.number.bytes;
        let mut bytes = vec![0; row * (SLICE / row).max(1).min(rows)];
        let mut left = rows;
        while let Some(run) = self.run().filter(|_| left > 0) {
            let now = left.min(bytes.len() / row).min(usize::try_from(run.end - run.start).unwrap_or(usize::MAX));
            let bytes = &mut bytes[..now * row];
            let start = SeekFrom::Start(self.header.start + run.start * row as u64);
            let read = self.file.seek(start).and_then(|_| self.file.read_exact(bytes));
            read.map_err(|error| Error::read(&self.path, error))?;
            self.header.number.decode(bytes, out);
            left -= now;
            self.done += now as u64;
        }
        Ok(rows)
    }

    /// The next vectors as a column.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn column(&mut self, name: PlSmallStr, most: usize) -> Result<Column, Error> {
        let mut values = Vec::new();
        let rows = self.take(most, &mut values)?;
        let field = ArrowField::new("item".into(), ArrowDataType::Float32, true);
        let dtype = ArrowDataType::FixedSizeList(Box::new(field), self.header.dims);
        let numbers = PrimitiveArray::from_vec(values).boxed();
        let array = FixedSizeListArray::try_new(dtype, rows, numbers, None);
        let series = array.and_then(|array| Series::from_arrow(name, array.boxed()));
        series.map(IntoColumn::into_column).map_err(|source| Error::Engine { path: self.path.clone(), source })
    }

    /// Goes back to the first vector.
    ///
    pub(crate) fn rewind(&mut self) {
        self.done = 0;
    }
}

impl Source for Reader {
    fn open(path: &Path) -> Result<Self, Error> {
        Self::open(path)
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        Some(self.header.rows)
    }

    fn select(&mut self, rows: Vec<Range<u64>>) {
        self.rows = rows;
        self.done = 0;
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        if self.left() == 0 {
            return Ok(None);
        }
        let rows = (SLICE / (self.header.dims * 4)).max(1);
        let column = self.column(column_of(&self.path), rows)?;
        let batch = DataFrame::new(column.len(), vec![column]);
        batch.map(Some).map_err(|source| Error::Engine { path: self.path.clone(), source })
    }

    fn share(&self) -> f64 {
        self.done as f64 / (self.done + self.left()).max(1) as f64
    }
}

/// The column that the vectors of a file make: its name without the ending.
pub(crate) fn column_of(path: &Path) -> PlSmallStr {
    path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default().as_ref().into()
}

/// What is wrong with a file.
#[derive(Debug)]
enum Wrong {
    /// The system says so.
    Io(std::io::Error),
    /// The header does: what is wrong, and what to do.
    Header(String, &'static str),
}

impl Wrong {
    fn header(what: impl Into<String>, advice: &'static str) -> Self {
        Self::Header(what.into(), advice)
    }

    fn at(self, path: &Path) -> Error {
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

fn header(file: &mut impl Read, size: u64) -> Result<Header, Wrong> {
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

/// The header's Python literal.
#[derive(Debug, PartialEq)]
struct Told {
    descr: String,
    fortran: bool,
    shape: Vec<u64>,
}

impl Told {
    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, its keys in any order.
    fn read(text: &str) -> Option<Self> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        let mut rest = Literal(text);
        rest.eat("{").then_some(())?;
        while !rest.eat("}") {
            let key = rest.text()?;
            rest.eat(":").then_some(())?;
            match key {
                "descr" => descr = Some(rest.text()?.to_owned()),
                "fortran_order" => fortran = Some(rest.truth()?),
                "shape" => shape = Some(rest.numbers()?),
                _ => return None,
            }
            if !rest.eat(",") {
                rest.eat("}").then_some(())?;
                break;
            }
        }
        Some(Self { descr: descr?, fortran: fortran?, shape: shape? })
    }
}

/// What is left of a Python literal.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn eat(&mut self, token: &str) -> bool {
        self.0 = self.0.trim_start();
        self.0.strip_prefix(token).map(|rest| self.0 = rest).is_some()
    }

    fn text(&mut self) -> Option<&'a str> {
        let quote = ["'", "\""].into_iter().find(|quote| self.eat(quote))?;
        let (text, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(text)
    }

    fn truth(&mut self) -> Option<bool> {
        self.eat("True").then_some(true).or_else(|| self.eat("False").then_some(false))
    }

    fn numbers(&mut self) -> Option<Vec<u64>> {
        let mut numbers = Vec::new();
        self.eat("(").then_some(())?;
        while !self.eat(")") {
            self.0 = self.0.trim_start();
            let end = self.0.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.0.len());
            let (digits, rest) = self.0.split_at(end);
            numbers.push(digits.parse().ok()?);
            self.0 = rest;
            // Python 2 marks long numbers.
            self.eat("L");
            if !self.eat(",") {
                self.eat(")").then_some(())?;
                break;
            }
        }
        Some(numbers)
    }
}

/// A file that is being written, in single precision.
pub(crate) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    dims: usize,
    written: u64,
}

impl Writer {
    /// Makes a file for vectors of `dims` numbers.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn create(path: &Path, dims: usize) -> Result<Self, Error> {
        let file = File::create(path).map_err(|error| Error::write(path, 0, error))?;
        let mut writer = Self { path: path.to_path_buf(), file: BufWriter::new(file), dims, written: 0 };
        writer.bytes(&head(0, dims))?;
        Ok(writer)
    }

    /// Appends a vector.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn put(&mut self, vector: &[f32]) -> Result<(), Error> {
        vector.iter().try_for_each(|value| self.bytes(&value.to_le_bytes()))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| Error::write(&self.path, self.written, error))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Puts the number of vectors into the header.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn finish(mut self, rows: u64) -> Result<(), Error> {
        let sought = self.file.seek(SeekFrom::Start(0));
        sought.map_err(|error| Error::write(&self.path, self.written, error))?;
        self.bytes(&head(rows, self.dims))?;
        self.file.flush().map_err(|error| Error::write(&self.path, self.written, error))
    }
}

/// A header of fixed length.
fn head(rows: u64, dims: usize) -> Vec<u8> {
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

    fn read(file: &[u8]) -> Result<Header, String> {
        header(&mut &file[..], file.len() as u64).map_err(|wrong| wrong.at(Path::new("x.npy")).to_string())
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
            let header = read(&file(&text, 60)).unwrap();
            assert_eq!((header.rows, header.dims, header.number.bytes), (3, 5, 4), "{text}");
        }
        let one = told("'>f8'", "True", "(1, 5)");
        assert!(read(&file(&one, 40)).unwrap().number.big_endian, "the order of one row does not matter");
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
            let message = read(&file(&text, bytes)).expect_err(&text);
            assert!(message.contains(why) && !message.contains('\u{1b}'), "{text}: {message}");
        }
        let good = file(&told("'<f4'", "False", "(3, 5)"), 60);
        for cut in [1, 5, 7, 9, 11, 40] {
            assert!(read(&good[..cut]).is_err(), "{cut} bytes");
        }
        let mut other = good.clone();
        other[6] = 9;
        assert!(read(&other).unwrap_err().contains("version 9"));
        let mut long = good.clone();
        long[6] = 2;
        long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&long).unwrap_err().contains("4294967295 bytes"));
        assert!(read(b"PAR1PAR1PAR1").unwrap_err().contains("no NumPy file"));
        let mut bytes = good;
        bytes[12] = 0xff;
        assert!(read(&bytes).unwrap_err().contains("not that of an array"));
    }

    #[test]
    fn numbers_of_every_width_are_read() {
        let mut out = Vec::new();
        Number::named("<f2").unwrap().decode(&f16::from_f32(1.5).to_le_bytes(), &mut out);
        Number::named(">f2").unwrap().decode(&f16::from_f32(-2.0).to_be_bytes(), &mut out);
        Number::named("<f4").unwrap().decode(&0.25_f32.to_le_bytes(), &mut out);
        Number::named(">f4").unwrap().decode(&3.0_f32.to_be_bytes(), &mut out);
        Number::named("<f8").unwrap().decode(&1e-3_f64.to_le_bytes(), &mut out);
        Number::named(">f8").unwrap().decode(&1e300_f64.to_be_bytes(), &mut out);
        assert_eq!(out, [1.5, -2.0, 0.25, 3.0, 1e-3, f32::INFINITY]);
        assert!(Number::named("f4").is_none() && Number::named("<f16").is_none() && Number::named("").is_none());
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.npy");
        let mut writer = Writer::create(&path, 3).unwrap();
        writer.put(&[1.0, -2.5, 3.0]).unwrap();
        writer.put(&[f32::NAN, 0.0, -0.0]).unwrap();
        writer.finish(2).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!((reader.header().rows, reader.header().dims), (2, 3));
        let mut out = Vec::new();
        assert_eq!(reader.take(1, &mut out).unwrap(), 1);
        assert_eq!((out.as_slice(), reader.left()), ([1.0, -2.5, 3.0].as_slice(), 1));
        reader.rewind();
        let column = reader.column("v".into(), 10).unwrap();
        assert_eq!((column.len(), column.dtype()), (2, &DataType::Array(Box::new(DataType::Float32), 3)));
    }

    #[test]
    fn selected_vectors_alone_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.npy");
        let mut writer = Writer::create(&path, 1).unwrap();
        (0..10).for_each(|i: u8| writer.put(&[f32::from(i)]).unwrap());
        writer.finish(10).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        reader.select(vec![1..3, 7..8, 9..10]);
        let mut out = Vec::new();
        assert_eq!((reader.left(), reader.take(1, &mut out).unwrap(), reader.take(10, &mut out).unwrap()), (4, 1, 3));
        assert_eq!((out.as_slice(), reader.left()), ([1.0, 2.0, 7.0, 9.0].as_slice(), 0));
    }
}
