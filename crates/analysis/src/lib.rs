//! From a results file to findings, claims, advice and comparisons: pure functions, no clock, no files, no HTML.
//!
//! Place in the flow: `results file → ` **analyse** ` → render`. Everything derived is computed here on reading and is
//! never stored.

pub mod model;

pub use model::*;
