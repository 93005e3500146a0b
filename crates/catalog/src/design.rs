//! What is measured: axes, variants, what makes no sense, and what each budget leaves out.

use std::collections::BTreeMap;

use results::Point;
use serde::{Deserialize, Serialize};

/// An axis: something that varies beside the variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Name in points: `workload`, `cache`, `size`.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit of `number`s: `B` for bytes, `%` for fractions, any other name as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Where it varies: values of earlier axes, by name. Elsewhere points have no value on it. Everywhere, if empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Vec<String>>,
    /// The values in order.
    pub values: Vec<AxisValue>,
}

impl Axis {
    /// Whether it varies at a point on the earlier axes.
    #[must_use]
    pub fn applies(&self, point: &Point) -> bool {
        self.only.iter().all(|(axis, values)| point.get(axis).is_some_and(|at| values.iter().any(|value| value == at)))
    }
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxisValue {
    /// Id in points.
    pub id: String,
    /// Name for people; `{purpose}` stands for the column chosen for that purpose.
    pub label: String,
    /// Position on a numeric axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
}

/// A variant: one way to do the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Id in cases.
    pub id: String,
    /// Name for people, short: it labels charts. `{purpose}` stands for the column chosen for that purpose.
    pub label: String,
    /// Program that runs it: `rust` (this binary), `cuda` (this binary, on an NVIDIA GPU), `python`, or a folder of `lanes/`, whose
    /// program is built apart.
    #[serde(default = "rust")]
    pub lane: String,
    /// Lanes (see `results::Lane`) that must be there: `numpy`, `duckdb`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// For `lane = "python"`: the script in the experiment's folder that speaks the worker protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Relative tolerance of this variant's answers, where it is lower precision by design.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// Why its answer is not the baseline's, as a sentence, where it is another by design (a sample, a lossy type). It is
    /// then compared with its own in other launches alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_differ: Option<String>,
    /// Threads that it uses: a number, or `all` (the default: as many as there are cores).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// Parameters for its code and its snippets: codec, level, row-group rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl Variant {
    /// The folder of `lanes/` whose program runs it, if it is neither this binary, nor Python, nor the reader's own program.
    #[must_use]
    pub fn built_apart(&self) -> Option<&str> {
        let elsewhere = ["rust", "cuda", "python", "program"].contains(&self.lane.as_str());
        (!elsewhere).then_some(self.lane.as_str())
    }
}

fn rust() -> String {
    "rust".to_owned()
}

/// A combination that makes no sense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// Variants that it concerns; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Points that it concerns: every axis named must match.
    #[serde(default)]
    pub point: Point,
    /// Why, as a sentence; it stands on the page.
    pub reason: String,
}

/// What a budget measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Rows of the default table, and the most rows of a user's table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Variants; all if empty. Those left out become skipped rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Values per axis; an axis that is not named keeps all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, Vec<String>>,
    /// Points beside that grid: every axis named must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Point>,
}

impl Preset {
    /// Whether the budget measures at this point. An axis that the point does not name does not exclude it.
    #[must_use]
    pub fn measures(&self, point: &Point) -> bool {
        let chosen = |(axis, values): (&String, &Vec<String>)| {
            point.get(axis).is_none_or(|value| values.iter().any(|chosen| chosen == value))
        };
        self.axes.iter().all(chosen) || self.also.iter().any(|beside| point.matches(beside))
    }
}
