//! The bytes that a draw cannot do without, from the files' own metadata: what an engine would bill.

use crate::draw::Known;
use crate::population::Population;
use crate::store::{Group, Layout, Store};
use crate::way::{Wanted, Way, groups, parts, spread};

/// A draw: from what, how, and which rows came out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawing<'a> {
    /// The way.
    pub(crate) way: Way,
    /// The files.
    pub(crate) store: &'a Store,
    /// What is known of the table.
    pub(crate) known: &'a Known,
    /// The table in storage order.
    pub(crate) population: &'a Population,
    /// The seed.
    pub(crate) seed: u64,
    /// How many rows were asked for.
    pub(crate) wanted: Wanted,
    /// The rows that came out, ascending.
    pub(crate) places: &'a [u32],
}

/// Bytes of the files that a draw reads.
///
/// For Parquet: the chunks of all columns in the row groups that hold rows of the sample, or that have to be looked through for
/// them, and the chunk of a searched column in the others. For CSV: everything up to the last row that is needed.
///
/// # Errors
/// If a file is gone, or the way cannot draw from this table.
pub(crate) fn bytes(drawing: Drawing<'_>) -> anyhow::Result<u64> {
    let Drawing { way, store, known, population, seed, wanted, places } = drawing;
    let files = store.bytes()?;
    if store.layout == Layout::Csv {
        return Ok(match way {
            Way::Limit => files * wanted.rows.min(known.rows) as u64 / known.rows.max(1) as u64,
            // One pass to count the strata, one to fetch the rows.
            Way::Stratified => 2 * files,
            _ => files,
        });
    }
    let footers = store.footers()?;
    let all = |group: &Group| group.bytes.iter().sum::<u64>();
    let holds = |group: &Group| {
        let first = places.partition_point(|&place| place < group.places.start);
        places.get(first).is_some_and(|&place| place < group.places.end)
    };
    let column = |name: Option<&str>| name.and_then(|name| store.schema.index_of(name));
    let searched = |name: Option<&str>| {
        let column = column(name);
        let search = |group: &Group| column.map_or(0, |column| group.bytes[column]);
        footers.groups.iter().map(|group| if holds(group) { all(group) } else { search(group) }).sum::<u64>()
    };
    Ok(match way {
        Way::OrderByRandom | Way::Reservoir => footers.groups.iter().map(all).sum(),
        Way::Limit | Way::Bernoulli | Way::RowNumbers => searched(None),
        Way::Hash => searched(known.key.as_deref()),
        Way::Stratified => {
            let strata = column(known.strata.as_deref());
            let counted: u64 = footers.groups.iter().filter_map(|group| Some(group.bytes[strata?])).sum();
            counted + searched(None)
        }
        Way::System | Way::SystemSpread => {
            let times = spread(way).unwrap_or(1);
            let chosen = groups(population, seed, wanted.rows.min(known.rows), times).map_err(anyhow::Error::msg)?;
            chosen.into_iter().map(|group| all(&footers.groups[group])).sum()
        }
        Way::Partition | Way::PartitionRandom => {
            let chosen = parts(population, seed, wanted.rows.min(known.rows)).map_err(anyhow::Error::msg)?;
            // Statistics rule a row group out if its range and the partitions' do not meet; `LIMIT` stops at its last row.
            let last = places.last().copied().unwrap_or(0);
            let meets = |group: &&Group| {
                let own = population.parts_in(group.places.clone());
                let (least, most) = (own.iter().min(), own.iter().max());
                let inside = |part: &usize| {
                    least.is_some_and(|&least| usize::from(least) <= *part)
                        && most.is_some_and(|&most| usize::from(most) >= *part)
                };
                (way == Way::PartitionRandom || group.places.start <= last) && chosen.iter().any(inside)
            };
            footers.groups.iter().filter(meets).map(all).sum()
        }
    })
}
