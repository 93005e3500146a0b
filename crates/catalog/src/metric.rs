//! The metrics: what can be read off a case, with unit and direction.

use serde::{Deserialize, Serialize};

/// A quantity of a case. The rule that computes it stands in `analysis::metric`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
}

impl Metric {
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
        }
    }

    /// Whether less is better.
    #[must_use]
    pub fn lower_is_better(self) -> bool {
        !matches!(self, Self::RowsPerSecond | Self::BytesPerSecond | Self::FlopPerSecond | Self::CeilingShare)
    }
}
