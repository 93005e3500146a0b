//! The measurement protocol: the only place with a clock.
//!
//! Place in the flow: `probe → dataset → plan → ` **measure** ` → results file`. Nothing here knows about HTML.
//!
//! - [`plan`] turns definitions into points and cases: pure.
//! - [`session`] measures one point: launches, answers, warm-up, randomised rounds, looks.
//! - [`launch`] starts worker processes and bounds every answer; [`fake`] does the same without processes or a clock.
//! - [`wire`] is the public worker protocol; [`worker`] serves it in this binary, `python/benchbook_worker.py` in Python.
//! - [`scratch`] makes the derived files that the launches of a run share; [`aside`] does work in a process of its own.
//! - [`timer`] is the one timing loop; [`counters`] reads what the kernel counted.

pub mod aside;
mod contender;
pub mod counters;
pub mod experiment;
pub mod fake;
pub mod launch;
pub mod plan;
pub mod protocol;
pub mod scratch;
pub mod session;
pub mod timer;
pub mod wire;
pub mod worker;

pub use experiment::{Experiment, Prepared, Refusal, Task};
pub use plan::{Answers, Plan, PlannedCase, PointPlan};
pub use protocol::{Budget, Protocol};

/// The Python side of the worker protocol, put beside a variant's script when it runs.
pub const PYTHON_HELPER: (&str, &str) = ("benchbook_worker.py", include_str!("../python/benchbook_worker.py"));
