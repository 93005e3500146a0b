//! Derived files: made once per run in the scratch folder, proved equal to the table, shared by all launches.

use std::path::{Path, PathBuf};

use anyhow::bail;
use dataset::value::column;
use measure::scratch;
use polars::prelude::*;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::formats::{Format, Source};
use crate::queries::Queries;
use crate::table::{self, LeftOut};

/// In which order the rows lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they come.
    AsIs,
    /// By the filter column.
    Sorted,
    /// At random.
    Shuffled,
}

/// The folder of this experiment in the scratch folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    seed: u64,
}

impl Folder {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new(scratch: &Path, seed: u64) -> anyhow::Result<Self> {
        Ok(Self { path: scratch::folder(scratch, "row-vs-columnar")?, seed })
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The table in its normal form, as it comes, and what had to be left out.
    ///
    /// # Errors
    /// If the working table cannot be read or the copy not be written.
    pub(crate) fn table(&self, working: &Path) -> anyhow::Result<(PathBuf, Vec<LeftOut>)> {
        let (normal, left_out) = table::normal(dataset::format::read_table(working)?)?;
        let path = self.file("as-is.table.arrow");
        if !path.exists() {
            if normal.clone().collect_schema()?.is_empty() {
                bail!("the table has no column that every format can store");
            }
            scratch::in_place(&path, |beside| plain().write(normal, beside))?;
        }
        Ok((path, left_out))
    }

    /// The table with its rows in `order`.
    ///
    /// # Errors
    /// If there is no filter column to sort by, or the files cannot be read or written.
    pub(crate) fn ordered(&self, order: Order, queries: &Queries) -> anyhow::Result<PathBuf> {
        let order = effective(order, queries);
        let path = self.file(&format!("{}.table.arrow", name(order)));
        if path.exists() {
            return Ok(path);
        }
        let table = read(&self.file("as-is.table.arrow"))?;
        let reordered = match order {
            Order::AsIs => table,
            Order::Sorted => {
                let filter = queries.filter.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
                let options = SortMultipleOptions::default().with_nulls_last(true).with_maintain_order(true);
                table.sort_by_exprs([column(&filter.column)], options)
            }
            Order::Shuffled => {
                let frame = table.collect()?;
                let mut rows: Vec<IdxSize> = (0..IdxSize::try_from(frame.height())?).collect();
                rows.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(self.seed));
                frame.take(&IdxCa::from_vec("rows".into(), rows))?.lazy()
            }
        };
        scratch::in_place(&path, |beside| plain().write(reordered, beside))?;
        Ok(path)
    }

    /// Where a variant's file with the rows in `order` lies.
    pub(crate) fn derived(&self, variant: &str, format: Format, order: Order, queries: &Queries) -> PathBuf {
        self.file(&format!("{}.{variant}.{}", name(effective(order, queries)), format.extension()))
    }

    /// A variant's file with the rows in `order`, made and proved equal to the table if it is not there yet.
    ///
    /// # Errors
    /// If it cannot be written, or what is read back is not the table, value by value.
    pub(crate) fn source(
        &self,
        variant: &str,
        format: Format,
        order: Order,
        queries: &Queries,
    ) -> anyhow::Result<Source> {
        let path = self.derived(variant, format, order, queries);
        let table = self.ordered(order, queries)?;
        let schema = read(&table)?.collect_schema()?;
        if !path.exists() {
            scratch::in_place(&path, |beside| {
                format.write(read(&table)?, beside)?;
                let written = Source { format, path: beside.to_path_buf(), schema: Arc::clone(&schema) };
                same(&read(&table)?.collect()?, &written.load(&queries.names())?, variant)
            })?;
        }
        Ok(Source { format, path, schema })
    }
}

/// A table as it lies in the scratch folder.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read(path: &Path) -> anyhow::Result<LazyFrame> {
    Ok(dataset::format::read_table(path)?)
}

/// Sorted is as it comes if the table comes sorted.
fn effective(order: Order, queries: &Queries) -> Order {
    match (order, &queries.filter) {
        (Order::Sorted, Ok(filter)) if filter.sorted => Order::AsIs,
        _ => order,
    }
}

fn name(order: Order) -> &'static str {
    match order {
        Order::AsIs => "as-is",
        Order::Sorted => "sorted",
        Order::Shuffled => "shuffled",
    }
}

/// The format of the tables that everything is derived from.
fn plain() -> Format {
    Format::Ipc(crate::formats::ipc::Ipc { compression: None })
}

/// Whether a format gave back what was put in.
fn same(table: &DataFrame, back: &DataFrame, variant: &str) -> anyhow::Result<()> {
    if table.height() != back.height() {
        bail!("{variant} gives back {} rows of {}", back.height(), table.height());
    }
    for (i, (column, other)) in table.columns().iter().zip(back.columns()).enumerate() {
        if column.dtype() != other.dtype() {
            bail!("{variant} gives back column {} as {} and not as {}", i + 1, other.dtype(), column.dtype());
        }
        if !column.equals_missing(other) {
            let row = (0..column.len()).find(|&row| column.get(row).ok() != other.get(row).ok());
            bail!("{variant} gives back another value in column {}, row {}", i + 1, row.unwrap_or(0) + 1);
        }
    }
    Ok(())
}
