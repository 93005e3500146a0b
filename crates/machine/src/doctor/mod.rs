//! What can be measured on this machine, what not, why, and how to get it.
//!
//! Two halves: [`abilities`] tries things out, [`lines`] turns what was found into typed lines and is pure.

mod abilities;
mod lines;

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
