//! What can be measured on this machine, what not, why, and how to get it.
//!
//! Two halves: [`abilities`] tries things out; [`lines`] and [`noise`] turn what was found into typed lines and are pure.

mod abilities;
mod lines;
mod noise;

use std::fmt;
use std::path::Path;

use results::Machine;
use serde::Serialize;

use crate::root::Root;

/// One finding of `benchbook doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoctorLine {
    /// Stable name: `cold-reads`, `peak-memory`, `governor` …
    pub id: String,
    /// For people: `Cold reads`.
    pub topic: String,
    /// How it stands.
    pub status: Status,
    /// What was found, as a sentence.
    pub finding: String,
    /// What to do about it, if something can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As it should be.
    Good,
    /// Measurements work, but are noisier or say less.
    Caution,
    /// Not measured here.
    Missing,
}

/// The line for a terminal, with the advice below it.
impl fmt::Display for DoctorLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}: {}", self.status, self.topic, self.finding)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{:<8} → {advice}", ""),
            None => Ok(()),
        }
    }
}

/// `good`, `caution`, `missing`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Good => "good",
            Self::Caution => "caution",
            Self::Missing => "missing",
        })
    }
}

/// Examines this machine, with the system's folder for temporary files standing for the scratch folder.
#[must_use]
pub fn doctor(machine: &Machine) -> Vec<DoctorLine> {
    doctor_in(machine, &std::env::temp_dir())
}

/// Examines this machine. A small file is made in the scratch folder to see whether its pages can be dropped, and removed.
#[must_use]
pub fn doctor_in(machine: &Machine, scratch: &Path) -> Vec<DoctorLine> {
    lines::lines(machine, &abilities::abilities(&Root::system(), scratch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_align_and_put_the_advice_below() {
        let mut line = DoctorLine {
            id: "load".to_owned(),
            topic: "Load".to_owned(),
            status: Status::Caution,
            finding: "busy".to_owned(),
            advice: Some("wait".to_owned()),
        };
        assert_eq!(line.to_string(), "caution  Load: busy\n         → wait");
        (line.status, line.advice) = (Status::Good, None);
        assert_eq!(line.to_string(), "good     Load: busy");
    }

    #[test]
    fn this_machine_can_be_examined_and_nothing_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let lines = doctor_in(&crate::probe(&[("scratch", folder.path())]), folder.path());
        for id in ["cold-reads", "peak-memory", "cpu-counters", "simd", "disk-scratch"] {
            assert_eq!(lines.iter().filter(|line| line.id == id).count(), 1, "{id}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
