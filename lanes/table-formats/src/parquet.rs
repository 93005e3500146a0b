//! Parquet files: written alike for every format, counted by their own footers, read by the reader that deltalake brings along.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use deltalake::arrow::compute::{cast, concat_batches, sum};
use deltalake::arrow::datatypes::{DataType, Float64Type};
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use deltalake::parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ParquetRecordBatchReaderBuilder, RowFilter,
};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;

use crate::asked::Measure;
use crate::bounds::Bounds;
use crate::source::stored_as;

/// Level of zstd: that of the other layouts.
pub(crate) const LEVEL: i32 = 3;
/// The last bytes of a file: the length of the footer and the magic.
const END: u64 = 8;

/// How files are cut into row groups and pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Most rows of a row group.
    pub(crate) group_rows: usize,
    /// Bytes of a page, about.
    pub(crate) page_bytes: usize,
}

impl Shape {
    /// The properties of a writer.
    ///
    /// # Errors
    /// None: the level is one that zstd has.
    pub(crate) fn properties(self) -> anyhow::Result<WriterProperties> {
        Ok(WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
            .set_max_row_group_row_count(Some(self.group_rows))
            .set_data_page_size_limit(self.page_bytes)
            .build())
    }
}

/// Rows that pass, and the measure over them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Rows.
    pub(crate) rows: u64,
    /// Sum of the measure, or count of its values.
    pub(crate) sum: f64,
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |a, b| Self { rows: a.rows + b.rows, sum: a.sum + b.sum })
    }
}

/// An open file, and the row groups of it that the footer leaves open.
pub(crate) struct Opened {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    groups: Vec<usize>,
}

impl Opened {
    /// Opens a file and looks at its footer.
    ///
    /// # Errors
    /// If it is no whole Parquet file.
    pub(crate) fn new(path: &Path, bounds: Option<&Bounds>) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let metadata = ArrowReaderMetadata::load(&file, Default::default())?;
        let groups = left(&metadata, bounds)?;
        Ok(Self { path: path.to_owned(), file, metadata, groups })
    }

    /// Its row groups that are left, one piece of work each.
    pub(crate) fn pieces(self) -> Vec<Piece> {
        let piece = |&group| Piece { path: self.path.clone(), metadata: self.metadata.clone(), group };
        self.groups.iter().map(piece).collect()
    }
}

/// A row group to read.
pub(crate) struct Piece {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    group: usize,
}

impl Piece {
    /// Reads the rows that pass. The searched column comes first, and of the measure only what passes is decoded.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn tally(self, bounds: Option<&Bounds>, measure: &Measure) -> anyhow::Result<Tally> {
        // Opened anew: clones of a descriptor share their place in the file, and pieces are read side by side.
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(&self.path)?, self.metadata);
        let mask = |name: &str| ProjectionMask::columns(builder.parquet_schema(), [name]);
        let wanted = mask(&measure.column);
        let filter = bounds.cloned().map(|bounds| {
            let searched = mask(&bounds.column);
            let inside = move |batch: RecordBatch| {
                bounds
                    .inside(batch.column(0))
                    .map_err(|e| deltalake::arrow::error::ArrowError::ComputeError(e.to_string()))
            };
            RowFilter::new(vec![Box::new(ArrowPredicateFn::new(searched, inside))])
        });
        let builder = builder.with_projection(wanted).with_row_groups(vec![self.group]).with_batch_size(1 << 14);
        let reader = match filter {
            Some(filter) => builder.with_row_filter(filter).build()?,
            None => builder.build()?,
        };
        reader.map(|batch| count(batch?.column(0), measure.number)).sum()
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

/// The row groups that the footer does not rule out.
fn left(metadata: &ArrowReaderMetadata, bounds: Option<&Bounds>) -> anyhow::Result<Vec<usize>> {
    let groups = metadata.metadata().row_groups();
    let Some(bounds) = bounds else { return Ok((0..groups.len()).collect()) };
    let converter = StatisticsConverter::try_new(&bounds.column, metadata.schema(), metadata.parquet_schema())?;
    let may_pass = bounds.may_pass(&converter.row_group_mins(groups)?, &converter.row_group_maxes(groups)?)?;
    Ok(may_pass.iter().enumerate().filter(|(_, open)| **open).map(|(group, _)| group).collect())
}

/// What a query must read of a file that it opens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Survey {
    /// Rows of the file.
    pub(crate) rows: u64,
    /// Of these, rows in row groups that the footer rules out.
    pub(crate) by_group: u64,
    /// Bytes of the footer, and of the named columns in the row groups that are left.
    pub(crate) bytes: u64,
    /// Of these, the bytes of the searched column, or of the measure if nothing is searched.
    pub(crate) needed: u64,
}

