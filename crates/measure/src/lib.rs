//! The measurement protocol: the only place with a clock.
//!
//! Place in the flow: `probe → dataset → plan → ` **measure** ` → results file`. Nothing here knows about HTML.

pub mod experiment;

pub use experiment::{Experiment, Prepared, Refusal, Task};
