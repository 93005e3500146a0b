//! What is asked of every layout: which day, which month, which range, which values. Found once per run and kept in
//! `queries.json` beside the layouts, where other engines can read it too.
//!
//! The file holds values of the reader's data; it never leaves the scratch folder.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use dataset::value::{Value, column, kind};
use measure::scratch;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::table::Table;
use crate::time;

/// The share of the rows that a range on a column lets through, about.
const SHARE: f64 = 0.01;
/// A range that lets more than this share through is not selective.
const MOST: f64 = 0.2;

/// A value of the axis `query`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Query {
    /// The rows of one day.
    Day,
    /// The rows of one month.
    Month,
    /// Three days around the start of a month.
    Range,
    /// A narrow range of the column that some layouts are sorted by.
    Cluster,
    /// One value of the column that some layouts make folders of.
    Category,
    /// A narrow range of a column that no layout knows of.
    Other,
    /// All rows.
    All,
    /// No rows: only the list of files that a query would start from.
    List,
}

impl Query {
    /// All that reads rows.
    pub(crate) const READING: [Self; 7] =
        [Self::Day, Self::Month, Self::Range, Self::Cluster, Self::Category, Self::Other, Self::All];

    /// The query of a point: its own, or what a sweep asks for.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        match id {
            "pieces" => Some(Self::All),
            "list-pieces" => Some(Self::List),
            _ => Self::READING.into_iter().chain([Self::List]).find(|query| query.id() == id),
        }
    }

    /// Its id in points.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Range => "range",
            Self::Cluster => "cluster",
            Self::Category => "category",
            Self::Other => "other",
            Self::All => "all",
            Self::List => "list",
        }
    }

    /// Its name for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Day => "one day",
            Self::Month => "one month",
            Self::Range => "three days across a month's end",
            Self::Cluster => "a filter on the clustered column",
            Self::Category => "one category",
            Self::Other => "a filter on neither",
            Self::All => "all rows",
            Self::List => "the list of files",
        }
    }
}

/// What all queries of a run refer to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queries {
    /// Rows of the table.
    pub(crate) rows: u64,
    /// What is added up.
    pub(crate) measure: Measure,
    /// The chosen columns by purpose, `measure` aside.
    pub(crate) columns: BTreeMap<String, String>,
    /// Different days of the time column, if there is one.
    pub(crate) days: Option<u64>,
    /// The filters by id of the query, or why there is none.
    pub(crate) filters: BTreeMap<String, Result<Filter, String>>,
}

/// The column that is added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// The column.
    pub(crate) column: String,
    /// Whether it is a number; of other columns the values are counted.
    pub(crate) number: bool,
    /// Sum of its magnitudes in the whole table, or the count of its values; 1 if there is none.
    pub(crate) total: f64,
}

/// A range of a column, both ends included, as the column's physical values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// The column.
    pub(crate) column: String,
    /// What its physical values are: `number`, `text`, `bool`, `date`, `ms`, `us` or `ns`.
    pub(crate) kind: String,
    /// The lower end.
    pub(crate) low: Value,
    /// The upper end.
    pub(crate) high: Value,
}

impl Filter {
    /// Whether a row is inside, as an expression on a column of type `dtype`.
    ///
    /// # Errors
    /// If the type cannot hold the ends.
    pub(crate) fn inside(&self, dtype: &DataType) -> PolarsResult<Expr> {
        if self.low == self.high {
            return Ok(column(&self.column).eq(self.low.literal(dtype)?));
        }
        let (low, high) = (self.low.literal(dtype)?, self.high.literal(dtype)?);
        Ok(column(&self.column).gt_eq(low).and(column(&self.column).lt_eq(high)))
    }
}

impl Queries {
    /// Reads the file at `path`, or finds out the queries of `table` and writes it.
    ///
    /// # Errors
    /// If the table cannot be read or the file not written.
    pub(crate) fn load_or_find(path: &Path, table: &Table, columns: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        scratch::remembered(path, || Self::find(table, columns))
    }

