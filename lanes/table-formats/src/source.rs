//! The rows that every layout of the run holds, in types that both table formats have.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use deltalake::arrow::array::{ArrayRef, RecordBatch};
use deltalake::arrow::compute::{CastOptions, cast_with_options, concat_batches};
use deltalake::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use measure::Refusal;

/// The rows, and how much of the table they are.
pub(crate) struct Source {
    /// The rows as they come; the named columns first, as writers keep statistics for the first columns alone.
    pub(crate) rows: RecordBatch,
    /// Columns of the file that they come from.
    pub(crate) of: usize,
}

/// The type that both formats store a column of this type as without loss; none for nested and unusual ones.
pub(crate) fn stored_as(dtype: &DataType) -> Option<DataType> {
    Some(match dtype {
        DataType::Boolean => DataType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        DataType::Int64 | DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 | DataType::Float32 => DataType::Float32,
        DataType::Float64 => DataType::Float64,
        DataType::Decimal128(precision, scale) if *scale >= 0 => DataType::Decimal128(*precision, *scale),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, of) if stored_as(of) == Some(DataType::Utf8) => DataType::Utf8,
        DataType::Date32 => DataType::Date32,
        // A time without a zone counts as UTC, as it does for the other layouts.
        DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => return None,
    })
}

/// Reads the one file.
///
/// # Errors
/// A skip if a named column has a type that the formats do not have; a failure if the file cannot be read.
pub(crate) fn read(path: &Path, named: &[&str]) -> Result<Source, Refusal> {
    let open = || File::open(path).with_context(|| format!("cannot open {}", path.display()));
    let builder = ParquetRecordBatchReaderBuilder::try_new(open()?)?;
    let all = Arc::clone(builder.schema());
    let is_named = |name: &str| named.contains(&name);
    let mut order: Vec<usize> = named.iter().map(|name| all.index_of(name)).collect::<Result<_, _>>()?;
    order.extend((0..all.fields().len()).filter(|&i| !is_named(all.field(i).name())));

    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for place in order {
        let field = all.field(place);
        let Some(dtype) = stored_as(field.data_type()) else {
            if is_named(field.name()) {
                return Err(Refusal::Skip(lost(&format!("the type {}", field.data_type()))));
            }
            continue;
        };
        // A column at a time: what is read and what it is stored as are in memory side by side.
        let builder = ParquetRecordBatchReaderBuilder::try_new(open()?)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), [place]);
        let reader = builder.with_projection(mask).with_batch_size(1 << 16).build()?;
        let narrow = Arc::new(all.project(&[place])?);
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>()?;
        let read = Arc::clone(concat_batches(&narrow, &batches)?.column(0));
        let Some(column) = convert(&read, &dtype)? else {
            if is_named(field.name()) {
                return Err(Refusal::Skip(lost("instants finer than a microsecond")));
            }
            continue;
        };
        fields.push(Field::new(field.name(), dtype, true));
        columns.push(column);
    }
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    Ok(Source { rows, of: all.fields().len() })
}

fn lost(what: &str) -> String {
    format!("a column that the queries name has {what}, which Delta Lake and Iceberg cannot both store")
}

/// The column in another type; none if that loses something.
fn convert(column: &ArrayRef, dtype: &DataType) -> anyhow::Result<Option<ArrayRef>> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let stored = cast_with_options(column, dtype, &options)?;
    if let DataType::Timestamp(TimeUnit::Nanosecond, _) = column.data_type() {
        let back = cast_with_options(&stored, column.data_type(), &options)?;
        if back.to_data() != column.to_data() {
            return Ok(None);
        }
    }
    Ok(Some(stored))
}
