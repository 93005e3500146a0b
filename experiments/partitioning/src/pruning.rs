//! What a query must read of a layout, level by level: folders, row groups, pages. From names and metadata alone.
//!
//! Rows are ruled out by the first level that can: by the name of their folder, so that their file is not even opened; by the
//! smallest and largest value of their row group, which stand in the file's footer; by those of their page, for a reader
//! that uses the page index. What a layout's own list of files rules out (a table format has one) counts as *file*.

use std::collections::BTreeMap;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layout::{Key, Says};
use crate::parquet::{Chunk, FileMap, Group};
use crate::queries::{Filter, Queries, Query};
use crate::time;

/// What a query must read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// Files that it opens.
    pub(crate) files: u64,
    /// Rows in files that it does not open, because of their folders.
    pub(crate) by_folder: u64,
    /// Rows in files that it does not open, because of what a list of files says about their values.
    pub(crate) by_file: u64,
    /// Rows in row groups that the footers rule out.
    pub(crate) by_group: u64,
    /// Rows in pages that a page index rules out.
    pub(crate) by_page: u64,
    /// Rows that are left to look at.
    pub(crate) left: u64,
    /// Rows that pass.
    pub(crate) passing: u64,
    /// Bytes of footers, and of the columns that it names in the row groups that are left.
    pub(crate) bytes: u64,
    /// Of these the bytes that no reader can do without: the searched column where a row might pass, the others where one does.
    pub(crate) needed: u64,
}

impl Reading {
    /// All rows.
    pub(crate) fn rows(&self) -> u64 {
        self.by_folder + self.by_file + self.by_group + self.by_page + self.left
    }

    /// A count as a share of all rows; 0 of nothing.
    pub(crate) fn share(&self, rows: u64) -> f64 {
        if self.rows() == 0 { 0.0 } else { rows as f64 / self.rows() as f64 }
    }

    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.by_folder += other.by_folder;
        self.by_file += other.by_file;
        self.by_group += other.by_group;
        self.by_page += other.by_page;
        self.left += other.left;
        self.passing += other.passing;
        self.bytes += other.bytes;
        self.needed += other.needed;
    }

    /// The sums of the readings of several files, question by question.
    pub(crate) fn sum<'a>(files: impl IntoIterator<Item = &'a Vec<Self>>) -> Vec<Self> {
        let mut sums: Vec<Self> = Vec::new();
        for file in files {
            sums.resize(file.len(), Self::default());
            for (sum, reading) in sums.iter_mut().zip(file) {
                sum.add(reading);
            }
        }
        sums
    }
}

/// What is asked of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'a> {
    /// All rows.
    Whole,
    /// The rows that pass a filter.
    Filter(&'a Filter),
    /// Nothing: this table cannot be asked.
    Unasked,
}

/// Questions to a table in memory, ready to be put to the metadata of files.
pub(crate) struct Asked<'a> {
    measure: &'a str,
    per_day: i64,
    searches: Vec<Asking<'a>>,
}

enum Asking<'a> {
    Whole,
    Unasked,
    Search(Search<'a>),
}

/// A filter, with where every row of the table lies relative to it.
struct Search<'a> {
    filter: &'a Filter,
    low: AnyValue<'static>,
    high: AnyValue<'static>,
    sides: Vec<Side>,
}

/// Where a value lies relative to a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Missing,
    Below,
    Inside,
    Above,
}

impl<'a> Asked<'a> {
    /// The queries of a run, in the order of [`Query::READING`].
    ///
    /// # Errors
    /// As [`Asked::new`].
    pub(crate) fn queries(frame: &DataFrame, queries: &'a Queries) -> anyhow::Result<Self> {
        let question = |query: Query| match queries.filter(query) {
            Ok(Some(filter)) => Question::Filter(filter),
            Ok(None) => Question::Whole,
            Err(_) => Question::Unasked,
        };
        Self::new(frame, &Query::READING.map(question), queries)
    }

    /// Looks at the searched columns of a table.
    ///
    /// # Errors
    /// If one cannot be compared with its filter.
    pub(crate) fn new(frame: &DataFrame, questions: &[Question<'a>], queries: &'a Queries) -> anyhow::Result<Self> {
        let per_day = match queries.column("time") {
            Some(name) => time::ticks_per_day(frame.column(name)?.dtype())?,
            None => 1,
        };
        let search = |question: &Question<'a>| {
            Ok(match question {
                Question::Whole => Asking::Whole,
                Question::Unasked => Asking::Unasked,
                Question::Filter(filter) => Asking::Search(Search::new(frame, filter)?),
            })
        };
        let searches = questions.iter().map(search).collect::<anyhow::Result<_>>()?;
        Ok(Self { measure: &queries.measure.column, per_day, searches })
    }

    /// Ticks of a day of the time column; 1 if there is none.
    pub(crate) fn per_day(&self) -> i64 {
        self.per_day
    }

