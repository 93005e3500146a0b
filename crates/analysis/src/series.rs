//! A metric of a case, sample by sample.

use std::collections::BTreeMap;

use catalog::{Metric, OwnMetric};
use results::{Case, Sample, Unit};
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
    /// Drawn several times, by launch and seed.
    Trials(Vec<Vec<f64>>),
    /// Known without noise: a file's size.
    Exact(f64),
}

impl Series {
    /// Median (of trials: mean) with interval.
    pub(crate) fn level(&self) -> Option<Interval> {
        match self {
            Self::Samples(samples) => stats::level(samples, CONFIDENCE),
            Self::Trials(trials) => stats::trial_level(trials, CONFIDENCE),
            Self::Exact(value) => Some(Interval::exact(*value)),
        }
    }

    /// The same values, each changed by `change`.
    pub(crate) fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let each = |launches: Vec<Vec<f64>>| {
            launches.into_iter().map(|launch| launch.into_iter().map(&change).collect()).collect()
        };
        match self {
            Self::Samples(samples) => Self::Samples(each(samples)),
            Self::Trials(trials) => Self::Trials(each(trials)),
            Self::Exact(value) => Self::Exact(change(value)),
        }
    }

    /// The values by launch; an exact value is the same wherever the other side has one.
    pub(crate) fn values(&self, other: &Self) -> Vec<Vec<f64>> {
        match (self, other) {
            (Self::Samples(values) | Self::Trials(values), _) => values.clone(),
            (Self::Exact(value), Self::Samples(others) | Self::Trials(others)) => {
                others.iter().map(|launch| vec![*value; launch.len()]).collect()
            }
            (Self::Exact(value), Self::Exact(_)) => vec![vec![*value]],
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
        Metric::Own(own) => stated(own, case),
    }
}

/// A metric of the experiment's own: its trials, or else its fact.
fn stated(own: &OwnMetric, case: &Case) -> Result<Series, String> {
    if let Some(trials) = case.trials(own.source()) {
        return Ok(Series::Trials(trials));
    }
    let fact = case.facts.get(own.source()).copied().filter(|value| value.is_finite());
    fact.map(Series::Exact).ok_or_else(|| format!("its {} is not known", own.label))
}

/// The level of a metric of a case: median (of trials: mean) with interval.
pub(crate) fn level_of(series: &Series, metric: Metric) -> Option<Interval> {
    let level = series.level().filter(|level| level.estimate.is_finite())?;
    // A share of trials that all lie between none and all cannot itself lie beyond.
    let (Metric::Own(own), Series::Trials(trials)) = (metric, series) else { return Some(level) };
    let share = own.unit == Unit::Share && trials.iter().flatten().all(|value| *value <= 1.0);
    Some(if share { Interval { high: level.high.min(1.0), ..level } } else { level })
}

/// Every metric that can be read off a case, with its level.
pub(crate) fn metrics(case: &Case, chapter: &Chapter<'_>, context: &Context<'_>) -> BTreeMap<Metric, Interval> {
    let level = |metric| level_of(&series(metric, case, chapter, context).ok()?, metric);
    chapter.definition.metrics().filter_map(|metric| Some((metric, level(metric)?))).collect()
}

/// How many trials stand behind the metrics that were drawn several times.
pub(crate) fn trials(case: &Case, chapter: &Chapter<'_>) -> BTreeMap<Metric, usize> {
    let count = |own: &OwnMetric| Some(case.trials(own.source())?.iter().map(Vec::len).sum());
    chapter.definition.metric.iter().filter_map(|own| Some((own.metric(), count(own)?))).collect()
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
