//! Avro: records row by row in compressed blocks.
//!
//! Polars turns rows into columns and back; this module only deals with the container around them. Polars' own container
//! code writes the whole table as a single block on a single thread, has a deflate far slower than zlib's, and no zstd.
//! Here blocks are independent, so every core works on some. What remains slow is what the format asks for: a reader
//! has to step through every field of every record, also of those that it does not want.

mod codec;
mod container;

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, bail};
pub(crate) use codec::Codec;
use container::{Block, Header};
use polars::chunked_array::cast::CastOptions;
use polars::prelude::*;
use polars_arrow::array::ArrayRef;
use polars_arrow::io::avro::avro_schema::file::Block as PlainBlock;
use polars_arrow::io::avro::avro_schema::schema::{Record, Schema as AvroSchema};
use polars_arrow::io::avro::{read as decode, write as encode};
use polars_core::runtime::RAYON;
use rayon::prelude::*;

/// Plain bytes of a block, about: enough for a codec to find repetitions, little enough to fill every core's cache.
const BLOCK_BYTES: usize = 256 * 1024;
/// Bytes of a header that are read at once; a wider table's header is read whole in a second try.
const HEADER_BYTES: u64 = 64 * 1024;

/// The type in which a column is stored: Avro knows signed integers of 32 and 64 bits, and no nanoseconds. Its decimals are
/// bytes of varying length, which Polars writes and cannot always read.
fn stored(dtype: &DataType) -> DataType {
    match dtype {
        DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        // 64 bits without a sign are stored as the same 64 bits with one.
        DataType::UInt32 | DataType::UInt64 | DataType::Datetime(TimeUnit::Nanoseconds, _) => DataType::Int64,
        DataType::Decimal(..) => DataType::String,
        other => other.clone(),
    }
}

/// Writes a table as a new file.
pub(super) fn write(frame: &DataFrame, codec: Codec, path: &Path) -> anyhow::Result<()> {
    let writer = Writer::new(frame, codec)?;
    let mut file = std::fs::File::create(path)?;
    file.write_all(&writer.header.encode())?;
    writer.write_rows(frame, &mut file)
}

/// Appends rows to a file: complete blocks behind the last one.
pub(super) fn append(frame: &DataFrame, path: &Path) -> anyhow::Result<()> {
    let mut file = std::fs::File::options().read(true).append(true).open(path)?;
    let (header, _) = read_header(&mut file)?;
    let record = record(&header)?;
    Writer { header, record }.write_rows(frame, &mut file)
}

struct Writer {
    header: Header,
    record: Record,
}

impl Writer {
    fn new(frame: &DataFrame, codec: Codec) -> anyhow::Result<Self> {
        let names = names(frame.schema());
        let fields = frame.columns().iter().zip(&names).map(|(column, name)| {
            let field = Field::new(name.clone(), stored(column.dtype())).to_arrow(CompatLevel::oldest());
            // A column without nulls needs no byte per value that says "here is one".
            let nullable = column.null_count() > 0;
            (name.clone(), ArrowField::new(name.clone(), field.dtype, nullable))
        });
        let record = encode::to_record(&fields.collect(), "row".to_owned())?;
        let schema = serde_json::to_vec(&AvroSchema::Record(record.clone()))?;
        let mut sync = [0; 16];
        sync.copy_from_slice(results::fingerprint(&[&String::from_utf8_lossy(&schema)]).as_bytes());
        Ok(Self { header: Header { schema, codec, sync }, record })
    }

    fn write_rows(&self, frame: &DataFrame, file: &mut impl Write) -> anyhow::Result<()> {
        let frame = to_stored(frame)?;
        let rows = frame.height();
        let per_block = (BLOCK_BYTES / (frame.estimated_size() / rows.max(1)).max(1)).max(1);
        // As many blocks at a time as keep every core busy; what is compressed goes to the file in order.
        let wave = per_block * RAYON.current_num_threads() * 4;
        for start in (0..rows).step_by(wave) {
            let end = rows.min(start + wave);
            let starts: Vec<usize> = (start..end).step_by(per_block).collect();
            let blocks = RAYON.install(|| {
                starts
                    .into_par_iter()
                    .map(|start| self.block(&frame.slice(start as i64, per_block.min(end - start))))
                    .collect::<anyhow::Result<Vec<Vec<u8>>>>()
            })?;
            for block in blocks {
                file.write_all(&block)?;
            }
        }
        Ok(())
    }

    /// The bytes of a block with all rows of `frame`.
    fn block(&self, frame: &DataFrame) -> anyhow::Result<Vec<u8>> {
        let arrays: Vec<ArrayRef> = frame
            .columns()
            .iter()
            .map(|column| column.as_materialized_series().rechunk().to_arrow(0, CompatLevel::oldest()))
            .collect();
        let mut fields: Vec<_> = arrays
            .iter()
            .zip(&self.record.fields)
            .map(|(array, field)| encode::new_serializer(array.as_ref(), &field.schema))
            .collect();
        let mut plain = PlainBlock::new(frame.height(), Vec::with_capacity(BLOCK_BYTES));
        encode::serialize(&mut fields, &mut plain);
        let data = self.header.codec.compress(&plain.data)?;
        let mut out = Vec::with_capacity(data.len() + 32);
        Block { rows: frame.height(), data: &data }.encode(&self.header.sync, &mut out);
        Ok(out)
    }
}

