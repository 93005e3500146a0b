//! Compression of Avro's blocks.

use std::io::Read;

use anyhow::{Context, bail};
use flate2::read::{DeflateDecoder, DeflateEncoder};

/// How the blocks of an Avro file are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Raw deflate, the codec that every reader must have.
    Deflate {
        /// 0 to 9.
        level: u32,
    },
    /// zstd.
    Zstd {
        /// 1 to 22.
        level: i32,
    },
}

impl Codec {
    /// The name in the file's header.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Deflate { .. } => "deflate",
            Self::Zstd { .. } => "zstandard",
        }
    }

    pub(super) fn compress(self, data: &[u8]) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Deflate { level } => {
                let mut out = Vec::with_capacity(data.len() / 2);
                DeflateEncoder::new(data, flate2::Compression::new(level)).read_to_end(&mut out)?;
                Ok(out)
            }
            Self::Zstd { level } => Ok(zstd::bulk::compress(data, level)?),
        }
    }

    /// Appends the plain bytes of a block to `out`.
    pub(super) fn decompress(self, data: &[u8], out: &mut Vec<u8>) -> anyhow::Result<()> {
        match self {
            Self::Deflate { .. } => DeflateDecoder::new(data).read_to_end(out).context("a block is not deflate")?,
            Self::Zstd { .. } => zstd::Decoder::with_buffer(data)?.read_to_end(out).context("a block is not zstd")?,
        };
        Ok(())
    }

    /// The codec that a header names. The level matters for writing alone.
    pub(super) fn of_header(name: &[u8]) -> anyhow::Result<Self> {
        match name {
            b"deflate" => Ok(Self::Deflate { level: 6 }),
            b"zstandard" => Ok(Self::Zstd { level: 3 }),
            other => {
                bail!("the Avro codec {:?} is not one that this experiment writes", String::from_utf8_lossy(other))
            }
        }
    }
}
