//! A case, what happened to it, and its raw samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Point, RecordedTable};

/// Named quantities of a case. A name that is absent was not measured; it is never zero by default.
///
/// Units are part of the name's definition (see `FORMAT.md`): `rows`, `bytes` (touched per call), `flops` (per call),
/// `disk_bytes` (of the files that the case reads). Other names are metrics that the experiment defines.
pub type Facts = BTreeMap<String, f64>;

/// One variant at one point of the axes, with its outcome and every sample taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Slug of the experiment.
    pub experiment: String,
    /// Id of the variant.
    pub variant: String,
    /// Where on the axes.
    pub point: Point,
    /// Why this case was measured.
    pub role: Role,
    /// Cache key: experiment code and definition, parameters, data, machine.
    pub key: String,
    /// What happened.
    pub outcome: Outcome,
    /// Threads, versions, compression levels, cache state: everything that must be equal or is the point.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Quantities that do not depend on time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: Facts,
    /// What the variant answered; equal to the baseline's, or the case failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The launches in order; the launch is the unit of replication.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub launches: Vec<Launch>,
    /// Tables that its first launch found, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, RecordedTable>,
}

impl Case {
    /// The id a person types: `experiment/variant/axis=value,…`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.experiment, self.variant, self.point)
    }

    /// Seconds of work per call, per launch and round, in order.
    #[must_use]
    pub fn seconds(&self) -> Vec<Vec<f64>> {
        self.launches.iter().map(|launch| launch.samples.iter().map(Sample::seconds).collect()).collect()
    }

    /// A counter per sample, per launch and round; launches without the counter come out empty.
    #[must_use]
    pub fn counter(&self, name: &str) -> Vec<Vec<f64>> {
        self.launches
            .iter()
            .map(|launch| launch.samples.iter().filter_map(|s| s.counters.get(name).map(|v| *v as f64)).collect())
            .collect()
    }

    /// The values of a trial by launch; `None` if no launch has it. Launches without it come out empty.
    #[must_use]
    pub fn trials(&self, name: &str) -> Option<Vec<Vec<f64>>> {
        let by_launch = || self.launches.iter().map(|launch| launch.trials.get(name));
        by_launch()
            .any(|trials| trials.is_some())
            .then(|| by_launch().map(|t| t.cloned().unwrap_or_default()).collect())
    }
}

/// Why a case was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The measurement that the chapter shows.
    Measure,
    /// The baseline once more, under the same name: an A/A control. Any difference from the baseline is a false alarm.
    Control,
    /// A fresh repetition of a finding that leads to advice.
    Confirm,
}

/// What happened to a case. A reason is a sentence for the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// Samples were taken and the answers agreed.
    Measured,
    /// Not possible or not asked for here.
    Skipped {
        /// Why, as a sentence.
        reason: String,
    },
    /// The worker reported an error, crashed, was killed, printed rubbish or gave another answer.
    Failed {
        /// Why, as a sentence.
        reason: String,
    },
    /// The worker did not answer in time.
    TimedOut {
        /// The limit in seconds.
        seconds: u64,
    },
}

impl Outcome {
    /// Whether samples were taken.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        matches!(self, Self::Measured)
    }

    /// The reason why there is no measurement, as a sentence.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Measured => None,
            Self::Skipped { reason } | Self::Failed { reason } => Some(reason.clone()),
            Self::TimedOut { seconds } => Some(format!("no answer within {seconds} s")),
        }
    }
}

/// One life of a worker process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// Nanoseconds from start of the process to its greeting.
    pub startup_ns: u64,
    /// Nanoseconds spent preparing, untimed work.
    pub prepare_ns: u64,
    /// Nanoseconds per call of each warm-up sample, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warmup_ns: Vec<u64>,
    /// The samples in order.
    pub samples: Vec<Sample>,
    /// Quantities that were drawn several times while preparing, a value for each seed: accuracy, recall, error. The same
    /// place in the lists of two variants belongs to the same seed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trials: BTreeMap<String, Vec<f64>>,
}

/// One timed sample: `iterations` calls of the closure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The round (complete block) of the launch.
    pub round: u32,
    /// Position within the round's random order.
    pub order: u32,
    /// Calls that `wall_ns` covers.
    pub iterations: u64,
    /// Wall-clock nanoseconds of all calls together.
    pub wall_ns: u64,
    /// Other quantities of the whole sample: `cpu_ns` (all threads), `device_bytes` (read from the block device),
    /// `read_bytes` (asked of the kernel), `written_bytes` (sent to the device), `peak_rss_bytes`. Absent: not measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, u64>,
}

impl Sample {
    /// Wall-clock seconds per call.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.wall_ns as f64 / 1e9 / self.iterations.max(1) as f64
    }
}

/// What a variant computed, compared across variants before anything is timed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Rows (or elements) of the result.
    pub rows: u64,
    /// Numbers in a fixed order: sums, counts, extremes.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "numbers")]
    pub values: Vec<f64>,
    /// A hash of content that must be equal to the last bit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Numbers of which some may be none: JSON writes what is not a number as `null`.
fn numbers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(deserializer)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

impl Answer {
    /// Why `self` differs from `expected` by more than the relative `tolerance`, as a clause; `None` if they agree.
    #[must_use]
    pub fn disagreement(&self, expected: &Self, tolerance: f64) -> Option<String> {
        if self.rows != expected.rows {
            return Some(format!("{} rows where the baseline has {}", self.rows, expected.rows));
        }
        if self.values.len() != expected.values.len() {
            return Some(format!("{} values where the baseline has {}", self.values.len(), expected.values.len()));
        }
        for (i, (mine, theirs)) in self.values.iter().zip(&expected.values).enumerate() {
            let close = mine == theirs
                || (mine.is_nan() && theirs.is_nan())
                || (mine - theirs).abs() <= tolerance * mine.abs().max(theirs.abs());
            if !close {
                return Some(format!("value {i} is {mine} where the baseline has {theirs}"));
            }
        }
        match (&self.digest, &expected.digest) {
            (Some(mine), Some(theirs)) if mine != theirs => {
                Some(format!("content hash {mine} where the baseline has {theirs}"))
            }
            _ => None,
        }
    }
}