impl Survey {
    /// The sum with another file's.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.by_group += other.by_group;
        self.bytes += other.bytes;
        self.needed += other.needed;
    }
}

/// Counts what a query must read of a file, from the file's own footer.
///
/// # Errors
/// If it is no whole Parquet file.
pub(crate) fn survey(path: &Path, bounds: Option<&Bounds>, measure: &str) -> anyhow::Result<Survey> {
    let Opened { mut file, metadata, groups, .. } = Opened::new(path, bounds)?;
    let mut length = [0; 4];
    file.seek(SeekFrom::End(-(END as i64)))?;
    file.read_exact(&mut length)?;
    let place = |name: &str| metadata.schema().index_of(name);
    let searched = bounds.map(|bounds| place(&bounds.column)).transpose()?;
    let measure = place(measure)?;
    let of = metadata.metadata().row_groups();
    // Every stored column is flat: fields and leaves are the same.
    let bytes = |group: usize, column: usize| of[group].column(column).compressed_size().unsigned_abs();
    let sum_of = |column: usize| groups.iter().map(|&group| bytes(group, column)).sum::<u64>();
    let needed = sum_of(searched.unwrap_or(measure));
    let others = if searched.is_some_and(|searched| searched != measure) { sum_of(measure) } else { 0 };
    let rows = |group: usize| of[group].num_rows().unsigned_abs();
    let all: u64 = (0..of.len()).map(rows).sum();
    let left: u64 = groups.iter().map(|&group| rows(group)).sum();
    Ok(Survey {
        rows: all,
        by_group: all - left,
        bytes: u64::from(u32::from_le_bytes(length)) + END + needed + others,
        needed,
    })
}

/// The type that a column of a file is stored as.
///
/// # Errors
/// If the file does not have it.
pub(crate) fn dtype(path: &Path, column: &str) -> anyhow::Result<DataType> {
    let opened = Opened::new(path, None)?;
    let field = opened.metadata.schema().field_with_name(column)?;
    stored_as(field.data_type()).with_context(|| format!("no column of type {} was stored", field.data_type()))
}

/// Whether a file gives back the rows that were put in.
///
/// # Errors
/// If it does not.
pub(crate) fn check(path: &Path, rows: &RecordBatch) -> anyhow::Result<()> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.with_batch_size(1 << 16).build()?;
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>()?;
    let schema = batches.first().map_or_else(|| rows.schema(), RecordBatch::schema);
    let back = concat_batches(&schema, &batches)?;
    let mut same = back.num_rows() == rows.num_rows();
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        let Some(read) = back.column_by_name(field.name()) else {
            same = false;
            break;
        };
        same = same && cast(read, column.data_type())?.to_data() == column.to_data();
    }
    ensure!(same, "{} does not give back its rows", path.display());
    Ok(())
}

/// Does pieces of work on the blocking threads of the runtime, at most `threads` at a time; results come in their order.
///
/// # Errors
/// The first error of a piece.
pub(crate) async fn spread<T: Send + 'static, R: Send + 'static>(
    threads: usize,
    pieces: Vec<T>,
    work: impl Fn(T) -> anyhow::Result<R> + Send + Sync + 'static,
) -> anyhow::Result<Vec<R>> {
    if pieces.len() < 2 {
        return pieces.into_iter().map(work).collect();
    }
    let work = Arc::new(work);
    let count = pieces.len();
    let queue = Arc::new(std::sync::Mutex::new(pieces.into_iter().enumerate()));
    let workers: Vec<_> = (0..threads.clamp(1, count))
        .map(|_| {
            let (work, queue) = (Arc::clone(&work), Arc::clone(&queue));
            tokio::task::spawn_blocking(move || {
                let mut done = Vec::new();
                loop {
                    let next = queue.lock().map_err(|_| anyhow::anyhow!("a thread of the reader died"))?.next();
                    match next {
                        Some((place, piece)) => done.push((place, work(piece)?)),
                        None => return anyhow::Ok(done),
                    }
                }
            })
        })
        .collect();
    let mut results = Vec::with_capacity(count);
    for worker in workers {
        results.extend(worker.await??);
    }
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// Reads the rows that pass from files, all threads busy.
///
/// # Errors
/// If a file cannot be read.
pub(crate) async fn read(
    files: Vec<PathBuf>,
    bounds: Option<Bounds>,
    measure: Measure,
    threads: usize,
) -> anyhow::Result<Tally> {
    let searched = bounds.clone();
    let opened = spread(threads, files, move |path| Ok(Opened::new(&path, searched.as_ref())?.pieces())).await?;
    let pieces = opened.into_iter().flatten().collect();
    let tallies = spread(threads, pieces, move |piece: Piece| piece.tally(bounds.as_ref(), &measure)).await?;
    Ok(tallies.into_iter().sum())
}
