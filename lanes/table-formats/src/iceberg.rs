//! Apache Iceberg: files that manifests list, each with its partition and the bounds of its columns.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use arrow58::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow58::compute::{cast, sum};
use arrow58::datatypes::{DataType, Float64Type};
use futures_util::{StreamExt, TryStreamExt, stream};
use iceberg::arrow::{RecordBatchPartitionSplitter, arrow_schema_to_schema_auto_assign_ids, schema_to_arrow_schema};
use iceberg::expr::{Predicate, Reference};
use iceberg::io::{FileIO, LocalFsStorageFactory};
use iceberg::memory::{MEMORY_CATALOG_WAREHOUSE, MemoryCatalogBuilder};
use iceberg::scan::FileScanTask;
use iceberg::spec::{DataFileFormat, Datum, Transform, UnboundPartitionSpec};
use iceberg::table::{StaticTable, Table};
use iceberg::transaction::{ApplyTransactionAction, Transaction};
use iceberg::writer::base_writer::data_file_writer::DataFileWriterBuilder;
use iceberg::writer::file_writer::ParquetWriterBuilder;
use iceberg::writer::file_writer::location_generator::{DefaultFileNameGenerator, DefaultLocationGenerator};
use iceberg::writer::file_writer::rolling_writer::RollingFileWriterBuilder;
use iceberg::writer::{IcebergWriter, IcebergWriterBuilder};
use iceberg::{Catalog, CatalogBuilder, NamespaceIdent, TableCreation, TableIdent};
use parquet58::basic::{Compression, ZstdLevel};
use parquet58::file::properties::WriterProperties;

use crate::bounds::{Bounds, End};
use crate::parquet::{LEVEL, Shape, Tally};

/// Columns of two requests that lie closer are fetched as one: a page of the system. The default is made for object stores.
const COALESCE: u64 = 4096;

/// Writes each batch, the rows of one day, as a file of the day's partition, and all of them as one snapshot. Returns the
/// files, and the metadata that a reader starts from.
///
/// # Errors
/// If the table cannot be written.
pub(crate) async fn write(
    root: &Path,
    parts: impl Iterator<Item = anyhow::Result<deltalake::arrow::array::RecordBatch>>,
    schema: &deltalake::arrow::datatypes::SchemaRef,
    time: &str,
    shape: Shape,
) -> anyhow::Result<(Vec<PathBuf>, PathBuf)> {
    let nothing = translate(&deltalake::arrow::array::RecordBatch::new_empty(Arc::clone(schema)))?;
    let schema = arrow_schema_to_schema_auto_assign_ids(&nothing.schema())?;
    let arrow = Arc::new(schema_to_arrow_schema(&schema)?);
    let source = schema.field_id_by_name(time).context("the table has no time column")?;
    let mut partition = "day".to_owned();
    while schema.field_by_name(&partition).is_some() {
        partition.push('_');
    }
    let days = UnboundPartitionSpec::builder().add_partition_field(source, partition, Transform::Day)?.build();

    let location = root.display().to_string();
    let catalog = MemoryCatalogBuilder::default()
        .with_storage_factory(Arc::new(LocalFsStorageFactory))
        .load("scratch", HashMap::from([(MEMORY_CATALOG_WAREHOUSE.to_owned(), location.clone())]))
        .await?;
    let namespace = NamespaceIdent::new("benchbook".to_owned());
    catalog.create_namespace(&namespace, HashMap::new()).await?;
    let creation = TableCreation::builder()
        .name("table".to_owned())
        .location(location)
        .schema(schema)
        .partition_spec(days)
        .build();
    let table = catalog.create_table(&namespace, creation).await?;

    let schema = Arc::clone(table.metadata().current_schema());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_max_row_group_row_count(Some(shape.group_rows))
        .set_data_page_size_limit(shape.page_bytes)
        .build();
    let files = DataFileWriterBuilder::new(RollingFileWriterBuilder::new_with_default_file_size(
        ParquetWriterBuilder::new(properties, Arc::clone(&schema)),
        table.file_io().clone(),
        DefaultLocationGenerator::new(table.metadata())?,
        DefaultFileNameGenerator::new("part".to_owned(), None, DataFileFormat::Parquet),
    ));
    let splitter = RecordBatchPartitionSplitter::try_new_with_computed_values(
        Arc::clone(&schema),
        Arc::clone(table.metadata().default_partition_spec()),
    )?;
    let mut written = Vec::new();
    for part in parts {
        let part = with_ids(&translate(&part?)?, &arrow)?;
        let split = splitter.split(&part)?;
        ensure!(split.len() == 1, "the rows of one day fall into {} partitions", split.len());
        for (key, rows) in split {
            let mut writer = files.build(Some(key)).await?;
            writer.write(rows).await?;
            written.extend(writer.close().await?);
        }
    }
    let paths = written.iter().map(|file| local(file.file_path())).collect();
    let transaction = Transaction::new(&table);
    let transaction = transaction.fast_append().add_data_files(written).apply(transaction)?;
    let table = transaction.commit(&catalog).await?;
    let metadata = table.metadata_location().context("the table has no metadata")?;
    Ok((paths, local(metadata)))
}

/// A path without the scheme that may stand before it.
fn local(location: &str) -> PathBuf {
    PathBuf::from(location.strip_prefix("file://").unwrap_or(location))
}

