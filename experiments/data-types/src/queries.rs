//! Three questions in memory, under each scheme: a scan, a summary by group, a join. Polars answers them, on all cores.

use std::path::Path;

use polars::prelude::*;
use results::Answer;

use crate::plan::{ColumnPlan, Plan, Small};
use crate::scheme::Scheme;

/// Most rows that are held in memory.
const MOST_ROWS: u32 = 4_000_000;

/// The other side of the join has the keys of one row in so many.
const KEYS_APART: usize = 10;

const COUNT: &str = "count";
const SUM: &str = "sum";
const GROUP: &str = "group";
const WHOLE: &str = "whole";
const KEY: &str = "key";
const MEASURE: &str = "measure";

/// Which question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Count the whole numbers above their middle, and add them up.
    Scan,
    /// Count and sum for each group.
    GroupBy,
    /// Count and sum over the rows whose key is in another table.
    Join,
}

impl Question {
    /// What the chosen columns must serve for, with a reason where none does.
    fn purposes(self) -> &'static [(&'static str, &'static str)] {
        const MEASURES: (&str, &str) = (MEASURE, "The table has no number to add up.");
        match self {
            Self::Scan => &[(WHOLE, "The table has no column of whole numbers to scan.")],
            Self::GroupBy => &[(GROUP, "The table has no column with few different values to group by."), MEASURES],
            Self::Join => &[(KEY, "The table has no column with many different values to join by."), MEASURES],
        }
    }
}

/// A question with the columns that it needs, in the types of a scheme.
pub(crate) struct Asked {
    question: Question,
    frame: DataFrame,
    other: DataFrame,
    middle: i64,
    /// Sum of magnitudes of what is added up, in the unit in which it is stored: answers are shares of it, which keeps the reader's
    /// values out of them.
    magnitude: f64,
}

/// What a question needs, by purpose.
pub(crate) type Chosen<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

