//! The metrics: what can be read off a case, with unit and direction.
//!
//! Ten are built in; an experiment defines others of its own (`[[metric]]` in `experiment.toml`). Wherever a metric is
//! named in TOML or JSON it is its id, so reading a definition goes in two steps: an id that is not built in becomes a
//! metric that only has that id, and [`Metric::resolve`] puts the experiment's definition in its place, or says that there is
//! none.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use results::Unit;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A quantity of a case. The rule that computes it stands in `analysis::series`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Wall-clock seconds per call.
    Time,
    /// CPU seconds per call, all threads.
    Cpu,
    /// Rows per second.
    RowsPerSecond,
    /// Bytes touched per second.
    BytesPerSecond,
    /// Floating-point (or integer) operations per second.
    FlopPerSecond,
    /// Share of the machine's own ceiling, 0 to 1.
    CeilingShare,
    /// Bytes that the block device delivered per call.
    DeviceBytes,
    /// Bytes of the files on disk.
    DiskBytes,
    /// Highest resident memory of the worker during a sample.
    PeakMemory,
    /// Price of the bytes read per call, at the reader's price list.
    Money,
    /// A metric that the experiment defines.
    Own(&'static OwnMetric),
}

/// A metric that an experiment defines: a fact, or the mean of a trial.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnMetric {
    /// Id wherever a metric is named.
    pub id: String,
    /// Name for people, lower case.
    pub label: String,
    /// Unit of the data; a `%` metric is a fraction, 0 to 1.
    #[serde(default)]
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Name of the fact or of the trial that holds it, if that is not the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// More is better.
    More,
    /// Less is better.
    Less,
}

impl OwnMetric {
    /// Name of the fact or of the trial that holds it.
    #[must_use]
    pub fn source(&self) -> &str {
        self.from.as_deref().unwrap_or(&self.id)
    }

    /// The metric of this definition. Equal definitions give the same metric; each lives as long as the program, which
    /// reads few of them.
    #[must_use]
    pub fn metric(&self) -> Metric {
        static KNOWN: LazyLock<Mutex<BTreeSet<&'static OwnMetric>>> = LazyLock::new(Mutex::default);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(self).copied().unwrap_or_else(|| {
            let kept: &'static Self = Box::leak(Box::new(self.clone()));
            known.insert(kept);
            kept
        });
        Metric::Own(found)
    }
}

impl Metric {
    /// The metrics that every experiment has.
    pub const BUILT_IN: [Self; 10] = [
        Self::Time,
        Self::Cpu,
        Self::RowsPerSecond,
        Self::BytesPerSecond,
        Self::FlopPerSecond,
        Self::CeilingShare,
        Self::DeviceBytes,
        Self::DiskBytes,
        Self::PeakMemory,
        Self::Money,
    ];

    /// The name in TOML and JSON.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Cpu => "cpu",
            Self::RowsPerSecond => "rows-per-second",
            Self::BytesPerSecond => "bytes-per-second",
            Self::FlopPerSecond => "flop-per-second",
            Self::CeilingShare => "ceiling-share",
            Self::DeviceBytes => "device-bytes",
            Self::DiskBytes => "disk-bytes",
            Self::PeakMemory => "peak-memory",
            Self::Money => "money",
            Self::Own(own) => &own.id,
        }
    }

    /// Name for people, lower case.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Cpu => "CPU time",
            Self::RowsPerSecond => "rows per second",
            Self::BytesPerSecond => "throughput",
            Self::FlopPerSecond => "operations per second",
            Self::CeilingShare => "share of the ceiling",
            Self::DeviceBytes => "bytes read from the device",
            Self::DiskBytes => "size on disk",
            Self::PeakMemory => "peak memory",
            Self::Money => "price",
            Self::Own(own) => &own.label,
        }
    }

    /// Base unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Time | Self::Cpu => "s",
            Self::RowsPerSecond => "rows/s",
            Self::BytesPerSecond => "B/s",
            Self::FlopPerSecond => "op/s",
            Self::CeilingShare => "%",
            Self::DeviceBytes | Self::DiskBytes | Self::PeakMemory => "B",
            Self::Money => "USD",
            Self::Own(own) => own.unit.name(),
        }
    }

    /// Whether less is better.
    #[must_use]
    pub fn lower_is_better(self) -> bool {
        match self {
            Self::Own(own) => own.better == Better::Less,
            _ => !matches!(self, Self::RowsPerSecond | Self::BytesPerSecond | Self::FlopPerSecond | Self::CeilingShare),
        }
    }

    /// Whether it says the same whatever the state of the page cache: sizes, peak memory and what the experiment itself
    /// states. (A price takes only bytes that are proven.)
    #[must_use]
    pub fn ignores_cache(self) -> bool {
        matches!(self, Self::DiskBytes | Self::PeakMemory | Self::Money | Self::Own(_))
    }

    /// Puts the experiment's definition in the place of a metric that was read by its id.
    ///
    /// # Errors
    /// A clause if the id is neither built in nor in `own`.
    pub(crate) fn resolve(&mut self, own: &[OwnMetric]) -> Result<(), String> {
        let Self::Own(read) = *self else { return Ok(()) };
        let found = own.iter().find(|known| known.id == read.id).ok_or_else(|| {
            let built_in: Vec<&str> = Self::BUILT_IN.iter().map(|metric| metric.id()).collect();
            format!("{:?}, which is no built-in metric ({}) and has no [[metric]]", read.id, built_in.join(", "))
        })?;
        *self = found.metric();
        Ok(())
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Metric {
    /// By id; one that is not built in waits for [`Metric::resolve`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Ok(Self::BUILT_IN.into_iter().find(|metric| metric.id() == id).unwrap_or_else(|| {
            OwnMetric { label: id.clone(), id, unit: Unit::Number, better: Better::Less, from: None }.metric()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recall() -> OwnMetric {
        let text = "id = \"recall\"\nlabel = \"recall@10\"\nunit = \"%\"\nbetter = \"more\"";
        toml::from_str(text).expect("a metric")
    }

    #[test]
    fn a_metric_is_written_and_read_by_its_id() {
        for metric in Metric::BUILT_IN {
            let text = serde_json::to_string(&metric).expect("written");
            assert_eq!(serde_json::from_str::<Metric>(&text).expect("read"), metric, "{text}");
        }
        let mut read: Metric = serde_json::from_str("\"recall\"").expect("read");
        read.resolve(&[recall()]).expect("it is defined");
        assert_eq!(
            (read, read.label(), read.unit(), read.lower_is_better()),
            (recall().metric(), "recall@10", "%", false)
        );
        assert_eq!(serde_json::to_string(&read).expect("written"), "\"recall\"");
    }

    #[test]
    fn a_metric_that_nobody_defines_is_named() {
        let mut read: Metric = serde_json::from_str("\"recal\"").expect("read");
        let error = read.resolve(&[recall()]).expect_err("not defined");
        assert!(error.contains("\"recal\"") && error.contains("disk-bytes"), "{error}");
    }

    #[test]
    fn two_experiments_may_use_the_same_id() {
        let other = OwnMetric { label: "share found".to_owned(), ..recall() };
        assert_ne!(recall().metric(), other.metric());
        assert_eq!(recall().metric(), recall().metric());
    }
}
