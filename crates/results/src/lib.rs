//! The nouns of Benchbook and the results file.
//!
//! Place in the flow: `probe → dataset → plan → measure → ` **results file** ` → analyse → render`.
//! Everything left of this crate writes these types, everything right of it only reads them. Raw samples are stored, in
//! order; ratios, intervals and verdicts never are: they are computed on reading.
//!
//! The format is described for outsiders in `FORMAT.md` and in `results.schema.json`.

pub mod case;
pub mod dataset;
pub mod dtype;
pub mod file;
pub mod machine;
mod migrate;
pub mod point;
pub mod record;
pub mod run;
pub mod table;
pub mod unit;

pub use case::{Answer, Case, Facts, Launch, Outcome, Role, Sample};
pub use dataset::{Choice, Column, ColumnRole, Dataset, Part, Sortedness, Source, Taken};
pub use file::{Error, Writer};
pub use machine::{Cache, Ceiling, Cpu, Disk, DiskKind, Gpu, Lane, Machine, Os};
pub use point::Point;
pub use record::{BudgetName, Clock, Experiment, Record, RunEnd, RunHeader};
pub use run::Run;
pub use table::{Cell, RecordedTable, TableColumn};
pub use unit::Unit;

/// The version of the results file that this build writes.
pub const SCHEMA: u32 = 4;

/// A stable 64-bit hash as 16 hex digits: the identity of cases, data sets and machines.
///
/// The same bytes give the same text on every machine and in every version of the results file.
#[must_use]
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("{:016x}", hasher.digest())
}
