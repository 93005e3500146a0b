//! The `lineitem` table in batches.
//!
//! Money is stored as 64-bit floats: Avro and JSON Lines do not bring decimals back as decimals, and a table must be the same
//! in every format. The published answers are met all the same.

use std::path::PathBuf;

use polars::prelude::*;
use rayon::prelude::*;
use tpchgen::dates::TPCHDate;
use tpchgen::generators::{LineItem, LineItemGenerator};

use crate::Error;
use crate::read::{ColumnType, Progress, Reader, Stop};

/// Orders of scale factor 1.
const ORDERS: f64 = 1_500_000.0;

/// Orders of a part: about 100,000 rows.
const PART_ORDERS: f64 = 25_000.0;

/// Version of what is made of the generator's rows.
const VERSION: &str = "1";

/// The identity of the table at a scale factor.
pub(crate) fn id(scale: f64) -> String {
    results::fingerprint(&["tpch lineitem", VERSION, &scale.to_string()])
}

/// Makes the table in batches.
pub(crate) struct Lineitem {
    scale: f64,
    parts: i32,
    next_part: i32,
    rows: u64,
}

impl Lineitem {
    /// The table at a scale factor.
    pub(crate) fn new(scale: f64) -> Self {
        // At most 100 × 60 parts.
        let parts = (ORDERS * scale / PART_ORDERS).ceil().max(1.0) as i32;
        Self { scale, parts, next_part: 1, rows: 0 }
    }
}

fn failed(source: PolarsError) -> Error {
    Error::Engine { path: "tpch".into(), source }
}

impl Reader for Lineitem {
    fn columns(&self) -> Vec<ColumnType> {
        let empty = Columns::default().finish();
        let schema = empty.map(|empty| empty.schema().as_ref().clone()).unwrap_or_default();
        schema.iter().map(|(name, dtype)| ColumnType::plain(name.clone(), dtype.clone())).collect()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        let threads = i32::try_from(rayon::current_num_threads()).unwrap_or(1);
        let end = self.parts.min(self.next_part + threads - 1);
        let parts: Vec<_> = (self.next_part..=end)
            .into_par_iter()
            .map(|part| {
                let mut columns = Columns::default();
                LineItemGenerator::new(self.scale, part, self.parts).iter().for_each(|row| columns.push(&row));
                columns.finish()
            })
            .collect();
        self.next_part = end + 1;
        let mut batch: Option<DataFrame> = None;
        for part in parts {
            let part = part.map_err(failed)?;
            self.rows += part.height() as u64;
            match &mut batch {
                Some(batch) => batch.vstack_mut_owned(part).map(|_| ()).map_err(failed)?,
                None => batch = Some(part),
            }
        }
        Ok(batch)
    }

    fn restart(&mut self) -> Result<(), Error> {
        (self.next_part, self.rows) = (1, 0);
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress { rows: self.rows, share: f64::from(self.next_part - 1) / f64::from(self.parts) }
    }

    fn total_rows(&self) -> Option<u64> {
        None
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn file(&self) -> usize {
        0
    }

    fn place(&self) -> PathBuf {
        "tpch".into()
    }
}

/// The columns of a part while it is made.
#[derive(Default)]
struct Columns {
    keys: [Vec<i64>; 4],
    money: [Vec<f64>; 4],
    dates: [Vec<i32>; 3],
    flags: [Texts; 2],
    texts: [Texts; 3],
}

/// A column of texts while it is made: their bytes one after the other, and where each ends.
#[derive(Default)]
struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    fn finish(&self, name: PlSmallStr) -> Column {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let texts = starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end]);
        StringChunked::from_iter_values(name, texts).into_column()
    }
}

impl Columns {
    fn push(&mut self, row: &LineItem<'_>) {
        let day = |date: &TPCHDate| date.to_unix_epoch();
        let keys = [row.l_orderkey, row.l_partkey, row.l_suppkey, i64::from(row.l_linenumber)];
        let money = [row.l_quantity as f64, row.l_extendedprice.as_f64(), row.l_discount.as_f64(), row.l_tax.as_f64()];
        let dates = [day(&row.l_shipdate), day(&row.l_commitdate), day(&row.l_receiptdate)];
        self.keys.iter_mut().zip(keys).for_each(|(column, key)| column.push(key));
        self.money.iter_mut().zip(money).for_each(|(column, amount)| column.push(amount));
        self.dates.iter_mut().zip(dates).for_each(|(column, day)| column.push(day));
        let flags = [row.l_returnflag, row.l_linestatus];
        self.flags.iter_mut().zip(flags).for_each(|(column, flag)| column.push(flag));
        let texts = [row.l_shipinstruct, row.l_shipmode, row.l_comment];
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
    }

    fn finish(self) -> PolarsResult<DataFrame> {
        let named = |names: &[&'static str]| names.iter().map(|name| PlSmallStr::from_static(name)).collect::<Vec<_>>();
        let rows = self.keys[0].len();
        let keys = named(&["l_orderkey", "l_partkey", "l_suppkey", "l_linenumber"]);
        let money = named(&["l_quantity", "l_extendedprice", "l_discount", "l_tax"]);
        let flags = named(&["l_returnflag", "l_linestatus"]);
        let dates = named(&["l_shipdate", "l_commitdate", "l_receiptdate"]);
        let texts = named(&["l_shipinstruct", "l_shipmode", "l_comment"]);
        let mut columns = Vec::with_capacity(16);
        columns.extend(keys.into_iter().zip(self.keys).map(|(name, values)| Column::new(name, values)));
        columns.extend(money.into_iter().zip(self.money).map(|(name, values)| Column::new(name, values)));
        columns.extend(flags.into_iter().zip(&self.flags).map(|(name, values)| values.finish(name)));
        columns.extend(
            dates
                .into_iter()
                .zip(self.dates)
                .map(|(name, values)| Int32Chunked::from_vec(name, values).into_date().into_column()),
        );
        columns.extend(texts.into_iter().zip(&self.texts).map(|(name, values)| values.finish(name)));
        DataFrame::new(rows, columns)
    }
}
