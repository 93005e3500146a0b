//! From a results file to findings, claims, advice and comparisons: pure functions, no clock, no files, no HTML.
//!
//! Place in the flow: `results file → ` **analyse** ` → render`. Everything derived is computed here on reading and is
//! never stored.
//!
//! The way through [`analyse`]: `chapter` brings a recorded experiment and its definition together and knows every
//! planned case, measured or not; `series` reads a metric off a case (`ceiling`, `billing` and `cold` help);
//! `ledger` collects every comparison of the run, judges them together (the false discovery rate is kept over the
//! whole run) and answers with findings; `crossing` finds where along an axis a factor crosses a value; `claims`, `advice` (with its `conditions`) and `trust` say what
//! follows. [`compare()`] sets two runs side by
//! side.
//!
//! All comparisons are made on *cost*: the quantity itself where less is better, its reciprocal where more is better. So
//! a ratio below one is an improvement whatever the metric, and *faster* means better.

pub mod model;

mod advice;
mod analyse;
mod billing;
mod ceiling;
mod chapter;
mod claims;
mod cold;
mod compare;
mod conditions;
mod contrast;
mod crossing;
mod ledger;
mod series;
mod trust;

pub use advice::advice_candidates;
pub use analyse::analyse;
pub use compare::compare;
pub use model::*;
