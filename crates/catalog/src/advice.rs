//! How a chapter turns into advice.

use std::collections::BTreeMap;

use results::Point;
use serde::{Deserialize, Serialize};

use crate::Metric;
use crate::story::time;

/// How the chapter turns into advice: of the variants that meet the conditions, the one that saves most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// What to do, with `{variant}` where the variant's label goes.
    pub action: String,
    /// Variants that can be advised.
    pub variants: Vec<String>,
    /// What the user has now: a variant, or by the format of the user's files.
    pub current: String,
    /// Variant per format of the user's files: `csv` → `csv`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub current_by_format: BTreeMap<String, String>,
    /// What is done how often.
    pub workload: Vec<AdviceWorkload>,
    /// What is saved: time (and money on bytes billed), weighted by how often each workload is done; or another metric,
    /// summed over the workloads, each once.
    #[serde(default = "time", skip_serializing_if = "is_time")]
    pub gain: Metric,
    /// What a variant must keep to be advised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<Requirement>,
    /// When not to, as a sentence.
    pub unless: String,
    /// What is said in place of this where its own `current` was measured: to readers who have what others lack, such as a GPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Box<Advice>>,
}

impl Advice {
    /// This advice, and what may be said in its place.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |advice| advice.instead.as_deref())
    }
}

fn is_time(metric: &Metric) -> bool {
    *metric == Metric::Time
}

/// A condition: the whole interval of a metric keeps a bound. At least one bound is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The metric.
    pub metric: Metric,
    /// The interval's high end is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The interval's low end is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Where; at the point of every workload if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// Something that a team does several times a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceWorkload {
    /// Key in the reader's `[frequencies]`.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Where it was measured.
    pub point: Point,
    /// Times a day unless the reader says otherwise.
    pub per_day: f64,
}
