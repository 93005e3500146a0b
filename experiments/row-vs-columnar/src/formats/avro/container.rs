//! Avro's object container: a header with schema and codec, then blocks of records, each followed by a sync marker.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};

use super::codec::Codec;

const MAGIC: &[u8; 4] = b"Obj\x01";

/// What stands before the first block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// The schema as JSON.
    pub(super) schema: Vec<u8>,
    /// How blocks are compressed.
    pub(super) codec: Codec,
    /// Stands behind the header and behind every block.
    pub(super) sync: [u8; 16],
}

impl Header {
    /// The header's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        long(2, &mut out);
        for (key, value) in [("avro.schema", self.schema.as_slice()), ("avro.codec", self.codec.name().as_bytes())] {
            bytes(key.as_bytes(), &mut out);
            bytes(value, &mut out);
        }
        long(0, &mut out);
        out.extend_from_slice(&self.sync);
        out
    }

    /// Reads a header and moves `input` behind it.
    pub(super) fn decode(input: &mut &[u8]) -> anyhow::Result<Self> {
        ensure!(take(input, 4)? == MAGIC, "it is not an Avro file");
        let mut entries = BTreeMap::new();
        loop {
            let mut count = read_long(input)?;
            if count == 0 {
                break;
            }
            if count < 0 {
                count = -count;
                read_long(input)?; // the size in bytes, for readers that skip
            }
            for _ in 0..count {
                let key = read_bytes(input)?.to_vec();
                entries.insert(key, read_bytes(input)?);
            }
        }
        let schema = entries.get(b"avro.schema".as_slice()).context("the Avro header has no schema")?.to_vec();
        let codec = Codec::of_header(entries.get(b"avro.codec".as_slice()).copied().unwrap_or(b"null"))?;
        let mut sync = [0; 16];
        sync.copy_from_slice(take(input, 16)?);
        Ok(Self { schema, codec, sync })
    }
}

/// A block as it stands in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Block<'a> {
    /// Records in it.
    pub(super) rows: usize,
    /// Its compressed bytes.
    pub(super) data: &'a [u8],
}

impl Block<'_> {
    /// Appends the block's bytes to `out`.
    pub(super) fn encode(&self, sync: &[u8; 16], out: &mut Vec<u8>) {
        long(self.rows as i64, out);
        bytes(self.data, out);
        out.extend_from_slice(sync);
    }
}

/// The blocks that `input` holds.
pub(super) fn blocks<'a>(mut input: &'a [u8], sync: &[u8; 16]) -> anyhow::Result<Vec<Block<'a>>> {
    let mut blocks = Vec::new();
    while !input.is_empty() {
        let rows = usize::try_from(read_long(&mut input)?).context("a block has a negative number of records")?;
        let data = read_bytes(&mut input)?;
        ensure!(take(&mut input, 16)? == sync, "a block does not end in the file's sync marker");
        blocks.push(Block { rows, data });
    }
    Ok(blocks)
}

/// Appends a number as Avro writes it: zigzag, then seven bits a byte.
fn long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn bytes(data: &[u8], out: &mut Vec<u8>) {
    long(data.len() as i64, out);
    out.extend_from_slice(data);
}

fn read_long(input: &mut &[u8]) -> anyhow::Result<i64> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = take(input, 1)?[0];
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
        }
    }
    bail!("a number has more than ten bytes")
}

fn read_bytes<'a>(input: &mut &'a [u8]) -> anyhow::Result<&'a [u8]> {
    let length = usize::try_from(read_long(input)?).context("a length is negative")?;
    take(input, length)
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> anyhow::Result<&'a [u8]> {
    let (head, tail) = input.split_at_checked(count).context("the Avro file ends in the middle")?;
    *input = tail;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive() {
        for value in [0, -1, 1, 63, -64, 64, 300, i64::from(i32::MAX), i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            long(value, &mut out);
            assert_eq!(read_long(&mut out.as_slice()).unwrap(), value, "{out:?}");
        }
    }

    #[test]
    fn header_and_blocks_survive() {
        let header = Header { schema: b"{}".to_vec(), codec: Codec::Zstd { level: 3 }, sync: *b"0123456789abcdef" };
        let mut file = header.encode();
        Block { rows: 3, data: b"abc" }.encode(&header.sync, &mut file);
        Block { rows: 1, data: b"" }.encode(&header.sync, &mut file);
        let mut rest = file.as_slice();
        assert_eq!(Header::decode(&mut rest).unwrap(), header);
        assert_eq!(
            blocks(rest, &header.sync).unwrap(),
            [Block { rows: 3, data: b"abc".as_slice() }, Block { rows: 1, data: b"" }]
        );
        assert!(blocks(&rest[..rest.len() - 1], &header.sync).unwrap_err().to_string().contains("ends in the middle"));
        assert!(blocks(rest, b"another marker..").is_err());
        assert!(Header::decode(&mut b"PAR1".as_slice()).is_err());
    }
}
