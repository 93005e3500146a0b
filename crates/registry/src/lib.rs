//! The registry of experiments: the list is the dependency table of this crate's `Cargo.toml`.
//!
//! Place in the flow: between *plan* and *measure*; it gives a slug its code.

use std::collections::BTreeMap;

use measure::Experiment;

/// Slug and constructor of every experiment.
pub type Entry = (&'static str, fn() -> Box<dyn Experiment>);

/// Every registered experiment.
pub static EXPERIMENTS: &[Entry] = include!(concat!(env!("OUT_DIR"), "/experiments.rs"));

/// The code of every experiment, by slug.
#[must_use]
pub fn all() -> BTreeMap<&'static str, Box<dyn Experiment>> {
    EXPERIMENTS.iter().map(|(slug, make)| (*slug, make())).collect()
}