    fn find(table: &Table, chosen: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        // One column at a time, so that a table of any size needs the memory of a column.
        let read = |name: &str| -> anyhow::Result<Column> { Ok(table.load(&[name])?.columns()[0].clone()) };
        let name = chosen.get("measure").context("no column was chosen to be added up")?;
        let values = read(name)?;
        let measure = Measure {
            column: name.clone(),
            number: values.dtype().is_primitive_numeric() || values.dtype().is_decimal(),
            total: 1.0,
        };
        let total = total(&values, measure.number)?;
        let measure = Measure { total: if total > 0.0 { total } else { 1.0 }, ..measure };

        let mut filters = BTreeMap::new();
        let mut days = None;
        match chosen.get("time") {
            None => {
                for query in [Query::Day, Query::Month, Query::Range] {
                    filters.insert(query.id().to_owned(), Err("the table has no column of dates or times".to_owned()));
                }
            }
            Some(name) => {
                let times = Times::new(&read(name)?)?;
                days = Some(times.days.len() as u64);
                filters.insert(Query::Day.id().to_owned(), times.day());
                filters.insert(Query::Month.id().to_owned(), times.month());
                filters.insert(Query::Range.id().to_owned(), times.range());
            }
        }
        for query in [Query::Cluster, Query::Other] {
            let filter = match chosen.get(query.id()) {
                None => Err("the table has no further column with a selective range".to_owned()),
                Some(name) => range(&read(name)?)?,
            };
            filters.insert(query.id().to_owned(), filter);
        }
        let category = match chosen.get("category") {
            None => Err("the table has no column of few different values".to_owned()),
            Some(name) => typical(&read(name)?)?,
        };
        filters.insert(Query::Category.id().to_owned(), category);
        let mut columns = chosen.clone();
        columns.remove("measure");
        Ok(Self { rows: values.len() as u64, measure, columns, days, filters })
    }

    /// The filter of a query; none for those that want all rows.
    ///
    /// # Errors
    /// Why this table cannot be asked, as a sentence.
    pub(crate) fn filter(&self, query: Query) -> Result<Option<&Filter>, String> {
        match query {
            Query::All | Query::List => Ok(None),
            _ => match self.filters.get(query.id()) {
                Some(Ok(filter)) => Ok(Some(filter)),
                Some(Err(why)) => Err(why.clone()),
                None => Err("this query was not prepared".to_owned()),
            },
        }
    }

    /// The column of a purpose.
    pub(crate) fn column(&self, purpose: &str) -> Option<&str> {
        self.columns.get(purpose).map(String::as_str)
    }
}

fn total(values: &Column, number: bool) -> anyhow::Result<f64> {
    if !number {
        return Ok((values.len() - values.null_count()) as f64);
    }
    let values = values.as_materialized_series().cast(&DataType::Float64)?;
    Ok(values.f64()?.iter().flatten().filter(|value| value.is_finite()).map(f64::abs).sum())
}

/// The time column: its sorted ticks and its days.
struct Times {
    column: String,
    kind: &'static str,
    per_day: i64,
    ticks: Vec<i64>,
    /// Rows by day.
    days: BTreeMap<i64, usize>,
}

impl Times {
    fn new(column: &Column) -> anyhow::Result<Self> {
        let per_day = time::ticks_per_day(column.dtype())?;
        let mut ticks: Vec<i64> = time::ticks(column)?.iter().flatten().collect();
        ticks.sort_unstable();
        let mut days = BTreeMap::new();
        for tick in &ticks {
            *days.entry(tick.div_euclid(per_day)).or_default() += 1;
        }
        Ok(Self { column: column.name().to_string(), kind: kind(column.dtype()), per_day, ticks, days })
    }

    /// From the start of one day to the end of another.
    fn days(&self, first: i64, last: i64) -> Filter {
        self.ticks_between(first.saturating_mul(self.per_day), (last + 1).saturating_mul(self.per_day) - 1)
    }

