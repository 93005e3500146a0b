//! The workloads: what is asked of the table, in the same words for every format.

pub(crate) mod aggregate;
pub(crate) mod change;
pub(crate) mod load;
pub(crate) mod tpch;

use results::Answer;

use crate::derive::Order;
use crate::formats::Source;
use crate::queries::Queries;

/// A value of the axis `workload`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Every column into memory, and added up.
    ReadAll,
    /// One column, added up.
    OneColumn,
    /// A tenth of the columns into memory, and added up.
    TenthColumns,
    /// Count and sum over the rows in a range.
    Filter {
        /// Whether the rows lie in the order of the filter column.
        sorted: bool,
        /// Whether the reader knows the query, or gives everything first.
        pushdown: bool,
    },
    /// Count and sum for each value of a column.
    GroupBy,
    /// All columns of the row with a key.
    Lookup,
    /// A small batch written behind the table and read back.
    Append,
    /// The whole table into a new file.
    WriteAll,
    /// TPC-H query 1.
    TpchQ1,
    /// TPC-H query 6.
    TpchQ6,
}

impl Workload {
    /// The workload of a point.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        Some(match id {
            "read-all" => Self::ReadAll,
            "one-column" => Self::OneColumn,
            "tenth-columns" => Self::TenthColumns,
            "filter-sorted" => Self::Filter { sorted: true, pushdown: true },
            "filter-sorted-whole" => Self::Filter { sorted: true, pushdown: false },
            "filter-unsorted" => Self::Filter { sorted: false, pushdown: true },
            "filter-unsorted-whole" => Self::Filter { sorted: false, pushdown: false },
            "group-by" => Self::GroupBy,
            "lookup" => Self::Lookup,
            "append" => Self::Append,
            "write-all" => Self::WriteAll,
            "tpch-q1" => Self::TpchQ1,
            "tpch-q6" => Self::TpchQ6,
            _ => return None,
        })
    }

    /// In which order the rows of its file lie.
    pub(crate) fn order(self) -> Order {
        match self {
            Self::Filter { sorted: true, .. } => Order::Sorted,
            Self::Filter { sorted: false, .. } => Order::Shuffled,
            _ => Order::AsIs,
        }
    }

    /// The columns that the query names, or why this table cannot serve.
    pub(crate) fn columns(self, queries: &Queries) -> Result<Vec<String>, String> {
        let both = |one: &Result<String, String>, other: &str| {
            let one = one.clone()?;
            Ok(if one == other { vec![one] } else { vec![other.to_owned(), one] })
        };
        match self {
            Self::ReadAll | Self::Append | Self::WriteAll => Ok(queries.names()),
            Self::OneColumn => Ok(vec![queries.one.clone()]),
            Self::TenthColumns => Ok(queries.tenth.clone()),
            Self::Filter { .. } => both(&queries.measure, &queries.filter.as_ref().map_err(Clone::clone)?.column),
            Self::GroupBy => both(&queries.measure, queries.group.as_ref().map_err(Clone::clone)?),
            Self::Lookup => queries.lookup.as_ref().map(|_| queries.names()).map_err(Clone::clone),
            Self::TpchQ1 => tpch::columns(&tpch::Q1_COLUMNS, queries),
            Self::TpchQ6 => tpch::columns(&tpch::Q6_COLUMNS, queries),
        }
    }

    /// The column whose statistics may rule out parts of the file.
    pub(crate) fn searched(self, queries: &Queries) -> Option<&str> {
        match self {
            Self::Filter { pushdown: true, .. } => queries.filter.as_ref().ok().map(|f| f.column.as_str()),
            Self::Lookup => queries.lookup.as_ref().ok().map(|l| l.column.as_str()),
            _ => None,
        }
    }

    /// Asks a file; for everything but appending and writing.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn ask(self, source: &Source, queries: &Queries) -> anyhow::Result<Answer> {
        match self {
            Self::ReadAll => load::columns(source, queries, &queries.names()),
            Self::OneColumn => load::columns(source, queries, std::slice::from_ref(&queries.one)),
            Self::TenthColumns => load::columns(source, queries, &queries.tenth),
            Self::Filter { pushdown, .. } => aggregate::filter(source, queries, pushdown),
            Self::GroupBy => aggregate::group(source, queries),
            Self::Lookup => load::row(source, queries),
            Self::TpchQ1 => tpch::q1(source),
            Self::TpchQ6 => tpch::q6(source),
            Self::Append | Self::WriteAll => anyhow::bail!("this workload changes files and is no question"),
        }
    }
}
