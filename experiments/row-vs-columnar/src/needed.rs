//! The bytes that a cold call must at least fetch, from the files' own metadata.

use dataset::value::{Value, column};
use polars::prelude::*;

use crate::formats::{Format, Source, ipc, parquet};
use crate::queries::Queries;
use crate::workloads::Workload;

/// Bytes of the file that a question cannot do without.
///
/// For Parquet: the chunks of the columns that the query names, in the row groups that statistics do not rule out (of the
/// columns beside the searched one: where a row matches). For Arrow IPC: the buffers of these columns. For row formats: the whole file.
///
/// # Errors
/// If the file's metadata or the searched column cannot be read.
pub(crate) fn bytes(workload: Workload, source: &Source, queries: &Queries, table: &LazyFrame) -> anyhow::Result<u64> {
    let named = match workload {
        Workload::Filter { pushdown: false, .. } => queries.names(),
        _ => workload.columns(queries).map_err(anyhow::Error::msg)?,
    };
    let wanted: Vec<bool> = queries.columns.iter().map(|column| named.contains(&column.name)).collect();
    let searched = workload.searched(queries);
    match source.format {
        Format::Text(_) | Format::Avro(_) => Ok(std::fs::metadata(&source.path)?.len()),
        Format::Ipc(ipc) => {
            let all = ipc::column_bytes(&source.path)?;
            // A mapped file delivers single pages: of the columns beside the searched one perhaps only a few.
            let only = searched.filter(|_| ipc.compression.is_none());
            let counts = |i: usize| wanted[i] && only.is_none_or(|name| queries.columns[i].name == name);
            Ok(all.iter().enumerate().filter(|(i, _)| counts(*i)).map(|(_, bytes)| bytes).sum())
        }
        Format::Parquet(_) => {
            let groups = parquet::row_groups(&source.path)?;
            let search = match searched {
                None => None,
                Some(name) => Some((name, Search::new(workload, queries, table, name)?)),
            };
            let mut total = 0;
            let mut start = 0;
            for (rows, bytes) in groups {
                let (survives, matches) = match &search {
                    None => (true, true),
                    Some((_, search)) => search.look(start, rows)?,
                };
                start += rows;
                for (i, bytes) in bytes.iter().enumerate().filter(|(i, _)| wanted[*i]) {
                    let own = search.as_ref().is_some_and(|(name, _)| queries.columns[i].name == *name);
                    if matches || (own && survives) {
                        total += bytes;
                    }
                }
            }
            Ok(total)
        }
    }
}

/// The searched column, to see which row groups its smallest and largest value rule out.
struct Search {
    values: Series,
    low: AnyValue<'static>,
    high: AnyValue<'static>,
}

impl Search {
    fn new(workload: Workload, queries: &Queries, table: &LazyFrame, name: &str) -> anyhow::Result<Self> {
        let frame = table.clone().select([column(name)]).collect()?;
        let values = frame.columns()[0].as_materialized_series().to_physical_repr().into_owned();
        let range = match workload {
            Workload::Lookup => queries.lookup.as_ref().ok().map(|l| (l.key.clone(), l.key.clone())),
            _ => queries.filter.as_ref().ok().map(|f| (f.low.clone(), f.high.clone())),
        };
        let (low, high) = range.ok_or_else(|| anyhow::anyhow!("there is nothing to search for"))?;
        let of_type = |value: &Value| -> anyhow::Result<AnyValue<'static>> {
            let frame = DataFrame::empty_with_height(1).lazy().select([value.literal(values.dtype())?]).collect()?;
            Ok(frame.columns()[0].get(0)?.into_static())
        };
        Ok(Self { low: of_type(&low)?, high: of_type(&high)?, values })
    }

    /// Whether a row group survives its statistics, and whether a row of it matches.
    fn look(&self, start: usize, rows: usize) -> anyhow::Result<(bool, bool)> {
        let group = self.values.slice(i64::try_from(start)?, rows);
        let (least, most) = (group.min_reduce()?, group.max_reduce()?);
        if least.is_null() {
            return Ok((false, false));
        }
        let survives = *least.value() <= self.high && *most.value() >= self.low;
        let matches = survives && group.iter().any(|value| value >= self.low && value <= self.high);
        Ok((survives, matches))
    }
}
