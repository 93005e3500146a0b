//! NumPy's `.npy` format: a header that tells the type and the shape, then the numbers.
//!
//! Read are arrays of two dimensions, rows × numbers, of float16, float32 or float64 in either byte order.

mod header;
mod literal;
mod number;
mod reader;
mod writer;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use polars::prelude::PlSmallStr;

pub(crate) use reader::Reader;
pub(crate) use writer::Writer;

/// The first bytes of a file.
const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Whether a file is one, by its name or its first bytes.
pub(crate) fn is_one(path: &Path) -> bool {
    let named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"));
    let mut head = [0; MAGIC.len()];
    named || File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok_and(|()| head == *MAGIC)
}

/// The column that the vectors of a file make: its name without the ending.
pub(crate) fn column_of(path: &Path) -> PlSmallStr {
    path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default().as_ref().into()
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;
    use crate::read::columnar::Source;

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