impl Asked {
    /// Reads the columns and converts them. The inner error is a reason to skip.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) fn prepare(
        question: Question,
        scheme: Scheme,
        table: &Path,
        plan: &Plan,
        chosen: Chosen<'_>,
    ) -> anyhow::Result<Result<Self, String>> {
        let mut columns = Vec::new();
        let mut magnitude = 1.0;
        let mut middle = 0;
        for (purpose, reason) in question.purposes() {
            let Some(planned) = chosen(purpose).and_then(|name| plan.column(name)) else {
                return Ok(Err((*reason).to_owned()));
            };
            let column = read(table, &planned.name)?;
            let column = column.as_materialized_series();
            let adds = *purpose == MEASURE || *purpose == WHOLE;
            if adds {
                magnitude = weight(column)? * planned.to.scale(scheme);
            }
            if *purpose == WHOLE {
                middle = column.mean().unwrap_or(0.0) as i64;
            }
            columns.push(typed(column, planned, scheme, *purpose == KEY)?.with_name((*purpose).into()).into_column());
        }
        let frame = DataFrame::new_infer_height(columns)?;
        let other = if question == Question::Join { keys(&frame)? } else { DataFrame::empty() };
        Ok(Ok(Self { question, frame, other, middle, magnitude }))
    }

    /// Rows that are asked.
    pub(crate) fn rows(&self) -> usize {
        self.frame.height()
    }

    /// Bytes of the columns, by Polars' own estimate.
    pub(crate) fn bytes(&self) -> usize {
        self.frame.columns().iter().map(|column| column.as_materialized_series().estimated_size()).sum()
    }

    /// The types of the columns, in words.
    pub(crate) fn types(&self) -> String {
        let types = self.frame.columns().iter().map(|column| match column.dtype() {
            DataType::Enum(categories, _) => format!(
                "enum of {} bytes",
                categories.physical().as_str().trim_start_matches('u').parse::<u32>().map_or(4, |bits| bits / 8)
            ),
            other => other.to_string(),
        });
        types.collect::<Vec<_>>().join(", ")
    }

    /// Asks.
    ///
    /// # Errors
    /// Polars' own.
    pub(crate) fn ask(&self) -> anyhow::Result<Answer> {
        match self.question {
            Question::Scan => self.scan(),
            Question::GroupBy => self.group_by(),
            Question::Join => self.join(),
        }
    }

    fn scan(&self) -> anyhow::Result<Answer> {
        let above = match self.frame.column(WHOLE)?.dtype() {
            DataType::Boolean => col(WHOLE),
            dtype => col(WHOLE).gt(lit(self.middle).cast(dtype.clone())),
        };
        let found = self.frame.clone().lazy().filter(above).select([len().alias(COUNT), self.sum(WHOLE)?]).collect()?;
        self.one(&found)
    }

    fn join(&self) -> anyhow::Result<Answer> {
        let how = JoinArgs::new(JoinType::Inner);
        let joined = self.frame.clone().lazy().join(self.other.clone().lazy(), [col(KEY)], [col(KEY)], how);
        let found = joined.select([len().alias(COUNT), self.sum(MEASURE)?]).collect()?;
        self.one(&found)
    }

    fn group_by(&self) -> anyhow::Result<Answer> {
        let grouped = self.frame.clone().lazy().group_by([col(GROUP)]);
        let found = grouped.agg([len().alias(COUNT), self.sum(MEASURE)?]).collect()?;
        let counts = found.column(COUNT)?.cast(&DataType::Float64)?;
        let sums = found.column(SUM)?.cast(&DataType::Float64)?;
        let rows = self.frame.height().max(1) as f64;
        let (mut squares, mut weighted) = (0.0, 0.0);
        for (count, sum) in counts.f64()?.iter().zip(sums.f64()?.iter()) {
            let share = count.unwrap_or(0.0) / rows;
            squares += share * share;
            // Weighted by the groups' sizes, so that a value in the wrong group shows.
            weighted += share * sum.unwrap_or(0.0);
        }
        let values = vec![squares, 1.0 + weighted / self.magnitude];
        Ok(Answer { rows: found.height() as u64, values, digest: None })
    }

    /// The sum of a column, accumulated wide enough: Polars adds up whole numbers of 32 bits in 32 bits.
    fn sum(&self, name: &str) -> PolarsResult<Expr> {
        let wide = match self.frame.column(name)?.dtype() {
            DataType::Int32 | DataType::UInt32 => col(name).cast(DataType::Int64),
            _ => col(name),
        };
        Ok(wide.sum().alias(SUM))
    }

    fn one(&self, found: &DataFrame) -> anyhow::Result<Answer> {
        let count: u64 = found.column(COUNT)?.get(0)?.try_extract()?;
        let sum: f64 = found.column(SUM)?.get(0)?.try_extract()?;
        Ok(Answer { rows: count, values: vec![1.0 + sum / self.magnitude], digest: None })
    }
}

fn read(table: &Path, name: &str) -> anyhow::Result<Column> {
    let name = PlSmallStr::from(name);
    let frame = dataset::format::read_table(table)?.select([Expr::Column(name.clone())]).limit(MOST_ROWS).collect()?;
    Ok(frame.column(&name)?.clone())
}

/// A column in the scheme's type. Only keys become texts: nobody adds up texts.
fn typed(column: &Series, plan: &ColumnPlan, scheme: Scheme, is_key: bool) -> PolarsResult<Series> {
    let scheme = if scheme == Scheme::Texts && !is_key { Scheme::Wide } else { scheme };
    // Yes and no are not joined by.
    let plan =
        ColumnPlan { to: if is_key && plan.to == Small::Boolean { Small::Same } else { plan.to }, ..plan.clone() };
    Ok(scheme.convert(column, &plan)?.rechunk())
}

/// The keys of every tenth row, each once.
fn keys(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let keys = frame.column(KEY)?.as_materialized_series();
    let rows: Vec<IdxSize> = (0..keys.len() as IdxSize).step_by(KEYS_APART).collect();
    let some = keys.take(&IdxCa::from_vec("rows".into(), rows))?;
    DataFrame::new_infer_height(vec![some.drop_nulls().unique_stable()?.into_column()])
}

/// The sum of magnitudes of a column; 1 if it has none.
fn weight(column: &Series) -> PolarsResult<f64> {
    let values = column.cast(&DataType::Float64)?;
    let sum: f64 = values.f64()?.iter().flatten().filter(|value| value.is_finite()).map(f64::abs).sum();
    Ok(if sum > 0.0 { sum } else { 1.0 })
}