    fn ticks_between(&self, low: i64, high: i64) -> Filter {
        let (low, high) = (Value::Int(low), Value::Int(high));
        Filter { column: self.column.clone(), kind: self.kind.to_owned(), low, high }
    }

    /// The day of the row in the middle: a day as most rows see it.
    fn middle(&self) -> Result<i64, String> {
        let tick = self.ticks.get(self.ticks.len() / 2).ok_or("the time column has no value")?;
        let day = tick.div_euclid(self.per_day);
        let named = |day: Option<&i64>| day.copied().and_then(time::day_name).is_some();
        if !named(self.days.keys().next()) || !named(self.days.keys().next_back()) {
            return Err("the time column has dates outside of the years 0 to 9999".to_owned());
        }
        Ok(day)
    }

    fn day(&self) -> Result<Filter, String> {
        let day = self.middle()?;
        match self.days.len() {
            0 | 1 => Err("all rows lie in one day".to_owned()),
            _ => Ok(self.days(day, day)),
        }
    }

    fn month(&self) -> Result<Filter, String> {
        let day = self.middle()?;
        let ends = time::first_of_month(day).zip(time::last_of_month(day));
        let (first, last) = ends.ok_or("the time column has dates outside of the years 0 to 9999")?;
        let all_inside = self.days.keys().all(|day| (first..=last).contains(day));
        if all_inside { Err("all rows lie in one month".to_owned()) } else { Ok(self.days(first, last)) }
    }

    /// A day and a half to both sides of the start of a month, where most rows are; of a day, if there is but one month.
    fn range(&self) -> Result<Filter, String> {
        self.middle()?;
        let half = self.per_day * 3 / 2;
        let ends = |start: i64| {
            let start = start.saturating_mul(self.per_day);
            (start.saturating_sub(half), start.saturating_add(half - 1))
        };
        let rows = |start: i64| {
            let (low, high) = ends(start);
            self.ticks.partition_point(|&tick| tick <= high) - self.ticks.partition_point(|&tick| tick < low)
        };
        let first = self.days.keys().next().copied();
        let mut starts: Vec<i64> = self.days.keys().filter_map(|&day| time::first_of_month(day)).collect();
        starts.dedup();
        starts.retain(|&start| first.is_some_and(|first| start > first));
        if starts.is_empty() {
            starts = self.days.keys().skip(1).copied().collect();
        }
        // The last of the best, so that the answer does not depend on how a tie is broken.
        let best = starts.into_iter().max_by_key(|&start| rows(start)).ok_or("all rows lie in one day")?;
        let (low, high) = ends(best);
        if rows(best) == self.ticks.len() {
            return Err("all rows lie within three days".to_owned());
        }
        Ok(self.ticks_between(low, high))
    }
}

/// A range around the middle of the values that lets about one row in a hundred through, or why there is none.
pub(crate) fn range(values: &Column) -> anyhow::Result<Result<Filter, String>> {
    let rows = values.len();
    let none = || Err("no range of this column lets few enough rows through".to_owned());
    let physical = values.as_materialized_series().drop_nulls().to_physical_repr().into_owned();
    let ordered = physical.sort(SortOptions::default())?;
    let present = ordered.len();
    let half = (rows as f64 * SHARE / 2.0) as usize;
    if present == 0 {
        return Ok(none());
    }
    let (low, high) =
        (ordered.get((present / 2).saturating_sub(half))?, ordered.get((present / 2 + half).min(present - 1))?);
    let (Some(low), Some(high)) = (Value::of(&low), Value::of(&high)) else { return Ok(none()) };
    let filter = Filter { column: values.name().to_string(), kind: kind(values.dtype()).to_owned(), low, high };
    let inside = values.clone().into_frame().lazy().filter(filter.inside(values.dtype())?).select([len()]).collect()?;
    let passing: u64 = inside.columns()[0].get(0)?.try_extract()?;
    Ok(if passing as f64 > rows as f64 * MOST { none() } else { Ok(filter) })
}