/// Rows of the newer Arrow as rows of the one that Iceberg has.
fn translate(rows: &deltalake::arrow::array::RecordBatch) -> anyhow::Result<RecordBatch> {
    let mut bytes = Vec::new();
    let mut writer = deltalake::arrow::ipc::writer::StreamWriter::try_new(&mut bytes, &rows.schema())?;
    writer.write(rows)?;
    writer.finish()?;
    drop(writer);
    let mut reader = arrow58::ipc::reader::StreamReader::try_new(Cursor::new(bytes), None)?;
    Ok(reader.next().context("no rows crossed over")??)
}

fn with_ids(rows: &RecordBatch, schema: &arrow58::datatypes::SchemaRef) -> anyhow::Result<RecordBatch> {
    let columns: Vec<ArrayRef> = rows
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| cast(column, field.data_type()))
        .collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// A table that was opened as a reader opens it that has never seen it, and the files that its manifests do not rule out.
pub(crate) struct Plan {
    table: Table,
    tasks: Vec<FileScanTask>,
}

/// Opens the table and lists the files that the manifests do not rule out.
///
/// # Errors
/// If its metadata cannot be read.
pub(crate) async fn plan(metadata: &Path, bounds: Option<&Bounds>, measure: &str) -> anyhow::Result<Plan> {
    let name = TableIdent::from_strs(["benchbook", "table"])?;
    let table = StaticTable::from_metadata_file(&metadata.display().to_string(), name, FileIO::new_with_fs()).await?;
    let mut scan = table.scan().select([measure]);
    if let Some(bounds) = bounds {
        scan = scan.with_filter(predicate(bounds)?);
    }
    let tasks = scan.build()?.plan_files().await?.try_collect().await?;
    Ok(Plan { table: table.into_table(), tasks })
}

impl Plan {
    /// The files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.tasks.iter().map(|task| local(&task.data_file_path)).collect()
    }

    /// Reads the rows that pass with Iceberg's own reader, one for each thread.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) async fn read(self, number: bool, threads: usize) -> anyhow::Result<Tally> {
        let lanes = threads.clamp(1, self.tasks.len().max(1));
        let mut shares: Vec<Vec<iceberg::Result<FileScanTask>>> = (0..lanes).map(|_| Vec::new()).collect();
        for (i, task) in self.tasks.into_iter().enumerate() {
            shares[i % lanes].push(Ok(task));
        }
        let readers: Vec<_> = shares
            .into_iter()
            .map(|share| {
                let reader = self.table.reader_builder().with_data_file_concurrency_limit(1);
                let reader = reader.with_range_coalesce_bytes(COALESCE).build();
                tokio::spawn(async move {
                    let mut batches = reader.read(stream::iter(share).boxed())?.stream();
                    let mut tally = Tally::default();
                    while let Some(batch) = batches.try_next().await? {
                        tally = [tally, count(batch.column(0), number)?].into_iter().sum();
                    }
                    anyhow::Ok(tally)
                })
            })
            .collect();
        let mut tallies = Vec::with_capacity(readers.len());
        for reader in readers {
            tallies.push(reader.await??);
        }
        Ok(tallies.into_iter().sum())
    }
}

fn count(values: &ArrayRef, number: bool) -> anyhow::Result<Tally> {
    let sum = if number {
        sum(cast(values, &DataType::Float64)?.as_primitive::<Float64Type>()).unwrap_or(0.0)
    } else {
        (values.len() - values.null_count()) as f64
    };
    Ok(Tally { rows: values.len() as u64, sum })
}

/// The files that a new reader reads before it opens the first file of rows: metadata, list of manifests, manifests.
///
/// # Errors
/// If they cannot be looked at.
pub(crate) fn list_files(metadata: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = metadata.parent().context("the metadata lies in no folder")?;
    let mut files = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|path| path == metadata || path.extension().is_some_and(|extension| extension == "avro"));
    Ok(files)
}

fn predicate(bounds: &Bounds) -> anyhow::Result<Predicate> {
    let column = || Reference::new(&bounds.column);
    let (low, high) = (literal(&bounds.low)?, literal(&bounds.high)?);
    Ok(column().greater_than_or_equal_to(low).and(column().less_than_or_equal_to(high)))
}

fn literal(end: &End) -> anyhow::Result<Datum> {
    Ok(match end {
        End::Bool(v) => Datum::bool(*v),
        End::Int(v) => Datum::int(*v),
        End::Long(v) => Datum::long(*v),
        End::Float(v) => Datum::float(*v),
        End::Double(v) => Datum::double(*v),
        End::Text(v) => Datum::string(v),
        End::Date(v) => Datum::date(*v),
        End::Instant(v) => Datum::timestamptz_micros(*v),
        End::Decimal(v, _, scale) => Datum::decimal_from_str(decimal(*v, u32::try_from(*scale)?))?,
    })
}

/// An unscaled decimal as text, with all its digits behind the point.
fn decimal(unscaled: i128, scale: u32) -> String {
    let unit = 10_i128.pow(scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    let (whole, part) = ((unscaled / unit).unsigned_abs(), (unscaled % unit).unsigned_abs());
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0width$}", width = scale as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        for (unscaled, scale, text) in [(5, 0, "5"), (-5, 2, "-0.05"), (1234, 2, "12.34"), (-100, 2, "-1.00")] {
            assert_eq!(decimal(unscaled, scale), text);
        }
    }

    #[test]
    fn locations_are_paths() {
        assert_eq!(local("file:///a/b"), PathBuf::from("/a/b"));
        assert_eq!(local("/a/b"), PathBuf::from("/a/b"));
    }
}
