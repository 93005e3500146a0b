//! Columnar files, by Polars: images as a column of bytes, and rows of the table, both read in chunks.

use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use dataset::columnar;
use loading::{Bucket, Source, Trouble, read_at};
use polars::io::parquet::metadata::FileMetadataRef;
use polars::prelude::*;

use crate::case::Layout;

/// Name of the column of bytes.
const BYTES: &str = "jpeg";

/// Writes all samples into a columnar file, `together` of them in a chunk that can be read alone.
///
/// # Errors
/// If a sample cannot be read, or the file not be written.
pub(crate) fn write_images(source: &dyn Source, layout: Layout, together: usize, path: &Path) -> anyhow::Result<()> {
    write_frame(&mut frame(source)?, layout, together, path)
}

fn frame(source: &dyn Source) -> anyhow::Result<DataFrame> {
    let mut bucket = Bucket::default();
    let samples: Vec<u32> = (0..u32::try_from(source.samples())?).collect();
    source.fetch(&samples, &mut bucket);
    let bytes: Vec<&[u8]> = samples
        .iter()
        .map(|&sample| {
            let name = || format!("{} cannot be read", source.name(sample));
            bucket.sample(sample as usize).map_err(|trouble| anyhow::anyhow!(trouble.label())).with_context(name)
        })
        .collect::<anyhow::Result<_>>()?;
    let column = BinaryChunked::from_slice(BYTES.into(), &bytes).into_column();
    Ok(DataFrame::new(bytes.len(), vec![column])?)
}

/// Writes a table. Of Parquet, as many rows as are read together are a row group; of Arrow, which is mapped, any rows can be read
/// alone. Nothing is compressed: JPEG files do not get smaller.
fn write_frame(frame: &mut DataFrame, layout: Layout, together: usize, path: &Path) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    match layout {
        Layout::Parquet => {
            let compression = ParquetCompression::Uncompressed;
            let options = ParquetWriteOptions { compression, ..Default::default() };
            let parts = (0..frame.height()).step_by(together).map(|first| frame.slice(first as i64, together));
            columnar::write_row_groups(&mut parts.map(Ok), frame.schema(), &options, true, &mut file)?;
        }
        _ => columnar::write_arrow(frame, &mut file)?,
    }
    file.flush()?;
    Ok(())
}

/// Opens what [`write_images`] wrote.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn open_images(layout: Layout, path: &Path, together: usize) -> anyhow::Result<Arc<dyn Source>> {
    let table = Table::open(layout, path, None)?;
    Ok(Arc::new(Shard { table, together }))
}

/// Images in a columnar file.
struct Shard {
    table: Table,
    together: usize,
}

impl Source for Shard {
    fn samples(&self) -> usize {
        self.table.rows
    }

    fn together(&self) -> usize {
        self.together
    }

    fn fetch(&self, samples: &[u32], bucket: &mut Bucket) {
        // Samples of a chunk come together and in order, see `loading::order`.
        for run in samples.chunk_by(|one, other| one / self.together as u32 == other / self.together as u32) {
            let first = run[0] as usize / self.together * self.together;
            let length = self.together.min(self.table.rows - first);
            let read = self.table.read(first, length);
            let column =
                read.as_ref().ok().and_then(|frame| frame.column(BYTES).ok()?.as_materialized_series().binary().ok());
            for &sample in run {
                let bytes = column.and_then(|column| column.get(sample as usize - first));
                bucket.places.push(match bytes {
                    Some(bytes) => {
                        let from = bucket.bytes.len();
                        bucket.bytes.extend_from_slice(bytes);
                        Ok(from..bucket.bytes.len())
                    }
                    None => Err(Trouble::Unreadable),
                });
            }
        }
    }

    fn name(&self, sample: u32) -> String {
        format!("row {sample}")
    }
}

/// A columnar file, or a CSV file with the places of its chunks.
pub(crate) struct Table {
    /// Rows.
    pub(crate) rows: usize,
    columns: Option<Vec<String>>,
    stored: Stored,
}

