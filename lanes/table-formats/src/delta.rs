//! Delta Lake: files that a log lists, each with the smallest and largest value of its columns.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use buoyant_kernel::expressions::{Expression, Predicate, Scalar};
use deltalake::DeltaTableBuilder;
use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::DataType as ArrowType;
use deltalake::kernel::transaction::CommitBuilder;
use deltalake::kernel::{Action, DataType, PrimitiveType, Snapshot, StructField};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter, RecordBatchWriter};
use futures_util::TryStreamExt;
use url::Url;

use crate::bounds::{Bounds, End};
use crate::parquet::Shape;

/// Writes each batch as a file, and all of them as one commit.
///
/// # Errors
/// If the table cannot be written.
pub(crate) async fn write(
    root: &Path,
    parts: impl Iterator<Item = anyhow::Result<RecordBatch>>,
    schema: &deltalake::arrow::datatypes::Schema,
    shape: Shape,
) -> anyhow::Result<Vec<PathBuf>> {
    let fields: Vec<StructField> = schema
        .fields()
        .iter()
        .map(|field| Ok(StructField::nullable(field.name(), dtype(field.data_type())?)))
        .collect::<anyhow::Result<_>>()?;
    let table = CreateBuilder::new().with_location(url(root)?.as_str()).with_columns(fields).await?;
    let mut writer = RecordBatchWriter::for_table(&table)?.with_writer_properties(shape.properties()?);
    let mut actions = Vec::new();
    let mut files = Vec::new();
    for part in parts {
        writer.write(part?).await?;
        for add in writer.flush().await? {
            files.push(root.join(&add.path));
            actions.push(Action::Add(add));
        }
    }
    let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
    let state = table.snapshot()?;
    CommitBuilder::default().with_actions(actions).build(Some(state), table.log_store(), operation).await?;
    Ok(files)
}

/// Opens the table as a reader does that has never seen it, and lists the files that the log does not rule out.
///
/// # Errors
/// If the log cannot be read.
pub(crate) async fn plan(root: &Path, bounds: Option<&Bounds>) -> anyhow::Result<Vec<PathBuf>> {
    let table = DeltaTableBuilder::from_url(url(root)?)?.build()?;
    let log = table.log_store();
    let snapshot = Snapshot::try_new(log.as_ref(), None).await?;
    let predicate = bounds.and_then(predicate).map(Arc::new);
    let views: Vec<_> = snapshot.file_views(log.as_ref(), predicate).try_collect().await?;
    Ok(views.iter().map(|view| root.join(view.path().as_ref())).collect())
}

/// The bytes of the log, all of which a new reader reads, and its files.
///
/// # Errors
/// If they cannot be looked at.
pub(crate) fn list_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let log = std::fs::read_dir(root.join("_delta_log"))?;
    let mut files = log.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    Ok(files)
}

fn url(root: &Path) -> anyhow::Result<Url> {
    Url::from_directory_path(root).map_err(|()| anyhow!("{} is no absolute path", root.display()))
}

fn dtype(of: &ArrowType) -> anyhow::Result<DataType> {
    Ok(DataType::Primitive(match of {
        ArrowType::Boolean => PrimitiveType::Boolean,
        ArrowType::Int32 => PrimitiveType::Integer,
        ArrowType::Int64 => PrimitiveType::Long,
        ArrowType::Float32 => PrimitiveType::Float,
        ArrowType::Float64 => PrimitiveType::Double,
        ArrowType::Utf8 => PrimitiveType::String,
        ArrowType::Date32 => PrimitiveType::Date,
        ArrowType::Timestamp(..) => PrimitiveType::Timestamp,
        ArrowType::Decimal128(precision, scale) => PrimitiveType::decimal(*precision, u8::try_from(*scale)?)?,
        other => bail!("no column of type {other} was to be stored"),
    }))
}

/// The range as the log is asked for it; none if an end has no literal there, and then no file is ruled out.
fn predicate(bounds: &Bounds) -> Option<Predicate> {
    let column = || Expression::column([bounds.column.as_str()]);
    let (low, high) = (literal(&bounds.low)?, literal(&bounds.high)?);
    Some(Predicate::and(column().ge(Expression::literal(low)), column().le(Expression::literal(high))))
}

fn literal(end: &End) -> Option<Scalar> {
    Some(match end {
        End::Bool(v) => Scalar::Boolean(*v),
        End::Int(v) => Scalar::Integer(*v),
        End::Long(v) => Scalar::Long(*v),
        End::Float(v) => Scalar::Float(*v),
        End::Double(v) => Scalar::Double(*v),
        End::Text(v) => Scalar::String(v.clone()),
        End::Date(v) => Scalar::Date(*v),
        End::Instant(v) => Scalar::Timestamp(*v),
        End::Decimal(v, precision, scale) => Scalar::decimal(*v, *precision, u8::try_from(*scale).ok()?).ok()?,
    })
}