/// Reads the named columns, or all of them, of the records behind byte `from` (0 for all), as `schema` types them.
pub(super) fn read(path: &Path, schema: &Schema, columns: Option<&[String]>, from: u64) -> anyhow::Result<DataFrame> {
    let mut file = std::fs::File::open(path)?;
    let (header, first) = read_header(&mut file)?;
    let start = from.max(first);
    let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().saturating_sub(start))?);
    file.seek(SeekFrom::Start(start))?;
    file.read_to_end(&mut bytes)?;

    let record = record(&header)?;
    if record.fields.len() != schema.len() {
        bail!("the Avro file has {} fields where the table has {} columns", record.fields.len(), schema.len());
    }
    let wanted: Vec<bool> =
        schema.iter_names().map(|name| columns.is_none_or(|c| c.iter().any(|c| c == name.as_str()))).collect();
    let fields = decode::infer_schema(&record)?;
    let blocks = container::blocks(&bytes, &header.sync)?;

    // Runs of blocks of equal size, a few for each core; records of a run follow each other, so they decode as one block.
    let run = blocks.len().div_ceil(RAYON.current_num_threads() * 4).max(1);
    let parts = RAYON.install(|| {
        blocks
            .par_chunks(run)
            .map(|run| {
                let mut plain = PlainBlock::new(0, Vec::with_capacity(run.len() * BLOCK_BYTES));
                for block in run {
                    header.codec.decompress(block.data, &mut plain.data)?;
                    plain.number_of_rows += block.rows;
                }
                Ok(decode::deserialize(&plain, &fields, &record.fields, &wanted)?.into_arrays())
            })
            .collect::<anyhow::Result<Vec<Vec<ArrayRef>>>>()
    })?;

    let types = schema.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(column, _)| column);
    let frame = types.enumerate().map(|(i, (name, dtype))| {
        if parts.is_empty() {
            return Ok(Column::new_empty(name.clone(), dtype));
        }
        let chunks: Vec<ArrayRef> = parts.iter().map(|part| part[i].clone()).collect();
        let series = Series::try_from((name.clone(), chunks))?;
        Ok(series.cast_with_options(dtype, CastOptions::Overflowing)?.into_column())
    });
    Ok(DataFrame::new_infer_height(frame.collect::<PolarsResult<Vec<_>>>()?)?)
}

/// The header, and where the first block begins.
fn read_header(file: &mut std::fs::File) -> anyhow::Result<(Header, u64)> {
    let length = file.metadata()?.len();
    for limit in [HEADER_BYTES, length] {
        let mut head = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.take(limit).read_to_end(&mut head)?;
        let mut rest = head.as_slice();
        match Header::decode(&mut rest) {
            Ok(header) => return Ok((header, (head.len() - rest.len()) as u64)),
            Err(error) if limit >= length => return Err(error),
            Err(_) => {}
        }
    }
    bail!("the Avro file has no header")
}

fn record(header: &Header) -> anyhow::Result<Record> {
    match serde_json::from_slice(&header.schema).context("the Avro schema cannot be read")? {
        AvroSchema::Record(record) => Ok(record),
        _ => bail!("the Avro file does not hold records"),
    }
}

fn to_stored(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let columns = frame.columns().iter().map(|column| {
        let dtype = stored(column.dtype());
        if &dtype == column.dtype() {
            return Ok(column.clone());
        }
        Ok(column.as_materialized_series().cast_with_options(&dtype, CastOptions::Overflowing)?.into_column())
    });
    DataFrame::new_infer_height(columns.collect::<PolarsResult<Vec<_>>>()?)
}

/// Field names in Avro are ASCII words; columns with another name are called by their position.
fn names(schema: &Schema) -> Vec<PlSmallStr> {
    let word = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut names: Vec<PlSmallStr> = Vec::with_capacity(schema.len());
    let mut taken = PlHashSet::with_capacity(schema.len());
    for (i, name) in schema.iter_names().enumerate() {
        let mut chosen = if word(name) { name.clone() } else { format!("column_{i}").into() };
        while taken.contains(&chosen) || (chosen != *name && schema.contains(&chosen)) {
            chosen = format!("{chosen}_").into();
        }
        taken.insert(chosen.clone());
        names.push(chosen);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_and_stay_different() {
        let name = |name: &str| Field::new(name.into(), DataType::Int64);
        let schema = Schema::from_iter([name("column_1"), name("a b"), name("ok"), name("9"), name("")]);
        assert_eq!(names(&schema), ["column_1", "column_1_", "ok", "column_3", "column_4"]);
    }
}