enum Stored {
    /// Mapped into memory: a slice of it is read when it is looked at.
    Arrow(DataFrame),
    Parquet {
        path: PathBuf,
        metadata: FileMetadataRef,
    },
    Csv {
        file: File,
        chunks: Chunks,
        schema: SchemaRef,
    },
}

/// Where the chunks of a CSV file begin, and where the last one ends.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    pub(crate) starts: Vec<u64>,
    pub(crate) rows: usize,
    pub(crate) together: usize,
}

impl Table {
    /// Opens a file; of all its columns, or of these.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn open(layout: Layout, path: &Path, columns: Option<Vec<String>>) -> anyhow::Result<Self> {
        let broken = |error: PolarsError| anyhow::Error::from(error).context(format!("cannot read {}", path.display()));
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let (rows, stored) = match layout {
            Layout::Parquet => {
                let metadata = Arc::clone(ParquetReader::new(file).get_metadata().map_err(broken)?);
                (metadata.num_rows, Stored::Parquet { path: path.to_owned(), metadata })
            }
            _ => {
                // SAFETY: the file lies in the scratch folder, is complete (it was moved there), and nobody changes it.
                let frame = unsafe { columnar::map_arrow(file, path, columns.clone()) }.map_err(broken)?;
                (frame.height(), Stored::Arrow(frame))
            }
        };
        Ok(Self { rows, columns, stored })
    }

    /// Opens a CSV file without a header.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn open_csv(
        path: &Path,
        columns: Vec<String>,
        chunks: Chunks,
        schema: SchemaRef,
    ) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { rows: chunks.rows, columns: Some(columns), stored: Stored::Csv { file, chunks, schema } })
    }

    /// So many rows from `first` on, in the thread that asks.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn read(&self, first: usize, rows: usize) -> anyhow::Result<DataFrame> {
        Ok(match &self.stored {
            Stored::Arrow(frame) => frame.slice(first as i64, rows),
            Stored::Parquet { path, metadata } => {
                let mut reader = ParquetReader::new(File::open(path)?);
                reader.set_metadata(Arc::clone(metadata));
                let reader = reader.with_slice(Some((first, rows))).read_parallel(ParallelStrategy::None);
                reader.with_columns(self.columns.clone()).finish()?
            }
            Stored::Csv { file, chunks, schema } => {
                let chunk = first / chunks.together.max(1);
                let (from, to) = (chunks.starts[chunk], chunks.starts[chunk + 1]);
                let mut bytes = vec![0; usize::try_from(to - from)?];
                read_at(file, &mut bytes, from)?;
                let mut options =
                    CsvReadOptions::default().with_has_header(false).with_schema(Some(Arc::clone(schema)));
                options.n_threads = Some(1);
                options.columns =
                    self.columns.as_ref().map(|names| names.iter().map(|name| name.as_str().into()).collect());
                options.into_reader_with_file_handle(Cursor::new(bytes)).finish()?
            }
        })
    }
}

/// Writes a table, `together` rows in a chunk; of a CSV file, where its chunks lie.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_table(
    table: &mut DataFrame,
    layout: Layout,
    together: usize,
    path: &Path,
) -> anyhow::Result<Vec<u64>> {
    if layout != Layout::Csv {
        write_frame(table, layout, together, path)?;
        return Ok(Vec::new());
    }
    let mut file = BufWriter::new(File::create(path)?);
    let mut starts = vec![0];
    let mut text = Vec::new();
    for first in (0..table.height()).step_by(together) {
        text.clear();
        CsvWriter::new(&mut text).include_header(false).finish(&mut table.slice(first as i64, together))?;
        file.write_all(&text)?;
        starts.push(starts[starts.len() - 1] + text.len() as u64);
    }
    file.flush()?;
    Ok(starts)
}

/// The numbers of a column as `f32`, one after the other; a missing one is zero.
///
/// # Errors
/// If it holds no numbers.
pub(crate) fn numbers(column: &Column) -> anyhow::Result<Vec<f32>> {
    let cast = column.as_materialized_series().cast(&DataType::Float32)?;
    let finite = |value: Option<f32>| value.filter(|value| value.is_finite()).unwrap_or(0.0);
    Ok(cast.f32()?.iter().map(finite).collect())
}
