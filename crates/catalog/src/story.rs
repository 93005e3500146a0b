//! What the chapter tells: comparisons, findings, values, charts.

use results::Point;
use serde::{Deserialize, Serialize};

use crate::Metric;

/// A comparison: one variant at one point against another variant or point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// The variant.
    pub variant: String,
    /// Where.
    #[serde(default)]
    pub point: Point,
    /// The variant to compare with; the baseline by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Axes on which the other side differs from `point`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_point: Option<Point>,
    /// What is compared.
    #[serde(default = "time")]
    pub metric: Metric,
}

pub(crate) fn time() -> Metric {
    Metric::Time
}

/// A finding with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFinding {
    /// Name for `verdict` blocks in the chapter.
    pub name: String,
    /// What is compared.
    pub of: Contrast,
    /// Margin of practical equivalence of this finding: a fraction, or on the scale of differences an amount in the
    /// metric's unit. The run's margin if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Whether the ratio of the two sides is judged, or their difference.
    #[serde(default, skip_serializing_if = "Scale::is_ratio")]
    pub scale: Scale,
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// By how many times one is better than the other.
    #[default]
    Ratio,
    /// By how much: this − other, for quantities whose ratios mean little (an accuracy, an error near zero).
    Difference,
}

impl Scale {
    /// Whether it is the scale of ratios.
    #[must_use]
    pub fn is_ratio(&self) -> bool {
        *self == Self::Ratio
    }
}

/// A number with a name, read off the measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureValue {
    /// Name in the chapter: `{{ name }}`.
    pub name: String,
    /// What is read off.
    pub kind: ValueKind,
    /// Of what.
    pub of: Contrast,
    /// For a crossing: the numeric axis along which the factor crosses `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<String>,
    /// For a crossing: the factor that is crossed, 1 unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
}

/// Where along a numeric axis a factor of improvement crosses a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// The axis.
    pub axis: String,
    /// The variant.
    pub variant: String,
    /// Where on the other axes.
    #[serde(default)]
    pub point: Point,
    /// The variant to compare with; the baseline by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// The factor that is crossed.
    #[serde(default = "one")]
    pub at: f64,
    /// What is compared.
    #[serde(default = "time")]
    pub metric: Metric,
}

pub(crate) fn one() -> f64 {
    1.0
}

impl FigureValue {
    /// The crossing that it asks for, if it is of that kind.
    #[must_use]
    pub fn crossing(&self) -> Option<Crossing> {
        let axis = self.axis.clone().filter(|_| self.kind == ValueKind::Crossing)?;
        let Contrast { variant, point, against, metric, .. } = self.of.clone();
        Some(Crossing { axis, variant, point, against, at: self.at.unwrap_or(one()), metric })
    }
}

/// How a value is read off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// The variant's own figure.
    Level,
    /// How many times better than the other side.
    Factor,
    /// This side − the other, in the metric's unit.
    Difference,
    /// Where along an axis the factor crosses a value, in the axis' unit.
    Crossing,
}

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
    /// Metric on the value axis.
    pub metric: Metric,
    /// For scatter: the metric on the horizontal axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_metric: Option<Metric>,
    /// For lines: the numeric axis along the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
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
    /// For lines: logarithmic horizontal axis (unless a place on it is zero or below).
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub x_log: bool,
    /// Draw the cache sizes as edges on the horizontal axis.
    #[serde(default)]
    pub cache_edges: bool,
    /// Id of the machine's ceiling to draw (`memory-read`, `memory-copy`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<String>,
}

fn yes() -> bool {
    true
}

fn is_true(value: &bool) -> bool {
    *value
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
}