    /// The columns that the questions name.
    pub(crate) fn columns(&self) -> Vec<&'a str> {
        let searched = self.searches.iter().filter_map(|asking| match asking {
            Asking::Search(search) => Some(search.filter.column.as_str()),
            _ => None,
        });
        let mut columns: Vec<&str> = searched.chain([self.measure]).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// What each question must read of a file that holds these rows of the table; `queries` says which columns the keys of
    /// its folders are made of.
    pub(crate) fn readings(&self, map: &FileMap, rows: &[IdxSize], keys: &[Key], queries: &Queries) -> Vec<Reading> {
        let reading = |asking: &Asking<'_>| match asking {
            Asking::Unasked => Reading::default(),
            Asking::Whole => self.whole(map),
            Asking::Search(search) => {
                let says = |key: &Key| key.says(search.filter, queries, self.per_day);
                // One folder's name is enough to rule out, and one is enough to be sure.
                if keys.iter().any(|key| says(key) == Says::Nothing) {
                    Reading { by_folder: rows.len() as u64, ..Reading::default() }
                } else if keys.iter().any(|key| says(key) == Says::Everything) {
                    self.whole(map)
                } else {
                    self.searched(search, map, rows)
                }
            }
        };
        self.searches.iter().map(reading).collect()
    }

    /// A file of which every row passes: nothing is searched.
    fn whole(&self, map: &FileMap) -> Reading {
        let rows = map.groups.iter().map(|group| group.rows as u64).sum();
        // A measure that is the category itself stands in the folder's name and costs no byte.
        let chunk = |group: &Group| group.columns.get(self.measure).map_or(0, |chunk| chunk.bytes);
        let bytes: u64 = map.groups.iter().map(chunk).sum();
        Reading { files: 1, left: rows, passing: rows, bytes: bytes + map.footer, needed: bytes, ..Reading::default() }
    }

    fn searched(&self, search: &Search<'_>, map: &FileMap, rows: &[IdxSize]) -> Reading {
        let mut reading = Reading { files: 1, bytes: map.footer, ..Reading::default() };
        let mut start = 0;
        for group in &map.groups {
            let inside = &rows[start..start + group.rows];
            start += group.rows;
            let chunk = group.columns.get(&search.filter.column);
            let Some(chunk) = chunk.filter(|chunk| search.may_pass(chunk)) else {
                reading.by_group += group.rows as u64;
                continue;
            };
            let others = if self.measure == search.filter.column { None } else { group.columns.get(self.measure) };
            let others = others.map_or(0, |chunk| chunk.bytes);
            let passing = search.count(inside);
            reading.passing += passing;
            reading.bytes += chunk.bytes + others;
            reading.needed += chunk.bytes + if passing > 0 { others } else { 0 };
            let mut page_start = 0;
            for &page in &chunk.pages {
                let page_rows = &inside[page_start.min(group.rows)..(page_start + page).min(group.rows)];
                page_start += page;
                if search.page_may_pass(page_rows) {
                    reading.left += page as u64;
                } else {
                    reading.by_page += page as u64;
                }
            }
        }
        reading
    }
}

impl<'a> Search<'a> {
    fn new(frame: &DataFrame, filter: &'a Filter) -> anyhow::Result<Self> {
        let column = frame.column(&filter.column)?;
        let dtype = column.dtype().clone();
        let physical = |value: &dataset::value::Value| -> anyhow::Result<AnyValue<'static>> {
            let series = Series::from_any_values_and_dtype(
                PlSmallStr::EMPTY,
                &[value.scalar(&dtype)?.as_any_value()],
                &dtype,
                true,
            )?;
            Ok(series.to_physical_repr().get(0)?.into_static())
        };
        let this = dataset::value::column(&filter.column);
        let asked = column
            .clone()
            .into_frame()
            .lazy()
            .select([
                this.clone().lt(filter.low.literal(&dtype)?).alias("below"),
                this.gt(filter.high.literal(&dtype)?).alias("above"),
            ])
            .collect()?;
        let (below, above) = (asked.column("below")?.bool()?, asked.column("above")?.bool()?);
        let sides = below
            .iter()
            .zip(above.iter())
            .map(|sides| match sides {
                (Some(true), _) => Side::Below,
                (_, Some(true)) => Side::Above,
                (Some(false), Some(false)) => Side::Inside,
                _ => Side::Missing,
            })
            .collect();
        Ok(Self { filter, low: physical(&filter.low)?, high: physical(&filter.high)?, sides })
    }

    /// Whether the footer leaves open that a row of the group passes.
    fn may_pass(&self, chunk: &Chunk) -> bool {
        match &chunk.range {
            Some((least, most)) => *least <= self.high && *most >= self.low,
            None => true,
        }
    }

    /// Whether the smallest and the largest value of these rows leave open that one of them passes.
    fn page_may_pass(&self, rows: &[IdxSize]) -> bool {
        let has = |side| rows.iter().any(|&row| self.sides[row as usize] == side);
        has(Side::Inside) || (has(Side::Below) && has(Side::Above))
    }

    fn count(&self, rows: &[IdxSize]) -> u64 {
        rows.iter().filter(|&&row| self.sides[row as usize] == Side::Inside).count() as u64
    }
}

/// The readings by id of the query, for those that the table can be asked.
pub(crate) fn by_query<'a>(readings: &'a [Reading], queries: &Queries) -> BTreeMap<Query, &'a Reading> {
    Query::READING.into_iter().zip(readings).filter(|(query, _)| queries.filter(*query).is_ok()).collect()
}
