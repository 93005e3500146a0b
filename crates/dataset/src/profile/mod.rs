//! The shape of a table: built in one pass, in memory that does not grow with the rows.

mod column;
mod distinct;
mod roles;
mod show;
mod values;

use polars::prelude::DataFrame;
use rayon::prelude::*;
use results::{ColumnRole, Dataset, Part, Sortedness, Source, dtype};
use serde::{Deserialize, Serialize};

use self::column::Accumulator;
pub(crate) use self::show::thousands;
use crate::Error;
use crate::read::{ColumnType, Sink};

/// The shape of a data set, with ranges: for its owner. What goes into results files is [`Profile::to_dataset`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Hash of the data's identity.
    pub id: String,
    /// Name for people: `purchases`, `tpch:1`, the file or folder.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// Format of the files; absent for generated data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Number of files.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Rows in the whole data set.
    pub rows: u64,
    /// Rows that this profile was made from.
    pub rows_used: u64,
    /// Which rows these are, if not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Columns in order.
    pub columns: Vec<ColumnProfile>,
    /// What a reader should know, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The shape of a column. Absent: not found out, or not there for its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    /// Name, exactly as in the data.
    pub name: String,
    /// Type in field terms: `i64`, `f32`, `bool`, `text`, `date`, `datetime`, `category`, `decimal`, `list`, `struct`.
    pub dtype: String,
    /// Number of nulls.
    pub nulls: u64,
    /// Number of different values, without null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
    /// Whether that number is exact; otherwise it is off by about 1 %.
    pub distinct_is_exact: bool,
    /// Order of the values, without nulls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sorted: Option<Sortedness>,
    /// Smallest value, as text; of texts the first 64 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// Share of the values (without nulls) that are zero, or empty texts, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_share: Option<f64>,
    /// Mean length of texts in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_bytes: Option<f64>,
    /// Mean number of words of a text, from a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_words: Option<f64>,
    /// What the column can serve as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<ColumnRole>,
}

impl Profile {
    /// What results files keep: the shape without any value of the data.
    #[must_use]
    pub fn to_dataset(&self) -> Dataset {
        Dataset {
            id: self.id.clone(),
            name: self.name.clone(),
            source: self.source,
            format: self.format.clone(),
            files: self.files,
            bytes: self.bytes,
            rows: self.rows,
            rows_used: self.rows_used,
            part: self.part,
            columns: self.columns.iter().map(ColumnProfile::to_column).collect(),
            notes: self.notes.clone(),
        }
    }
}

impl ColumnProfile {
    /// Whether its values are lists or objects.
    pub(crate) fn is_nested(&self) -> bool {
        dtype::is_nested(&self.dtype)
    }

    fn to_column(&self) -> results::Column {
        results::Column {
            name: self.name.clone(),
            dtype: self.dtype.clone(),
            nulls: Some(self.nulls),
            distinct: self.distinct,
            sorted: self.sorted,
            zero_share: self.zero_share,
            mean_bytes: self.mean_bytes,
            roles: self.roles.clone(),
        }
    }
}

/// Profiles the batches that it takes.
#[derive(Default)]
pub(crate) struct Profiler {
    columns: Vec<Accumulator>,
}

impl Profiler {
    /// The columns' profiles.
    pub(crate) fn finish(&self) -> Vec<ColumnProfile> {
        self.columns.iter().map(Accumulator::finish).collect()
    }
}

impl Sink for Profiler {
    fn start(&mut self, columns: &[ColumnType]) -> Result<(), Error> {
        self.columns = columns.iter().map(Accumulator::new).collect();
        Ok(())
    }

    fn take(&mut self, batch: &DataFrame) -> Result<(), Error> {
        let columns = self.columns.par_iter_mut().zip(batch.columns());
        columns
            .try_for_each(|(accumulator, column)| accumulator.take(column))
            .map_err(|source| Error::Engine { path: "profile".into(), source })
    }
}
