//! Drawing a sample from files, each way as the best engine that we have would do it: what is timed.
//!
//! Everything that depends on the table is done within the call: footers are read, row numbers drawn, strata counted.
//! What comes out are the rows that [`Way::select`] names; [`crate::prepare`] checks it before anything is timed.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use dataset::value::column as named;
use polars::prelude::*;

use crate::column;
use crate::partition::Partitions;
use crate::population::{NO_KEY, NO_PARTITION, NO_STRATA, Population};
use crate::random::{Places, Reservoir, seeded, threshold};
use crate::store::{Layout, Store};
use crate::way::{Wanted, Way, groups, parts, row_numbers, spread, stratified};

/// Most categories of a column that is taken in proportion.
pub(crate) const MOST_STRATA: usize = 1_000;
/// Rows of a batch that a pass over the table looks at.
const BATCH: NonZeroUsize = NonZeroUsize::new(65_536).expect("not zero");

/// What a draw is told about the table, as a person who writes the query would know it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The column to hash.
    pub(crate) key: Option<String>,
    /// The column to take in proportion.
    pub(crate) strata: Option<String>,
    /// The partitions, and the rows of each.
    pub(crate) partitions: Option<(Partitions, Vec<u32>)>,
    /// Rows of the table.
    pub(crate) rows: usize,
}

/// Draws a sample.
///
/// # Errors
/// If the files cannot be read, or the table has not what the way needs.
pub(crate) fn draw(way: Way, store: &Store, known: &Known, seed: u64, wanted: Wanted) -> anyhow::Result<DataFrame> {
    let n = IdxSize::try_from(wanted.rows.min(known.rows))?;
    match way {
        Way::Limit => collect(store.scan()?.limit(n)),
        Way::OrderByRandom => collect(smallest(store.scan()?, store, seed, n)),
        Way::Bernoulli => {
            let (random, limit) = (Places::new(seed), threshold(wanted.rate));
            collect(by_place(store, move |place| random.at(place.into()) < limit)?)
        }
        Way::RowNumbers => {
            let rows = store.footers()?.groups.last().map_or(0, |last| last.places.end as usize);
            collect(at_places(store, rows, row_numbers(rows, wanted.rows, seed))?)
        }
        Way::Reservoir => reservoir(store, seed, n as usize),
        Way::Hash => {
            let key = known.key.as_deref().context(NO_KEY)?;
            collect(store.scan()?.filter(hashed_below(key, seed, threshold(wanted.rate))))
        }
        Way::System | Way::SystemSpread => {
            let footers = store.footers()?;
            let places = footers.groups.iter().map(|group| group.places.clone()).collect();
            let population = Population::new(known.rows).with_groups(places);
            let times = spread(way).unwrap_or(1);
            let chosen = groups(&population, seed, n as usize, times).map_err(anyhow::Error::msg)?;
            let read = store.read_groups(&footers, &chosen)?;
            if way == Way::System { Ok(first(read, n)) } else { some(read, seed, n) }
        }
        Way::Partition | Way::PartitionRandom => {
            let (partitions, counts) = known.partitions.as_ref().context(NO_PARTITION)?;
            let population = Population::new(known.rows).with_part_counts(counts.clone());
            let chosen = parts(&population, seed, n as usize).map_err(anyhow::Error::msg)?;
            let part = if store.layout == Layout::Partitioned {
                let files: Vec<_> = chosen.iter().map(|&part| store.files[part].clone()).collect();
                store.scan_files(&files)?
            } else {
                let dtype = store.schema.get(&partitions.column).context(NO_PARTITION)?;
                store.scan()?.filter(partitions.condition(&chosen, dtype)?)
            };
            collect(if way == Way::Partition { part.limit(n) } else { smallest(part, store, seed, n) })
        }
        Way::Stratified => {
            let strata = known.strata.as_deref().context(NO_STRATA)?;
            let column = collect(store.scan()?.select([named(strata)]))?;
            let series = column.columns()[0].as_materialized_series();
            let (codes, _) = column::categories(series, MOST_STRATA)?.context(NO_STRATA)?;
            collect(at_places(store, codes.len(), stratified(&codes, wanted.rows, seed))?)
        }
    }
}

