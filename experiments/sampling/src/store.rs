//! The table in a layout: one Parquet file, a folder of partitions, or CSV; written once per run, read by all launches.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use measure::scratch;
use polars::io::csv::write::CsvWriterOptions;
use polars::io::parquet::metadata::FileMetadataRef;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;

use crate::partition::Partitions;

/// How the table lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One Parquet file.
    Parquet,
    /// One Parquet file for each partition.
    Partitioned,
    /// One CSV file.
    Csv,
}

/// Row groups that a table has, about: enough to choose from.
const GROUPS: usize = 100;
/// Rows of a row group.
const GROUP_ROWS: Range<usize> = 512..122_881;

impl Layout {
    /// The layout with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "parquet" => Self::Parquet,
            "partitioned" => Self::Partitioned,
            "csv" => Self::Csv,
            _ => return None,
        })
    }
}

/// Rows of a row group in a table of so many rows.
pub(crate) fn group_rows(rows: usize) -> usize {
    (rows / GROUPS).clamp(GROUP_ROWS.start, GROUP_ROWS.end - 1)
}

/// A table on disk.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    /// How it lies.
    pub(crate) layout: Layout,
    /// Its files: of the layout by partition, one for each in their order.
    pub(crate) files: Vec<PathBuf>,
    /// Names and types of the columns.
    pub(crate) schema: SchemaRef,
}

/// A row group of a Parquet file.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Number of its file.
    pub(crate) file: usize,
    /// Its rows in the file.
    pub(crate) within: Range<usize>,
    /// Its places in the table.
    pub(crate) places: Range<u32>,
    /// Compressed bytes of each of its columns in the order of the schema.
    pub(crate) bytes: Vec<u64>,
}

/// What the footers of all files say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Footers {
    /// Of each file.
    pub(crate) metadata: Vec<Option<FileMetadataRef>>,
    /// The row groups in the order of the table.
    pub(crate) groups: Vec<Group>,
}

impl Store {
    /// The store of a table in `folder`; writes its files if they are not there yet.
    ///
    /// # Errors
    /// If a file cannot be written or the working table not be read.
    pub(crate) fn open(
        folder: &Path,
        layout: Layout,
        table: LazyFrame,
        rows: usize,
        partitions: Option<&Partitions>,
    ) -> anyhow::Result<Self> {
        let schema = table.clone().collect_schema()?;
        let group_rows = group_rows(rows);
        let files = match layout {
            Layout::Parquet => vec![folder.join("table.parquet")],
            Layout::Csv => vec![folder.join("table.csv")],
            Layout::Partitioned => {
                let count = partitions.map_or(0, Partitions::count);
                (0..count)
                    .map(|part| folder.join("partitioned").join(format!("part={part:03}")).join("0.parquet"))
                    .collect()
            }
        };
        let format = || match layout {
            Layout::Csv => FileWriteFormat::Csv(CsvWriterOptions { check_extension: false, ..Default::default() }),
            Layout::Parquet | Layout::Partitioned => parquet(group_rows),
        };
        match (layout, partitions) {
            (Layout::Partitioned, Some(partitions)) => {
                let dtype = schema.get(&partitions.column).context("the table has lost its partition column")?;
                scratch::once(&folder.join("partitioned"), |beside| {
                    for part in 0..partitions.count() {
                        let file = beside.join(format!("part={part:03}")).join("0.parquet");
                        std::fs::create_dir_all(file.parent().unwrap_or(beside))?;
                        sink(table.clone().filter(partitions.condition(&[part], dtype)?), format(), &file)?;
                    }
                    Ok(())
                })?;
            }
            (Layout::Partitioned, None) => {}
            (Layout::Parquet | Layout::Csv, _) => scratch::once(&files[0], |beside| sink(table, format(), beside))?,
        }
        Ok(Self { layout, files, schema })
    }

