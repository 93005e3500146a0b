//! What the tests of several experiments share. A dev-dependency alone: nothing that is built uses it.
//!
//! - [`column`], [`dataset`], [`pairs`]: profiles for a choice of columns, and what was chosen.
//! - [`task`], [`prepare`]: a case as a worker gets it, without a worker.
//! - `Table` (feature `table`): a table in a scratch folder, with the columns that an experiment chose.
//! - [`python`]: a lane's script as a worker, and code that a chapter tells its readers to copy.
//! - [`chapter`]: that code.
//! - [`run`]: runs as they are recorded, with made-up times.
//! - [`Random`]: numbers that do not depend on a library's version.

pub mod chapter;
mod profile;
pub mod python;
mod random;
pub mod run;
#[cfg(feature = "table")]
mod table;
mod task;

pub use profile::{column, dataset, pairs};
pub use random::Random;
#[cfg(feature = "table")]
pub use table::Table;
pub use task::{prepare, task};
