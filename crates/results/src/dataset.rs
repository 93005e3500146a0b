//! The data set that was measured on: its shape, never its values.

use serde::{Deserialize, Serialize};

use crate::dtype;

/// The table that the experiments ran on. It carries no value of the user's data: a results file can be shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Hash of content identity (default data: generator version, seed, rows; files: paths, sizes, times).
    pub id: String,
    /// Name for people: `purchases`, `tpch:1`, the folder's name.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// Format of the user's files (`csv`, `parquet`, …); absent for generated data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Number of files.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Rows in the whole data set.
    pub rows: u64,
    /// Rows that the experiments used, if a budget cut it.
    pub rows_used: u64,
    /// Which rows these are; absent if they are all. Files of before schema 4 say nothing: there they are the first ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// What a reader should know: rows cut by the budget, ragged rows, mixed encodings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Which rows of a data set were used, where a budget left no room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Rows that the budget has room for; somewhat fewer are used where how many there are was an estimate.
    pub wanted: u64,
    /// Where the rows come from.
    pub taken: Taken,
    /// How many slices, or files, they come from; 1 for the start.
    pub pieces: u64,
}

/// Where the rows that were used come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// From the start of the data.
    Start,
    /// From the start of several files.
    Files,
    /// Slices of neighbouring rows from all over the data, in their order.
    Slices,
}

/// Where the data came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The seeded `purchases` table.
    Default,
    /// TPC-H.
    Tpch,
    /// The user's files.
    User,
}

/// A column's shape. Absent: not found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name, exactly as in the data.
    pub name: String,
    /// Type in field terms: `i64`, `f32`, `bool`, `text`, `date`, `datetime`, `category`, `decimal`, `list`, `struct`.
    pub dtype: String,
    /// Number of nulls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<u64>,
    /// Estimated number of distinct values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
    /// Order of the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sorted: Option<Sortedness>,
    /// Share of values that are zero (numbers) or empty (texts), 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_share: Option<f64>,
    /// Mean length of texts in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_bytes: Option<f64>,
    /// What the column can serve as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<ColumnRole>,
}

impl Column {
    /// Whether its values are lists or objects: such a column is not in the working table.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        dtype::is_nested(&self.dtype)
    }

    /// Whether its values are whole numbers.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        dtype::is_whole(&self.dtype)
    }

    /// Whether its values are floating-point numbers.
    #[must_use]
    pub fn is_float(&self) -> bool {
        dtype::is_float(&self.dtype)
    }

    /// Whether its values are floats or decimals.
    #[must_use]
    pub fn has_fraction(&self) -> bool {
        dtype::has_fraction(&self.dtype)
    }

    /// Whether its values are numbers: whole ones, floats or decimals.
    #[must_use]
    pub fn is_number(&self) -> bool {
        dtype::is_number(&self.dtype)
    }

    /// Whether its values are texts, in full or as codes of categories.
    #[must_use]
    pub fn is_text(&self) -> bool {
        dtype::is_text(&self.dtype)
    }

    /// Whether its values are days or moments.
    #[must_use]
    pub fn is_time(&self) -> bool {
        dtype::is_time(&self.dtype)
    }

    /// Whether every format can store it as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        dtype::is_plain(&self.dtype)
    }

    /// Whether the rows lie in its order.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        matches!(self.sorted, Some(Sortedness::Ascending | Sortedness::Descending))
    }

    /// Whether it has different values, as far as is known.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.distinct.is_none_or(|distinct| distinct > 1)
    }

    /// Whether the profile gave it this role.
    #[must_use]
    pub fn has(&self, role: ColumnRole) -> bool {
        self.roles.contains(&role)
    }
}

/// Order of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sortedness {
    /// Never falls.
    Ascending,
    /// Never rises.
    Descending,
    /// Neither.
    Unsorted,
}

/// What a column can serve as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
    /// A time column.
    Time,
    /// A nearly unique identifier.
    Key,
    /// A low-cardinality column to group or filter by.
    Category,
    /// A numeric column to aggregate.
    Measure,
    /// A column that a selective filter can use.
    Filter,
    /// Free text.
    Text,
    /// A numeric feature that is almost always zero.
    Sparse,
    /// A label to predict.
    Label,
    /// A nested column of vectors: floats, as many in every row. It is not in the working table.
    Vector,
}

/// Which column an experiment took for which purpose, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The purpose, in the experiment's words: `filter`, `group`, `key`.
    pub purpose: String,
    /// The column.
    pub column: String,
    /// Why this one, as a clause.
    pub why: String,
}

impl Choice {
    /// A column for a purpose.
    #[must_use]
    pub fn new(purpose: impl Into<String>, column: &Column, why: impl Into<String>) -> Self {
        Self { purpose: purpose.into(), column: column.name.clone(), why: why.into() }
    }
}
