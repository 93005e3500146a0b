//! Layouts: which rows lie in which file of which folder, in which order. Nothing here writes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use anyhow::{Context, bail};
use dataset::value::Value;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::order;
use crate::queries::{Filter, Queries};
use crate::time;

/// Most files of a layout.
pub(crate) const MOST_FILES: usize = 10_000;
/// Fewest rows of a file, on average; a folder of files with less is no layout but a mistake.
const FEWEST_ROWS: usize = 20;
/// Equal files of a table without days.
const EQUAL_FILES: usize = 32;

/// How the rows are told apart by folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grain {
    /// By month of the time column.
    Month,
    /// By day of the time column.
    Day,
    /// By value of the category.
    Category,
}

/// In which order the rows of a file lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they come.
    AsIs,
    /// At random.
    Shuffled,
    /// By the column of a purpose.
    By(&'static str),
    /// Along a Z-curve through the columns of two purposes.
    Z(&'static str, &'static str),
}

/// How many files the rows of a folder are cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// One file.
    One,
    /// As many equal files as the table has days.
    Days,
    /// That many equal files.
    Files(usize),
    /// One file of that many row groups.
    Groups(usize),
}

/// A layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The folders, from the outside.
    pub(crate) grains: Vec<Grain>,
    /// The order.
    pub(crate) order: Order,
    /// The cut.
    pub(crate) cut: Cut,
    /// Most rows of a row group.
    pub(crate) group_rows: usize,
    /// Bytes of a page, about.
    pub(crate) page_bytes: usize,
}