    /// A lazy table over all files.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub(crate) fn scan(&self) -> anyhow::Result<LazyFrame> {
        self.scan_files(&self.files)
    }

    /// A lazy table over some of the files.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub(crate) fn scan_files(&self, files: &[PathBuf]) -> anyhow::Result<LazyFrame> {
        if self.layout == Layout::Csv {
            return Ok(dataset::format::scan_with_schema(files, dataset::Format::Csv, Arc::clone(&self.schema))?);
        }
        let paths = files.iter().map(|path| PlRefPath::try_from_path(path)).collect::<PolarsResult<Vec<_>>>()?;
        // Partitions are numbered folders: their values are in the files.
        let hive_options = polars::io::HiveOptions::new_disabled();
        let args = ScanArgsParquet { glob: false, hive_options, ..Default::default() };
        Ok(LazyFrame::scan_parquet_sources(ScanSources::Paths(paths.into()), args)?)
    }

    /// Reads the footers of all files; a CSV file has none, and comes out without row groups.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn footers(&self) -> anyhow::Result<Footers> {
        let mut footers = Footers::default();
        if self.layout == Layout::Csv {
            return Ok(footers);
        }
        let mut place = 0;
        for (number, path) in self.files.iter().enumerate() {
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            let metadata = Arc::clone(ParquetReader::new(file).get_metadata()?);
            let mut within = 0;
            for group in &metadata.row_groups {
                let rows = group.num_rows();
                let bytes =
                    group.parquet_columns().iter().map(|chunk| chunk.compressed_size().unsigned_abs()).collect();
                let places = place..place + u32::try_from(rows)?;
                footers.groups.push(Group {
                    file: number,
                    within: within..within + rows,
                    places: places.clone(),
                    bytes,
                });
                (within, place) = (within + rows, places.end);
            }
            footers.metadata.push(Some(metadata));
        }
        Ok(footers)
    }

    /// Reads whole row groups, in the order given.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn read_groups(&self, footers: &Footers, chosen: &[usize]) -> anyhow::Result<DataFrame> {
        let mut whole: Option<DataFrame> = None;
        for &number in chosen {
            let group = &footers.groups[number];
            let path = &self.files[group.file];
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            let mut reader = ParquetReader::new(file).with_slice(Some((group.within.start, group.within.len())));
            if let Some(metadata) = &footers.metadata[group.file] {
                reader.set_metadata(Arc::clone(metadata));
            }
            let frame = reader.finish()?;
            match &mut whole {
                Some(whole) => drop(whole.vstack_mut_owned(frame)?),
                None => whole = Some(frame),
            }
        }
        Ok(whole.unwrap_or_else(|| DataFrame::empty_with_schema(&self.schema)))
    }

    /// Bytes of all files.
    ///
    /// # Errors
    /// If a file is gone.
    pub(crate) fn bytes(&self) -> anyhow::Result<u64> {
        let size =
            |path: &PathBuf| Ok(std::fs::metadata(path).with_context(|| format!("{} is gone", path.display()))?.len());
        self.files.iter().map(size).sum()
    }
}

/// How Parquet is written: the codec that most writers of today take, and groups that can be chosen from.
fn parquet(group_rows: usize) -> FileWriteFormat {
    FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions {
        compression: ParquetCompression::Zstd(ZstdLevel::try_new(3).ok()),
        row_group_size: Some(group_rows),
        ..Default::default()
    }))
}

/// Writes a table as a Parquet file with row groups of so many rows.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_parquet(table: LazyFrame, group_rows: usize, path: &Path) -> anyhow::Result<()> {
    scratch::once(path, |beside| sink(table, parquet(group_rows), beside))
}

fn sink(table: LazyFrame, format: FileWriteFormat, path: &Path) -> anyhow::Result<()> {
    let target = SinkDestination::File { target: SinkTarget::Path(PlRefPath::try_from_path(path)?) };
    table.sink(target, format, UnifiedSinkArgs::default())?.collect_with_engine(Engine::Streaming)?;
    Ok(())
}
