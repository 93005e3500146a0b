//! What a figure shows, and which keys go with which kind.

use results::Point;
use serde::{Deserialize, Serialize};

use crate::Metric;
use crate::check::unique;

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Id for the chapter's `chart` blocks and for `benchbook reproduce <slug>/<id>`.
    pub id: String,
    /// Kind.
    pub kind: ChartKind,
    /// Title: what is seen, with unit.
    pub title: String,
    /// Metric on the value axis; stacked bars have `parts` in its place, series `y_columns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// For scatter: the metric on the horizontal axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_metric: Option<Metric>,
    /// For stacked bars: metrics of one unit that add up to a bar, in the order of its segments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Metric>,
    /// For lines: the numeric axis along the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// For series: the name of the recorded table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// For series: the label of the table's column along the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_column: Option<String>,
    /// For series: the labels of the table's columns that become lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub y_columns: Vec<String>,
    /// Points that it shows: every axis named must match.
    #[serde(default)]
    pub point: Point,
    /// Axis whose values become panels on the same scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<String>,
    /// Variants that it shows; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Logarithmic value axis.
    #[serde(default)]
    pub log: bool,
    /// For lines and series: logarithmic horizontal axis, unless a place on it is zero or below. Lines have one without being told,
    /// series do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_log: Option<bool>,
    /// Draw the cache sizes as edges on the horizontal axis.
    #[serde(default)]
    pub cache_edges: bool,
    /// Id of the machine's ceiling to draw (`memory-read`, `memory-copy`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<String>,
}

/// Kind of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartKind {
    /// Horizontal bars per variant, ordered by value, with intervals.
    Bars,
    /// A line per variant over a numeric axis, with intervals.
    Lines,
    /// A point per variant on two metrics.
    Scatter,
    /// A dot per variant and panel with the speedup over the baseline.
    Speedups,
    /// A bar per variant that several metrics add up to, a segment for each.
    Stacked,
    /// Lines through the rows of a recorded table: one per variant, or one per column.
    Series,
}

/// The most parts of a bar: as many as there are hues that can be told apart.
const MOST_PARTS: usize = 8;

impl ChartKind {
    /// The name in TOML, the keys that a chart of this kind needs, and those that it may have beside the common ones (`id`, `kind`,
    /// `title`, `point`, `panels`, `variants`).
    fn keys(self) -> (&'static str, &'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Bars => ("bars", &["metric"], &["log"]),
            Self::Lines => ("lines", &["metric", "x"], &["log", "x_log", "cache_edges", "ceiling"]),
            Self::Scatter => ("scatter", &["metric"], &["x_metric", "log"]),
            // Its axis goes by factors, said or not.
            Self::Speedups => ("speedups", &["metric"], &["log"]),
            Self::Stacked => ("stacked", &["parts"], &[]),
            Self::Series => ("series", &["table", "x_column", "y_columns"], &["log", "x_log"]),
        }
    }
}

impl Chart {
    /// The metrics that it shows, the one on the value axis first; none of a series, which shows a table.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        let x = self.x_metric.filter(|x| Some(*x) != self.metric);
        self.metric.into_iter().chain(x).chain(self.parts.iter().copied())
    }

    /// Whether places along the bottom are spread by factors, where they can be.
    #[must_use]
    pub fn x_log(&self) -> bool {
        self.x_log.unwrap_or(self.kind == ChartKind::Lines)
    }

    /// What is wrong with its keys, as a sentence; names of variants and axes are the definition's to check.
    pub(crate) fn check(&self) -> Result<(), String> {
        let place = format!("chart {:?}", self.id);
        let given = [
            ("metric", self.metric.is_some()),
            ("x_metric", self.x_metric.is_some()),
            ("parts", !self.parts.is_empty()),
            ("x", self.x.is_some()),
            ("table", self.table.is_some()),
            ("x_column", self.x_column.is_some()),
            ("y_columns", !self.y_columns.is_empty()),
            ("log", self.log),
            ("x_log", self.x_log.is_some()),
            ("cache_edges", self.cache_edges),
            ("ceiling", self.ceiling.is_some()),
        ];
        let (kind, needed, allowed) = self.kind.keys();
        for (key, given) in given {
            match (given, needed.contains(&key), allowed.contains(&key)) {
                (false, true, _) => return Err(format!("{place} is of kind {kind:?} and needs `{key}`")),
                (true, false, false) => return Err(format!("{place} is of kind {kind:?}, which takes no `{key}`")),
                _ => {}
            }
        }
        self.check_parts(&place)?;
        let columns = self.x_column.iter().chain(&self.y_columns).map(String::as_str);
        unique("column", columns).map_err(|why| format!("{place}: {why}"))
    }

    /// Segments of a bar stand for amounts of one thing.
    fn check_parts(&self, place: &str) -> Result<(), String> {
        let Some(first) = self.parts.first() else { return Ok(()) };
        if let Some(other) = self.parts.iter().find(|part| part.unit() != first.unit()) {
            return Err(format!(
                "{place} adds up {:?} in {:?} and {:?} in {:?}: the parts of a bar are of one unit",
                first.id(),
                first.unit(),
                other.id(),
                other.unit()
            ));
        }
        if !(2..=MOST_PARTS).contains(&self.parts.len()) {
            return Err(format!("{place} has {} of the 2 to {MOST_PARTS} parts of a bar", self.parts.len()));
        }
        unique("part", self.parts.iter().map(|part| part.id())).map_err(|why| format!("{place}: {why}"))
    }
}