impl Layout {
    /// The layout that a variant's parameters describe; `pieces` is the number on the axis of that name, if it has one.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(crate) fn from_params(params: &BTreeMap<String, String>, pieces: Option<usize>) -> anyhow::Result<Self> {
        let text = |key: &str| params.get(key).map_or("", String::as_str);
        let number = |key: &str| -> anyhow::Result<usize> {
            let text = params.get(key).with_context(|| format!("the variant has no parameter `{key}`"))?;
            text.parse().ok().filter(|n| *n > 0).with_context(|| format!("`{key}` is {text:?}, which is no number"))
        };
        let grain = |name: &str| {
            Ok(match name {
                "month" => Grain::Month,
                "day" => Grain::Day,
                "category" => Grain::Category,
                other => bail!("there is no grain {other:?}"),
            })
        };
        let pieces = || pieces.context("this variant is cut into pieces, and the point does not say how many");
        Ok(Self {
            grains: text("folders").split_whitespace().map(grain).collect::<anyhow::Result<_>>()?,
            order: match text("order") {
                "" | "as-is" => Order::AsIs,
                "shuffled" => Order::Shuffled,
                "time" => Order::By("time"),
                "cluster" => Order::By("cluster"),
                "z" => Order::Z("time", "cluster"),
                other => bail!("there is no order {other:?}"),
            },
            cut: match text("cut") {
                "" | "one" => Cut::One,
                "days" => Cut::Days,
                "files" => Cut::Files(pieces()?),
                "groups" => Cut::Groups(pieces()?),
                other => bail!("there is no cut {other:?}"),
            },
            group_rows: number("row_group_rows")?,
            page_bytes: number("page_bytes")?,
        })
    }

    /// The purposes of the columns that it needs, or why this table has none.
    ///
    /// # Errors
    /// A sentence for the page.
    pub(crate) fn needs(&self, queries: &Queries) -> Result<Vec<String>, String> {
        let of_grain = |grain: &Grain| if *grain == Grain::Category { "category" } else { "time" };
        let mut purposes: Vec<&str> = self.grains.iter().map(of_grain).collect();
        match self.order {
            Order::By(purpose) => purposes.push(purpose),
            Order::Z(a, b) => purposes.extend([a, b]),
            Order::AsIs | Order::Shuffled => {}
        }
        let column = |purpose: &str| {
            queries.column(purpose).map(str::to_owned).ok_or_else(|| match purpose {
                "time" => "the table has no column of dates or times".to_owned(),
                "category" => "the table has no column of few different values".to_owned(),
                _ => "the table has no column with a selective range to sort by".to_owned(),
            })
        };
        purposes.into_iter().map(column).collect()
    }

    /// Names of the folders' keys that no column of the table has: `day`, `month`, and the category's own name.
    pub(crate) fn keys(&self, queries: &Queries, columns: &[String]) -> Vec<String> {
        let free = |name: &str| {
            let mut name = name.to_owned();
            while columns.contains(&name) {
                name.push('_');
            }
            name
        };
        let key = |grain: &Grain| match grain {
            Grain::Month => free("month"),
            Grain::Day => free("day"),
            Grain::Category => queries.column("category").unwrap_or_default().to_owned(),
        };
        self.grains.iter().map(key).collect()
    }

    /// Places the rows of a table.
    ///
    /// # Errors
    /// Outer: if a column cannot be compared. Inner: why this table cannot be laid out so, as a sentence.
    pub(crate) fn plan(&self, frame: &DataFrame, queries: &Queries, seed: u64) -> anyhow::Result<Result<Plan, String>> {
        let column = |purpose: &str| -> anyhow::Result<&Column> {
            let name = queries.column(purpose).with_context(|| format!("no column was chosen as {purpose}"))?;
            Ok(frame.column(name)?)
        };
        let height = frame.height();
        let order = match self.order {
            Order::AsIs => order::as_is(height)?,
            Order::Shuffled => order::shuffled(height, seed)?,
            Order::By(purpose) => order::sorted(column(purpose)?),
            Order::Z(a, b) => order::z_curve(column(a)?, column(b)?)?,
        };
        if self.grains.is_empty() {
            let files = match self.cut {
                Cut::One | Cut::Groups(_) => 1,
                Cut::Days => queries.days.map_or(EQUAL_FILES, |days| usize::try_from(days).unwrap_or(usize::MAX)),
                Cut::Files(files) => files,
            };
            let pieces = if let Cut::Groups(groups) = self.cut { groups } else { files };
            // A table of few rows is cut into fewer equal files than days; a sweep says how many pieces it wants.
            let files =
                if self.cut == Cut::Days { files.min(height / FEWEST_ROWS).clamp(1, MOST_FILES) } else { files };
            if self.cut != Cut::Days && pieces > 1 && height / pieces < FEWEST_ROWS {
                return Ok(Err(format!("the table has too few rows for {pieces} pieces ({height})")));
            }
            let group_rows = match self.cut {
                Cut::Groups(groups) => height.div_ceil(groups),
                _ => self.group_rows,
            };
            let bound = |file: usize| (file as u64 * height as u64 / files as u64) as usize;
            let parts = (0..files).map(|file| Part { rows: bound(file)..bound(file + 1), keys: Vec::new() }).collect();
            return Ok(Ok(Plan { order, parts, group_rows }));
        }

        let mut part_of_row = vec![0_u32; height];
        let mut keys: Vec<Vec<Key>> = vec![Vec::new()];
        for grain in &self.grains {
            let (codes, values) = match grain {
                Grain::Category => categories(column("category")?)?,
                Grain::Day | Grain::Month => match periods(column("time")?, *grain)? {
                    Ok(periods) => periods,
                    Err(why) => return Ok(Err(why)),
                },
            };
            // What was one part becomes one for each value of this grain that its rows have.
            let mut known: HashMap<(u32, u32), u32> = HashMap::new();
            let mut longer: Vec<Vec<Key>> = Vec::new();
            for (part, code) in part_of_row.iter_mut().zip(codes) {
                let new = *known.entry((*part, code)).or_insert_with(|| {
                    let mut key = keys[*part as usize].clone();
                    key.push(values[code as usize].clone());
                    longer.push(key);
                    u32::try_from(longer.len() - 1).unwrap_or(u32::MAX)
                });
                *part = new;
            }
            keys = longer;
        }
        if keys.len() > MOST_FILES || keys.len() > (height / FEWEST_ROWS).max(2) {
            return Ok(Err(format!(
                "it would make {} files of {} rows on average: too many to be a layout",
                keys.len(),
                height / keys.len()
            )));
        }
        let (order, sizes) = order::grouped(&order, &part_of_row, keys.len());
        let mut start = 0;
        let parts = sizes
            .into_iter()
            .zip(keys)
            .map(|(size, keys)| {
                start += size;
                Part { rows: start - size..start, keys }
            })
            .collect();
        Ok(Ok(Plan { order, parts, group_rows: self.group_rows }))
    }
}

/// Where every row goes.
pub(crate) struct Plan {
    /// The rows in the order of the files.
    pub(crate) order: Vec<IdxSize>,
    /// The files.
    pub(crate) parts: Vec<Part>,
    /// Most rows of a row group.
    pub(crate) group_rows: usize,
}

