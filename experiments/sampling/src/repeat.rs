//! Is a sample the same tomorrow? Found out by doing it: the same draw again, from the file written anew, and from a table that
//! has grown.
//!
//! It runs on the first rows of the table, so that no second copy of a large one is written. What is the same is a property of
//! the way and not of the size.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use measure::scratch;
use polars::prelude::*;
use rand::seq::SliceRandom;
use results::{Cell, RecordedTable, Unit};
use serde::{Deserialize, Serialize};

use crate::draw::{Known, draw};
use crate::random::generator;
use crate::rows::{hashes, kept};
use crate::store::{Layout, Store, group_rows, write_parquet};
use crate::way::{Wanted, Way};

/// Most rows of the table that it is shown on.
const MOST_ROWS: usize = 100_000;
/// The table grows by one row in so many.
const GROWTH: usize = 10;
/// Rows of the sample, or a tenth of the table.
const SAMPLE: usize = 1_000;

/// What happened to a table between two draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Nothing: the same seed again.
    Again,
    /// Another number of threads.
    Threads,
    /// Written anew with row groups of another size.
    Groups,
    /// Written anew with the rows in another order.
    Order,
    /// Rows were added at its end.
    Append,
    /// Nothing, and another seed: what chance alone would keep.
    Seed,
}

impl Change {
    /// Name of the fact that it becomes.
    pub(crate) fn fact(self) -> &'static str {
        match self {
            Self::Again => "kept_again",
            Self::Threads => "kept_threads",
            Self::Groups => "kept_groups",
            Self::Order => "kept_order",
            Self::Append => "kept_append",
            Self::Seed => "kept_seed",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Again => "the same seed once more",
            Self::Threads => "the same seed on one thread",
            Self::Groups => "file written anew, row groups of half the size",
            Self::Order => "file written anew, rows in another order",
            Self::Append => "a tenth more rows behind the others",
            Self::Seed => "another seed, nothing changed",
        }
    }
}

/// For each change the share of the sample's rows that are in the second sample too.
pub(crate) type Kept = BTreeMap<Change, f64>;

/// A way to be tried again and again.
pub(crate) struct Again<'a> {
    /// The experiment's folder for derived files.
    pub(crate) folder: &'a Path,
    /// The way.
    pub(crate) way: Way,
    /// The working table.
    pub(crate) table: &'a LazyFrame,
    /// Its rows.
    pub(crate) rows: usize,
    /// What is known of its first so many rows.
    pub(crate) known: &'a dyn Fn(usize) -> anyhow::Result<Known>,
    /// The seed.
    pub(crate) seed: u64,
}

impl Again<'_> {
    /// What stays of a sample under every change. Found once per run and variant. `one_thread` tells whether a process with one
    /// thread drew the same rows, if that can be told.
    ///
    /// # Errors
    /// If a file cannot be written or read.
    pub(crate) fn find(&self, variant: &str, one_thread: impl FnOnce() -> Option<bool>) -> anyhow::Result<Kept> {
        let folder = scratch::folder(self.folder, "repeat")?;
        scratch::remembered(&folder.join(format!("{variant}.json")), || self.compare(&folder, one_thread))
    }

    fn compare(&self, folder: &Path, one_thread: impl FnOnce() -> Option<bool>) -> anyhow::Result<Kept> {
        let Self { way, table, rows, known, seed, .. } = *self;
        let all = rows.min(MOST_ROWS);
        let base = all - all / (GROWTH + 1);
        let schema = table.clone().collect_schema()?;
        let columns: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let store = |name: &str| Store {
            layout: Layout::Parquet,
            files: vec![folder.join(format!("{name}.parquet"))],
            schema: Arc::clone(&schema),
        };
        let first = |rows: usize| -> anyhow::Result<LazyFrame> { Ok(table.clone().limit(IdxSize::try_from(rows)?)) };
        let wanted = Wanted::rows(SAMPLE.min(base / 10), base);
        let sample = |store: &Store, rows: usize, seed: u64| -> anyhow::Result<Vec<u64>> {
            Ok(hashes(&draw(way, store, &known(rows)?, seed, wanted)?, &columns)?)
        };

        let size = group_rows(base);
        let whole = store("base");
        write_parquet(first(base)?, size, &whole.files[0])?;
        let before = sample(&whole, base, seed)?;
        let mut found = Kept::new();
        let mut put = |change: Change, share: Option<f64>| found.extend(share.map(|share| (change, share)));
        put(Change::Again, kept(&before, &sample(&whole, base, seed)?));
        put(Change::Seed, kept(&before, &sample(&whole, base, seed.wrapping_add(1))?));
        put(Change::Threads, one_thread().map(|same| f64::from(u8::from(same))));

        let groups = store("groups");
        write_parquet(first(base)?, (size / 2).max(1), &groups.files[0])?;
        put(Change::Groups, kept(&before, &sample(&groups, base, seed)?));

        let order = store("order");
        let shuffled = |path: &PathBuf| -> anyhow::Result<()> {
            let mut places: Vec<IdxSize> = (0..IdxSize::try_from(base)?).collect();
            places.shuffle(&mut generator(0x0de5));
            let frame = first(base)?.collect()?.take(&IdxCa::from_vec("places".into(), places))?;
            write_parquet(frame.lazy(), size, path)
        };
        if !order.files[0].exists() {
            shuffled(&order.files[0])?;
        }
        put(Change::Order, kept(&before, &sample(&order, base, seed)?));

        let appended = store("appended");
        write_parquet(first(all)?, size, &appended.files[0])?;
        put(Change::Append, kept(&before, &sample(&appended, all, seed)?));
        Ok(found)
    }
}

/// A row for each change.
pub(crate) fn table(kept: &Kept) -> RecordedTable {
    let rows = kept.iter().map(|(change, share)| vec![Cell::from(change.words()), Cell::from(*share)]).collect();
    RecordedTable::new(&[("What happened", Unit::Number), ("Rows still in the sample", Unit::Share)], rows)
}
