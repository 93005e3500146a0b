//! A metric of a case, sample by sample.

use std::collections::BTreeMap;

use catalog::Metric;
use results::{Case, Sample};
use stats::{CONFIDENCE, Interval};

use crate::billing::billed;
use crate::ceiling::ceiling;
use crate::chapter::Chapter;
use crate::contrast::Context;

/// Values of a metric in its base unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Series {
    /// By launch and round.
    Samples(Vec<Vec<f64>>),
    /// Known without noise: a file's size.
    Exact(f64),
}

impl Series {
    /// Median with interval.
    pub(crate) fn level(&self) -> Option<Interval> {
        match self {
            Self::Samples(samples) => stats::level(samples, CONFIDENCE),
            Self::Exact(value) => Some(Interval::exact(*value)),
        }
    }

    /// The same values, each changed by `change`.
    pub(crate) fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Samples(samples) => {
                Self::Samples(samples.into_iter().map(|launch| launch.into_iter().map(&change).collect()).collect())
            }
            Self::Exact(value) => Self::Exact(change(value)),
        }
    }

    /// Launches with samples; none of an exact value.
    pub(crate) fn launches(&self) -> usize {
        match self {
            Self::Samples(samples) => samples.len(),
            Self::Exact(_) => 0,
        }
    }

    /// As samples; an exact value is the same in each of `launches` launches.
    pub(crate) fn into_samples(self, launches: usize) -> Vec<Vec<f64>> {
        match self {
            Self::Samples(samples) => samples,
            Self::Exact(value) => vec![vec![value]; launches],
        }
    }
}

/// A metric of a measured case, or why this case has none, as a sentence.
pub(crate) fn series(
    metric: Metric,
    case: &Case,
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> Result<Series, String> {
    let per_second = |fact: &str| {
        let amount = *case.facts.get(fact).ok_or_else(|| format!("the experiment does not say its {fact} per call"))?;
        Ok(Series::Samples(case.seconds()).map(|seconds| amount / seconds))
    };
    match metric {
        Metric::Time => Ok(Series::Samples(case.seconds())),
        Metric::Cpu => counter(case, "cpu_ns", |count, sample| count / 1e9 / calls(sample)),
        Metric::RowsPerSecond => per_second("rows"),
        Metric::BytesPerSecond => per_second("bytes"),
        Metric::FlopPerSecond => per_second("flops"),
        Metric::CeilingShare => {
            let (fact, best) = ceiling(case, context.run)?;
            Ok(per_second(fact)?.map(|rate| rate / best))
        }
        Metric::DeviceBytes => counter(case, "device_bytes", |count, sample| count / calls(sample)),
        Metric::DiskBytes => {
            let bytes = case.facts.get("disk_bytes").ok_or("the experiment does not say how many bytes lie on disk")?;
            Ok(Series::Exact(*bytes))
        }
        // A peak belongs to the whole sample, however many calls it has.
        Metric::PeakMemory => counter(case, "peak_rss_bytes", |count, _| count),
        Metric::Money => billed(case, chapter, context).map(|bytes| bytes.map(|b| context.price(b))),
    }
}

/// Every metric that can be read off a case, as median with interval.
pub(crate) fn metrics(case: &Case, chapter: &Chapter<'_>, context: &Context<'_>) -> BTreeMap<Metric, Interval> {
    const ALL: [Metric; 10] = [
        Metric::Time,
        Metric::Cpu,
        Metric::RowsPerSecond,
        Metric::BytesPerSecond,
        Metric::FlopPerSecond,
        Metric::CeilingShare,
        Metric::DeviceBytes,
        Metric::DiskBytes,
        Metric::PeakMemory,
        Metric::Money,
    ];
    ALL.into_iter()
        .filter_map(|metric| Some((metric, series(metric, case, chapter, context).ok()?.level()?)))
        .filter(|(_, level)| level.estimate.is_finite())
        .collect()
}

/// A counter per sample; a sample that lacks it is left out.
fn counter(case: &Case, name: &str, value: impl Fn(f64, &Sample) -> f64) -> Result<Series, String> {
    let samples: Vec<Vec<f64>> = case
        .launches
        .iter()
        .map(|launch| {
            let counted = launch.samples.iter().filter_map(|s| Some(value(*s.counters.get(name)? as f64, s)));
            counted.collect()
        })
        .collect();
    if samples.iter().all(Vec::is_empty) {
        return Err(format!("this system has no counter {name} for it"));
    }
    Ok(Series::Samples(samples))
}

fn calls(sample: &Sample) -> f64 {
    sample.iterations.max(1) as f64
}
