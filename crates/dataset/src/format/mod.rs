//! The file formats: their names, how a file's format is found out, and how a table of each is scanned.

mod scan;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

pub use scan::{casts_for, read_table, scan, scan_with_schema};

use crate::Error;

/// How a table is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values; the separator may be another one.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// CSV or TSV, gzip.
    CsvGz,
    /// CSV or TSV, zstd.
    CsvZst,
    /// One JSON object a line.
    JsonLines,
    /// JSON Lines, gzip.
    JsonLinesGz,
    /// JSON Lines, zstd.
    JsonLinesZst,
    /// Avro object container.
    Avro,
    /// Parquet.
    Parquet,
    /// Arrow IPC, the file format (Feather version 2).
    ArrowFile,
    /// Arrow IPC, the stream format.
    ArrowStream,
}

/// How the bytes of a text format are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not.
    None,
    /// gzip, also of several members.
    Gzip,
    /// zstd, also of several frames.
    Zstd,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 11] = [
        Self::Csv,
        Self::Tsv,
        Self::CsvGz,
        Self::CsvZst,
        Self::JsonLines,
        Self::JsonLinesGz,
        Self::JsonLinesZst,
        Self::Avro,
        Self::Parquet,
        Self::ArrowFile,
        Self::ArrowStream,
    ];

    /// The usual ending of its files, without the leading dot; also its name in results and on pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::CsvGz => "csv.gz",
            Self::CsvZst => "csv.zst",
            Self::JsonLines => "jsonl",
            Self::JsonLinesGz => "jsonl.gz",
            Self::JsonLinesZst => "jsonl.zst",
            Self::Avro => "avro",
            Self::Parquet => "parquet",
            Self::ArrowFile => "arrow",
            Self::ArrowStream => "arrows",
        }
    }

    /// Whether it is lines of separated values.
    #[must_use]
    pub fn is_delimited(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::CsvGz | Self::CsvZst)
    }

    /// Whether it is JSON Lines.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(self, Self::JsonLines | Self::JsonLinesGz | Self::JsonLinesZst)
    }

    /// How its bytes are compressed as a whole. Avro, Parquet and Arrow compress inside.
    #[must_use]
    pub fn compression(self) -> Compression {
        match self {
            Self::CsvGz | Self::JsonLinesGz => Compression::Gzip,
            Self::CsvZst | Self::JsonLinesZst => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The format that a file's name promises; `None` if its ending says nothing.
    #[must_use]
    pub fn from_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (stem, compression) = match name.rsplit_once('.') {
            Some((stem, "gz" | "gzip")) => (stem, Compression::Gzip),
            Some((stem, "zst" | "zstd")) => (stem, Compression::Zstd),
            _ => (name.as_str(), Compression::None),
        };
        let plain = match stem.rsplit_once('.')?.1 {
            "csv" => Self::Csv,
            "tsv" | "tab" => Self::Tsv,
            "jsonl" | "ndjson" | "json" => Self::JsonLines,
            "avro" => Self::Avro,
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "ipc" => Self::ArrowFile,
            "arrows" => Self::ArrowStream,
            _ => return None,
        };
        plain.compressed(compression)
    }

    /// The format of a file: what its first bytes say, else what its name says.
    ///
    /// The bytes come first, because a `.csv` that holds gzip, or a `.feather` that holds a stream, is read as what it is.
    ///
    /// # Errors
    /// [`Error::EmptyFile`], [`Error::Unreadable`], or [`Error::UnknownFormat`].
    pub fn detect(path: &Path) -> Result<Self, Error> {
        let unreadable = |error| Error::read(path, error);
        let mut file = File::open(path).map_err(unreadable)?;
        let mut head = Vec::new();
        (&mut file).take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
        let named = Self::from_name(path);
        match head.as_slice() {
            [] => return Err(Error::EmptyFile { path: path.to_path_buf() }),
            [b'P', b'A', b'R', b'1', ..] => return Ok(Self::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => return Ok(Self::ArrowFile),
            [b'O', b'b', b'j', 1, ..] => return Ok(Self::Avro),
            [0xff, 0xff, 0xff, 0xff, ..] => return Ok(Self::ArrowStream),
            [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let compression = if head[0] == 0x1f { Compression::Gzip } else { Compression::Zstd };
                file.rewind().map_err(unreadable)?;
                let mut text = Vec::new();
                decoder(file, compression)
                    .map_err(unreadable)?
                    .take(HEAD)
                    .read_to_end(&mut text)
                    .map_err(unreadable)?;
                let plain = match named {
                    Some(format) if format.is_delimited() => Some(Self::Csv),
                    Some(format) if format.is_json() => Some(Self::JsonLines),
                    _ => Self::of_text(&text),
                };
                return plain
                    .and_then(|plain| plain.compressed(compression))
                    .ok_or_else(|| Error::UnknownFormat { path: path.to_path_buf() });
            }
            _ => {}
        }
        match named {
            Some(format) if format.compression() == Compression::None => Ok(format),
            Some(format) => Err(Error::Broken {
                path: path.to_path_buf(),
                what: format!("its name ends like {}, but its bytes are not compressed so", format.name()),
                advice: "Rename it to the ending of what it holds.".to_owned(),
            }),
            None => Self::of_text(&head).ok_or_else(|| Error::UnknownFormat { path: path.to_path_buf() }),
        }
    }

    /// A plain text format in a compressed file.
    fn compressed(self, compression: Compression) -> Option<Self> {
        match (self, compression) {
            (format, Compression::None) => Some(format),
            (Self::Csv | Self::Tsv, Compression::Gzip) => Some(Self::CsvGz),
            (Self::Csv | Self::Tsv, Compression::Zstd) => Some(Self::CsvZst),
            (Self::JsonLines, Compression::Gzip) => Some(Self::JsonLinesGz),
            (Self::JsonLines, Compression::Zstd) => Some(Self::JsonLinesZst),
            _ => None,
        }
    }

    /// The format of a text that no name and no magic bytes tell about: an object is JSON Lines, several fields are CSV.
    fn of_text(head: &[u8]) -> Option<Self> {
        if head.contains(&0) {
            return None;
        }
        match head.iter().find(|byte| !byte.is_ascii_whitespace())? {
            b'{' => Some(Self::JsonLines),
            _ => {
                let line = head.split(|&byte| byte == b'\n').next()?;
                let fields = |separator: u8| line.iter().filter(|&&byte| byte == separator).count();
                (fields(b',').max(fields(b'\t')).max(fields(b';')) > 0).then_some(Self::Csv)
            }
        }
    }
}

/// Bytes that are read to find out the format.
const HEAD: u64 = 4096;

/// A reader of the plain bytes.
pub(crate) fn decoder<'a, R: Read + Send + 'a>(
    reader: R,
    compression: Compression,
) -> std::io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        Compression::Zstd => Box::new(zstd::Decoder::new(reader)?),
    })
}