/// Runs a query on the streaming engine, whose memory does not grow with the table.
fn collect(query: LazyFrame) -> anyhow::Result<DataFrame> {
    Ok(query.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// A column name that the table does not have.
fn free(store: &Store, name: &str) -> PlSmallStr {
    let mut name = name.to_owned();
    while store.schema.contains(&name) {
        name.push('_');
    }
    name.into()
}

/// The rows with the smallest random numbers: `ORDER BY rand() LIMIT n`.
fn smallest(table: LazyFrame, store: &Store, seed: u64, n: IdxSize) -> LazyFrame {
    let (place, number) = (free(store, "place"), free(store, "number"));
    let random = Places::new(seed);
    let numbered = named(&place).map(
        move |places| {
            let numbers = places.idx()?.iter().map(|place| place.map(|place| random.at(place.into())));
            Ok(numbers.collect::<UInt64Chunked>().with_name(places.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::UInt64)),
    );
    let kept: Vec<Expr> = store.schema.iter_names().map(|name| named(name)).collect();
    table
        .with_row_index(place, None)
        .with_column(numbered.alias(number.clone()))
        .bottom_k(n, [named(&number)], SortMultipleOptions::default())
        .select(kept)
}

/// The rows at places that pass a test.
fn by_place(store: &Store, test: impl Fn(IdxSize) -> bool + Send + Sync + 'static) -> anyhow::Result<LazyFrame> {
    let place = free(store, "place");
    let passes = named(&place).map(
        move |places| {
            let passes = places.idx()?.iter().map(|place| place.map(&test));
            Ok(passes.collect::<BooleanChunked>().with_name(places.name().clone()).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)),
    );
    let kept: Vec<Expr> = store.schema.iter_names().map(|name| named(name)).collect();
    Ok(store.scan()?.with_row_index(place, None).filter(passes).select(kept))
}

/// The rows at these places.
fn at_places(store: &Store, rows: usize, places: Vec<u32>) -> anyhow::Result<LazyFrame> {
    let mut bits = vec![0_u64; rows.div_ceil(64)];
    for place in places {
        bits[place as usize / 64] |= 1 << (place % 64);
    }
    by_place(store, move |place| bits.get(place as usize / 64).is_some_and(|word| word >> (place % 64) & 1 == 1))
}

/// Whether the seeded hash of a key is below a limit. Looks at the key alone, so that a reader can leave the rest of a row
/// unread.
fn hashed_below(key: &str, seed: u64, limit: u64) -> Expr {
    named(key).map(
        move |keys| {
            let hashes = column::key_hashes(keys.as_materialized_series())?;
            let small = hashes.into_iter().map(|hash| seeded(hash, seed) < limit);
            Ok(BooleanChunked::from_iter_values(keys.name().clone(), small).into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)),
    )
}

/// One pass over the table that knows nothing of its length.
fn reservoir(store: &Store, seed: u64, n: usize) -> anyhow::Result<DataFrame> {
    struct State {
        reservoir: Reservoir,
        before: u64,
        /// What was taken, batch by batch, and which slot of the sample each row is in.
        taken: Vec<DataFrame>,
        slots: Vec<IdxSize>,
        rows: IdxSize,
    }
    let reservoir = Reservoir::new(n, seed);
    let state = Arc::new(Mutex::new(State { reservoir, before: 0, taken: Vec::new(), slots: Vec::new(), rows: 0 }));
    let shared = Arc::clone(&state);
    let look = move |batch: DataFrame| {
        let state = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner);
        let end = state.before + batch.height() as u64;
        let mut wanted = Vec::new();
        while state.reservoir.next() < end {
            wanted.push((state.reservoir.next() - state.before) as IdxSize);
            let slot = state.reservoir.take();
            if slot == state.slots.len() {
                state.slots.push(state.rows);
            } else {
                state.slots[slot] = state.rows;
            }
            state.rows += 1;
        }
        state.before = end;
        if !wanted.is_empty() {
            state.taken.push(batch.take(&IdxCa::from_vec("taken".into(), wanted))?);
        }
        Ok(false)
    };
    let pass = store.scan()?.sink_batches(PlanCallback::new(look), true, Some(BATCH))?;
    pass.collect_with_engine(Engine::Streaming)?;
    let state = &mut *state.lock().unwrap_or_else(PoisonError::into_inner);
    let mut taken = std::mem::take(&mut state.taken).into_iter();
    let Some(mut whole) = taken.next() else { return Ok(DataFrame::empty_with_schema(&store.schema)) };
    for frame in taken {
        whole.vstack_mut_owned(frame)?;
    }
    Ok(whole.take(&IdxCa::from_vec("taken".into(), std::mem::take(&mut state.slots)))?)
}

fn first(frame: DataFrame, n: IdxSize) -> DataFrame {
    frame.head(Some(n as usize))
}

/// `n` of the frame's rows, as [`crate::way::among`] chooses them.
fn some(frame: DataFrame, seed: u64, n: IdxSize) -> anyhow::Result<DataFrame> {
    let all: Vec<IdxSize> = (0..IdxSize::try_from(frame.height())?).collect();
    let mut chosen = crate::way::among(&all, n as usize, seed);
    chosen.sort_unstable();
    Ok(frame.take(&IdxCa::from_vec("chosen".into(), chosen))?)
}
