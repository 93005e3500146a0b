//! A table in one of the formats: made once per run, described in a file beside it, asked many times.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use measure::Refusal;
use serde::{Deserialize, Serialize};

use crate::asked::{Measure, Queries};
use crate::bounds::Bounds;
use crate::parquet::{self, Shape, Tally};
use crate::parts::{Cut, Order, Parts};
use crate::source::Source;
use crate::{delta, iceberg, plain};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Delta Lake.
    Delta,
    /// Apache Iceberg.
    Iceberg,
    /// None: the files of a folder, which have to be opened to find out.
    Plain,
}

/// How a table is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The format.
    pub(crate) format: Format,
    /// The order of its rows.
    pub(crate) order: Order,
    /// Row groups and pages.
    pub(crate) shape: Shape,
}

impl Layout {
    /// The layout that a variant's parameters describe.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(crate) fn from_params(params: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let text = |key: &str| params.get(key).map_or("", String::as_str);
        let number = |key: &str| -> anyhow::Result<usize> {
            let number = text(key).parse().ok().filter(|n| *n > 0);
            number.with_context(|| format!("`{key}` is {:?}, which is no number", text(key)))
        };
        Ok(Self {
            format: match text("format") {
                "delta" => Format::Delta,
                "iceberg" => Format::Iceberg,
                "plain" => Format::Plain,
                other => bail!("there is no table format {other:?}"),
            },
            order: match text("order") {
                "time" => Order::Time,
                "z" => Order::Z,
                other => bail!("there is no order {other:?}"),
            },
            shape: Shape { group_rows: number("row_group_rows")?, page_bytes: number("page_bytes")? },
        })
    }
}

/// A table on disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Described {
    /// Its folder.
    pub(crate) root: PathBuf,
    /// What a reader of an Iceberg table starts from.
    pub(crate) metadata: Option<PathBuf>,
    /// Its files of rows.
    pub(crate) files: Vec<PathBuf>,
    /// The files of its list, which a new reader reads first.
    pub(crate) list: Vec<PathBuf>,
    /// Rows.
    pub(crate) rows: u64,
    /// Bytes of the files of rows.
    pub(crate) bytes: u64,
    /// Bytes of the list.
    pub(crate) list_bytes: u64,
    /// Columns that are stored.
    pub(crate) columns: usize,
    /// Columns of the file that they come from.
    pub(crate) of: usize,
}

impl Described {
    /// Reads the description at `path`, if it is there.
    ///
    /// # Errors
    /// If it is damaged.
    pub(crate) fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                Ok(Some(serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?))
            }
            Err(_) => Ok(None),
        }
    }
}

/// Writes a table as the folder `root`, and reads every file back.
///
/// # Errors
/// A skip if this table cannot be laid out so; a failure if it cannot be written or does not give back its rows.
pub(crate) async fn write(
    root: &Path,
    layout: Layout,
    source: &Source,
    queries: &Queries,
) -> Result<Described, Refusal> {
    let time = queries
        .columns
        .get("time")
        .ok_or_else(|| Refusal::Skip("the table has no column of dates or times".to_owned()))?;
    // Iceberg derives the day from the time and needs no column for it; Delta's rows are cut without partitions, as its
    // makers advise for tables below a terabyte.
    let cut = if layout.format == Format::Iceberg { Cut::Day } else { Cut::Equal };
    let cluster = queries.columns.get("cluster").map(String::as_str);
    let rows = &source.rows;
    let parts = Parts::new(rows, (layout.order, cut), time, cluster, queries.days)?.map_err(Refusal::Skip)?;

    std::fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
    let (files, list, metadata) = match layout.format {
        Format::Plain => (plain::write(root, parts.of(rows), layout.shape)?, Vec::new(), None),
        Format::Delta => {
            let files = delta::write(root, parts.of(rows), &rows.schema(), layout.shape).await?;
            (files, delta::list_files(root)?, None)
        }
        Format::Iceberg => {
            let schema = rows.schema();
            let (files, metadata) = iceberg::write(root, parts.of(rows), &schema, time, layout.shape).await?;
            (files, iceberg::list_files(&metadata)?, Some(metadata))
        }
    };
    for (file, part) in files.iter().zip(parts.of(rows)) {
        parquet::check(file, &part?)?;
    }
    let bytes = |files: &[PathBuf]| -> anyhow::Result<u64> {
        files.iter().map(|file| Ok(std::fs::metadata(file)?.len())).sum()
    };
    Ok(Described {
        root: root.to_owned(),
        metadata,
        rows: rows.num_rows() as u64,
        bytes: bytes(&files)?,
        list_bytes: bytes(&list)?,
        columns: rows.num_columns(),
        of: source.of,
        files,
        list,
    })
}

impl Described {
    /// A filter of the queries in the types of this table; none for those that want all rows.
    ///
    /// # Errors
    /// Outer: if the table's type cannot hold the ends. Inner: why this table cannot be asked, as a sentence.
    pub(crate) fn bounds(&self, queries: &Queries, query: &str) -> anyhow::Result<Result<Option<Bounds>, String>> {
        let filter = match queries.filter(query) {
            Ok(Some(filter)) => filter,
            Ok(None) => return Ok(Ok(None)),
            Err(why) => return Ok(Err(why)),
        };
        let file = self.files.first().context("the table has no file")?;
        Ok(Ok(Some(Bounds::new(filter, &parquet::dtype(file, &filter.column)?)?)))
    }

    /// The files of rows that a query opens, found as by a reader that has never seen the table.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub(crate) async fn plan(
        &self,
        format: Format,
        bounds: Option<&Bounds>,
        measure: &str,
    ) -> anyhow::Result<Vec<PathBuf>> {
        match format {
            Format::Plain => plain::list(&self.root),
            Format::Delta => delta::plan(&self.root, bounds).await,
            Format::Iceberg => Ok(iceberg::plan(self.metadata()?, bounds, measure).await?.files()),
        }
    }

    /// Reads the rows that pass.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) async fn read(
        &self,
        format: Format,
        bounds: Option<&Bounds>,
        measure: &Measure,
        threads: usize,
    ) -> anyhow::Result<Tally> {
        if format == Format::Iceberg {
            let plan = iceberg::plan(self.metadata()?, bounds, &measure.column).await?;
            return plan.read(measure.number, threads).await;
        }
        let files = self.plan(format, bounds, &measure.column).await?;
        parquet::read(files, bounds.cloned(), measure.clone(), threads).await
    }

    fn metadata(&self) -> anyhow::Result<&Path> {
        self.metadata.as_deref().context("an Iceberg table without metadata")
    }
}