/// A file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Its rows, as places in the order.
    pub(crate) rows: Range<usize>,
    /// What its folders say, from the outside.
    pub(crate) keys: Vec<Key>,
}

/// What a folder says about its rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Key {
    /// They lie in these days, both ends included.
    Days {
        /// The first one.
        first: i64,
        /// The last one.
        last: i64,
    },
    /// They have no time.
    NoTime,
    /// They have this value of the category.
    Category(Option<String>),
}

/// What a folder's name says about a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// No row passes.
    Nothing,
    /// Every row passes.
    Everything,
    /// The rows must be looked at.
    Unknown,
}

impl Key {
    /// What it says about a filter. `per_day` are the ticks of a day of the time column.
    pub(crate) fn says(&self, filter: &Filter, queries: &Queries, per_day: i64) -> Says {
        let is = |purpose: &str| queries.column(purpose) == Some(filter.column.as_str());
        match self {
            Self::Days { first, last } if is("time") => {
                let (Value::Int(low), Value::Int(high)) = (&filter.low, &filter.high) else { return Says::Unknown };
                let (start, end) = (first.saturating_mul(per_day), (last + 1).saturating_mul(per_day) - 1);
                if end < *low || start > *high {
                    Says::Nothing
                } else if start >= *low && end <= *high {
                    Says::Everything
                } else {
                    Says::Unknown
                }
            }
            Self::NoTime if is("time") => Says::Nothing,
            Self::Category(value) if is("category") => {
                if value.as_deref() == Some(text(&filter.low).as_str()) {
                    Says::Everything
                } else {
                    Says::Nothing
                }
            }
            _ => Says::Unknown,
        }
    }

    /// Its value in the folder's name; `None` for the folder of what is missing.
    pub(crate) fn name(&self, grain: Grain) -> Option<String> {
        match self {
            Self::NoTime => None,
            Self::Days { first, .. } if grain == Grain::Month => time::month(*first).map(time::month_name),
            Self::Days { first, .. } => time::day_name(*first),
            Self::Category(value) => value.clone(),
        }
    }
}

/// A value of the category as its folder has it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        Value::UInt(v) => v.to_string(),
        Value::Float(v) => v.to_string(),
        Value::Text(v) => v.clone(),
    }
}

/// The number of each row's value, and the values by number.
type Codes = (Vec<u32>, Vec<Key>);

fn categories(column: &Column) -> anyhow::Result<Codes> {
    let texts = column.cast(&DataType::String)?;
    let mut known: HashMap<Option<&str>, u32> = HashMap::new();
    let mut values = Vec::new();
    let mut codes = Vec::with_capacity(texts.len());
    let texts = texts.str()?;
    for text in texts.iter() {
        codes.push(*known.entry(text).or_insert_with(|| {
            values.push(Key::Category(text.map(str::to_owned)));
            u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
        }));
    }
    Ok((codes, values))
}

fn periods(column: &Column, grain: Grain) -> anyhow::Result<Result<Codes, String>> {
    let per_day = time::ticks_per_day(column.dtype())?;
    let ticks = time::ticks(column)?;
    let mut known: HashMap<Option<i64>, u32> = HashMap::new();
    let mut numbers: HashMap<Key, u32> = HashMap::new();
    let mut values = Vec::new();
    let mut codes = Vec::with_capacity(ticks.len());
    for tick in ticks.iter() {
        let day = tick.map(|tick| tick.div_euclid(per_day));
        let code = match known.get(&day) {
            Some(&code) => code,
            None => {
                let key = match day {
                    None => Some(Key::NoTime),
                    Some(day) if grain == Grain::Month => time::first_of_month(day)
                        .zip(time::last_of_month(day))
                        .map(|(first, last)| Key::Days { first, last }),
                    Some(day) => time::day_name(day).map(|_| Key::Days { first: day, last: day }),
                };
                let Some(key) = key else {
                    return Ok(Err("the time column has dates outside of the years 0 to 9999".to_owned()));
                };
                let code = *numbers.entry(key.clone()).or_insert_with(|| {
                    values.push(key);
                    u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
                });
                known.insert(day, code);
                code
            }
        };
        codes.push(code);
    }
    Ok(Ok((codes, values)))
}
