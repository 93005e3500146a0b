//! What the chapter tells: comparisons, findings, values.

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
