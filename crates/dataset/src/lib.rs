//! The data that Benchbook measures on: the default table, TPC-H, or the user's own files.
//!
//! Place in the flow: `probe → ` **dataset** ` → plan → measure → results file → analyse → render`.
//! [`open`] makes the *working table*, one uncompressed Arrow IPC file in the scratch folder, and its profile; experiments
//! derive everything else from it. [`profile`] looks at data of any size in bounded memory. The user's files are only read.
//!
//! ```text
//! Spec ──▶ read: files, formats, batches ─┐
//!          purchases, tpch: made batches ─┴─▶ profile, table ──▶ Profile, Opened
//! ```

pub mod columnar;
pub mod format;
pub mod tpch;
pub mod value;

mod error;
mod images;
mod open;
mod profile;
mod purchases;
mod read;
mod slices;
mod spec;
mod table;
mod vectors;

pub use error::Error;
pub use format::Format;
pub use images::{Images, images};
pub use open::{DEFAULT_ROWS, OpenOptions, Opened, identify, open, profile};
pub use profile::{ColumnProfile, Profile};
pub use read::term;
pub use spec::Spec;
pub use table::texts_to_parquet;
pub use vectors::{Vectors, vectors};

pub(crate) use profile::thousands;
