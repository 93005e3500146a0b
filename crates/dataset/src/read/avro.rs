//! Avro, block by block.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::*;
use polars_arrow::datatypes::ArrowSchema;
use polars_arrow::io::avro::avro_schema::file::Block;
use polars_arrow::io::avro::avro_schema::read::fallible_streaming_iterator::FallibleStreamingIterator;
use polars_arrow::io::avro::avro_schema::read::{BlockStreamingIterator, block_iterator, read_metadata};
use polars_arrow::io::avro::avro_schema::schema::{Field as AvroField, Schema as AvroSchema};
use polars_arrow::io::avro::read::{deserialize, infer_schema};

use super::blocks::{Counted, Meter};
use super::columnar::{Source, schema_of, unknown_type};
use crate::Error;

/// Rows that a batch should have: the blocks of most writers hold few.
const BATCH: usize = 16 << 10;

/// An open Avro file.
pub(crate) struct Avro {
    path: PathBuf,
    schema: Schema,
    arrow: ArrowSchema,
    fields: Vec<AvroField>,
    blocks: BlockStreamingIterator<BufReader<Counted>>,
    zstd: bool,
    size: u64,
    meter: Arc<Meter>,
}

impl Source for Avro {
    fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |error| Error::read(path, error);
        let broken = |error| Error::broken(path, "Avro", error);
        let mut file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        let codec = codec(&mut file).map_err(unreadable)?;
        let zstd = match codec.as_deref() {
            None | Some("null" | "deflate" | "snappy") => false,
            Some("zstandard") => true,
            Some(other) => {
                return Err(Error::Broken {
                    path: path.to_path_buf(),
                    what: format!("its blocks are compressed with `{other}`"),
                    advice: "Benchbook reads deflate, snappy, zstandard and none: write it with one of these."
                        .to_owned(),
                });
            }
        };
        let meter = Arc::new(Meter::default());
        let mut reader = BufReader::new(Counted { file, meter: Arc::clone(&meter) });
        let metadata = read_metadata(&mut reader).map_err(|_| Error::Broken {
            path: path.to_path_buf(),
            what: "its Avro header is damaged, or it holds no records".to_owned(),
            advice: "Write or copy it again.".to_owned(),
        })?;
        let unknown = metadata.record.fields.iter().find_map(|field| unknown(&field.schema).map(|name| (field, name)));
        if let Some((field, name)) = unknown {
            return Err(unknown_type(path, &field.name, name));
        }
        let arrow = infer_schema(&metadata.record).map_err(broken)?;
        Ok(Self {
            path: path.to_path_buf(),
            schema: schema_of(path, &arrow)?,
            arrow,
            fields: metadata.record.fields,
            blocks: block_iterator(reader, metadata.compression, metadata.marker),
            zstd,
            size,
            meter,
        })
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Error> {
        let cut = |_| Error::Broken {
            path: self.path.clone(),
            what: "a block is damaged or cut off".to_owned(),
            advice: "Write or copy the file again.".to_owned(),
        };
        let broken = |error| Error::broken(&self.path, "Avro", error);
        let projection = vec![true; self.fields.len()];
        let mut batch: Option<DataFrame> = None;
        while batch.as_ref().is_none_or(|batch| batch.height() < BATCH) {
            let Some(block) = self.blocks.next().map_err(cut)? else { break };
            let plain;
            let block = if self.zstd {
                let data = zstd::decode_all(block.data.as_slice()).map_err(|error| Error::read(&self.path, error))?;
                plain = Block { number_of_rows: block.number_of_rows, data };
                &plain
            } else {
                block
            };
            let rows = DataFrame::from(deserialize(block, &self.arrow, &self.fields, &projection).map_err(broken)?);
            match &mut batch {
                Some(batch) => batch.vstack_mut_owned(rows).map(|_| ()).map_err(broken)?,
                None => batch = Some(rows),
            }
        }
        Ok(batch)
    }

    fn share(&self) -> f64 {
        self.meter.share(self.size, 0)
    }
}

/// The codec that the header names. The reader takes one that it does not know for none, so it must be looked up before.
fn codec(file: &mut File) -> std::io::Result<Option<String>> {
    const KEY: &[u8] = b"avro.codec";
    let mut head = Vec::new();
    file.by_ref().take(1 << 20).read_to_end(&mut head)?;
    file.rewind()?;
    // The value follows the key: its length as a zigzag number of one byte, then its bytes.
    let value = memchr::memmem::find(&head, KEY).map(|at| &head[at + KEY.len()..]);
    Ok(value.and_then(|value| {
        let length = usize::from(*value.first()? / 2);
        let name = value.get(1..=length)?;
        Some(String::from_utf8_lossy(name).into_owned())
    }))
}

/// The name of a type in `schema` that the engine does not know.
fn unknown(schema: &AvroSchema) -> Option<&'static str> {
    match schema {
        AvroSchema::Map(_) => Some("map"),
        AvroSchema::Array(items) => unknown(items),
        AvroSchema::Record(record) => record.fields.iter().find_map(|field| unknown(&field.schema)),
        AvroSchema::Union(variants) => match variants.as_slice() {
            [AvroSchema::Null, one] | [one, AvroSchema::Null] => unknown(one),
            _ => Some("union"),
        },
        _ => None,
    }
}