/// The value of the row in the middle, when rows are sorted by it: one that many rows have.
pub(crate) fn typical(values: &Column) -> anyhow::Result<Result<Filter, String>> {
    let physical = values.as_materialized_series().drop_nulls().to_physical_repr().into_owned();
    let ordered = physical.sort(SortOptions::default())?;
    if ordered.is_empty() {
        return Ok(Err("the column of few different values has none".to_owned()));
    }
    let value = Value::of(&ordered.get(ordered.len() / 2)?);
    let column = values.name().to_string();
    let kind = kind(values.dtype()).to_owned();
    Ok(value
        .map(|value| Filter { column, kind, low: value.clone(), high: value })
        .ok_or_else(|| "the column of few different values cannot be compared".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(ticks: &[i64]) -> Times {
        let column = Column::new("at".into(), ticks).cast(&DataType::Date).unwrap();
        Times::new(&column).unwrap()
    }

    fn ends(filter: &Result<Filter, String>) -> (i64, i64) {
        match filter.as_ref().map(|filter| (&filter.low, &filter.high)) {
            Ok((Value::Int(low), Value::Int(high))) => (*low, *high),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn days_months_and_ranges_lie_where_the_rows_are() {
        // February 2024 is days 19,754 to 19,782, with most rows at its end.
        let days: Vec<i64> = (19_740..19_780).chain([19_781, 19_781, 19_782, 19_783, 19_783, 19_790]).collect();
        let times = times(&days);
        assert_eq!(ends(&times.day()), (19_763, 19_763));
        assert_eq!(ends(&times.month()), (19_754, 19_782));
        assert_eq!(ends(&times.range()), (19_782, 19_783));
    }

    #[test]
    fn a_table_of_one_day_or_month_says_so() {
        assert!(times(&[5, 5]).day().unwrap_err().contains("one day"));
        assert!(times(&[5, 6]).month().unwrap_err().contains("one month"));
        assert!(times(&[5, 5]).range().unwrap_err().contains("one day"));
        assert_eq!(ends(&times(&[5, 6, 9]).range()), (5, 6));
        assert!(times(&[0, 3_000_000]).day().unwrap_err().contains("years"));
        assert!(times(&[]).day().unwrap_err().contains("no value"));
    }

    #[test]
    fn ranges_are_selective_or_refused() {
        let spread = Column::new("x".into(), (0..1000).map(|i| f64::from(i * 7 % 1000)).collect::<Vec<_>>());
        let filter = range(&spread).unwrap().unwrap();
        assert_eq!((filter.low, filter.high), (Value::Float(495.0), Value::Float(505.0)));
        let same = Column::new("x".into(), vec![1_i64; 50]);
        assert!(range(&same).unwrap().unwrap_err().contains("few enough"));
        let nothing = Column::new("x".into(), vec![None::<i64>; 5]);
        assert!(range(&nothing).unwrap().is_err());
        let nan = Column::new("x".into(), vec![f64::NAN; 50]);
        assert!(range(&nan).unwrap().is_err());
    }

    #[test]
    fn a_typical_value_is_one_that_many_rows_have() {
        let texts = Column::new("k".into(), [Some("b"), None, Some("a/x"), Some("b"), Some("b"), Some("c")]);
        assert_eq!(typical(&texts).unwrap().unwrap().low, Value::Text("b".to_owned()));
        let flags = Column::new("k".into(), [true, false, true]);
        assert_eq!(typical(&flags).unwrap().unwrap().low, Value::Bool(true));
    }

    #[test]
    fn queries_have_ids() {
        for query in Query::READING {
            assert_eq!(Query::parse(query.id()), Some(query));
            assert_eq!(serde_json::to_value(query).unwrap(), query.id());
        }
        assert_eq!((Query::parse("list"), Query::parse("x")), (Some(Query::List), None));
        assert_eq!((Query::parse("list-pieces"), Query::parse("pieces")), (Some(Query::List), Some(Query::All)));
    }
}
