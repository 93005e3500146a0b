//! The ways to draw a sample, as a rule from seed to rows: pure, so that a hundred draws cost little and every read can be checked.
//!
//! A row is named by its *place*, its number in storage order. [`select`](Way::select) says which places a way draws;
//! [`crate::draw`] reads these rows from files as an engine would, and must come to the same.

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::population::Population;
use crate::random::{Places, Reservoir, generator, seeded, threshold};

/// A way to draw a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A random number for each row; the smallest win.
    OrderByRandom,
    /// The first rows.
    Limit,
    /// Whole row groups, chosen at random.
    System,
    /// Random rows of more row groups than are needed.
    SystemSpread,
    /// Each row with the same chance, by itself.
    Bernoulli,
    /// One pass that keeps a random selection of what has come so far.
    Reservoir,
    /// Random row numbers.
    RowNumbers,
    /// Rows whose key has a small hash.
    Hash,
    /// The first rows of a partition.
    Partition,
    /// Random rows of a partition.
    PartitionRandom,
    /// Random rows of each category in proportion, at least one.
    Stratified,
}

/// How many rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// Rows, at least 1.
    pub(crate) rows: usize,
    /// Chance of a row, for the ways that decide row by row.
    pub(crate) rate: f64,
}

impl Wanted {
    /// A number of rows out of a table of `of`.
    pub(crate) fn rows(rows: usize, of: usize) -> Self {
        Self { rows: rows.max(1), rate: rows.max(1) as f64 / of.max(1) as f64 }
    }
}

/// Row groups that [`Way::SystemSpread`] reads at least, and how many times as many as would be enough.
const SPREAD_GROUPS: usize = 10;
const SPREAD_TIMES: usize = 4;

impl Way {
    /// The way with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "order-by-random" => Self::OrderByRandom,
            "limit" => Self::Limit,
            "system" => Self::System,
            "system-spread" => Self::SystemSpread,
            "bernoulli" => Self::Bernoulli,
            "reservoir" => Self::Reservoir,
            "row-numbers" => Self::RowNumbers,
            "hash" => Self::Hash,
            "partition" => Self::Partition,
            "partition-random" => Self::PartitionRandom,
            "stratified" => Self::Stratified,
            _ => return None,
        })
    }

    /// The places that it draws from `population`, ascending.
    ///
    /// # Errors
    /// Why it cannot draw from this table, as a sentence.
    pub(crate) fn select(self, population: &Population, seed: u64, wanted: Wanted) -> Result<Vec<u32>, String> {
        let n = wanted.rows.min(population.rows());
        let mut places = match self {
            Self::Limit => (0..n as u32).collect(),
            Self::OrderByRandom => smallest(0..population.rows() as u32, n, Places::new(seed)),
            Self::RowNumbers => row_numbers(population.rows(), n, seed),
            Self::Bernoulli => {
                let (random, limit) = (Places::new(seed), threshold(wanted.rate));
                (0..population.rows() as u32).filter(|&place| random.at(place.into()) < limit).collect()
            }
            Self::Reservoir => reservoir(population.rows(), n, seed),
            Self::Hash => {
                let limit = threshold(wanted.rate);
                let keys = population.keys()?.iter().enumerate();
                keys.filter(|(_, key)| seeded(**key, seed) < limit).map(|(place, _)| place as u32).collect()
            }
            Self::System => {
                let mut places = Vec::with_capacity(n);
                for group in groups(population, seed, n, 1)? {
                    let left = (n - places.len()) as u32;
                    let group = population.groups()[group].clone();
                    places.extend(group.start..group.end.min(group.start + left));
                }
                places
            }
            Self::SystemSpread => {
                let chosen = groups(population, seed, n, SPREAD_TIMES)?;
                let places: Vec<u32> =
                    chosen.into_iter().flat_map(|group| population.groups()[group].clone()).collect();
                among(&places, n, seed)
            }
            Self::Partition => {
                let mut places = population.places_of(&parts(population, seed, n)?)?;
                places.truncate(n);
                places
            }
            Self::PartitionRandom => among(&population.places_of(&parts(population, seed, n)?)?, n, seed),
            Self::Stratified => stratified(population.strata()?, n, seed),
        };
        places.sort_unstable();
        Ok(places)
    }
}

/// The row groups that are read, in the order of the file: enough for `n` rows, `times` as many (and some more) to spread them.
///
/// # Errors
/// If the layout has no row groups.
pub(crate) fn groups(population: &Population, seed: u64, n: usize, times: usize) -> Result<Vec<usize>, String> {
    let all = population.groups();
    if all.is_empty() {
        return Err("This layout has no row groups to choose from.".to_owned());
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.shuffle(&mut generator(seed));
    let mut rows = 0;
    let enough = order
        .iter()
        .position(|&group| {
            rows += all[group].len();
            rows >= n
        })
        .map_or(order.len(), |last| last + 1);
    let wanted = if times == 1 { enough } else { (enough * times).max(SPREAD_GROUPS) };
    order.truncate(wanted.min(all.len()));
    order.sort_unstable();
    Ok(order)
}

/// How many times as many row groups as needed a way reads, if it reads by row group.
pub(crate) fn spread(way: Way) -> Option<usize> {
    match way {
        Way::System => Some(1),
        Way::SystemSpread => Some(SPREAD_TIMES),
        _ => None,
    }
}

/// The partitions that are read: a random one, and the ones behind it until there are `n` rows.
///
/// # Errors
/// If the table has no partitions.
pub(crate) fn parts(population: &Population, seed: u64, n: usize) -> Result<Vec<usize>, String> {
    let counts = population.part_counts()?;
    let first = generator(seed).random_range(0..counts.len());
    let mut rows = 0;
    let mut chosen = Vec::new();
    for part in (first..counts.len()).chain(0..first) {
        if rows >= n {
            break;
        }
        rows += counts[part] as usize;
        chosen.push(part);
    }
    chosen.sort_unstable();
    Ok(chosen)
}

/// `n` of these places at random: the place in the list has the random number, so that an engine that sees only these rows
/// can do the same.
pub(crate) fn among(places: &[u32], n: usize, seed: u64) -> Vec<u32> {
    let chosen = smallest(0..places.len() as u32, n, Places::new(seed));
    chosen.into_iter().map(|i| places[i as usize]).collect()
}

/// The places with the `n` smallest random numbers, in no order.
fn smallest(places: std::ops::Range<u32>, n: usize, random: Places) -> Vec<u32> {
    let mut keyed: Vec<(u64, u32)> = places.map(|place| (random.at(place.into()), place)).collect();
    if n < keyed.len() {
        keyed.select_nth_unstable(n);
        keyed.truncate(n);
    }
    keyed.into_iter().map(|(_, place)| place).collect()
}

/// `n` different row numbers below `rows`, ascending: Floyd's way, which looks at no row.
pub(crate) fn row_numbers(rows: usize, n: usize, seed: u64) -> Vec<u32> {
    let mut random = generator(seed);
    let n = n.min(rows);
    let mut chosen = std::collections::BTreeSet::new();
    for last in rows - n..rows {
        let candidate = random.random_range(0..=last) as u32;
        if !chosen.insert(candidate) {
            chosen.insert(last as u32);
        }
    }
    chosen.into_iter().collect()
}

fn reservoir(rows: usize, n: usize, seed: u64) -> Vec<u32> {
    let mut reservoir = Reservoir::new(n, seed);
    let mut slots = vec![0; n];
    while reservoir.next() < rows as u64 {
        let row = reservoir.next() as u32;
        slots[reservoir.take()] = row;
    }
    slots
}

/// Rows of each stratum in proportion, by largest remainder; at least one of each where the sample is large enough for it.
pub(crate) fn allocate(counts: &[u32], n: usize) -> Vec<usize> {
    let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    let present = counts.iter().filter(|&&count| count > 0).count();
    if total == 0 {
        return vec![0; counts.len()];
    }
    let n = n.min(usize::try_from(total).unwrap_or(usize::MAX));
    let least = usize::from(n >= 2 * present);
    let exact = |count: u32| n as f64 * f64::from(count) / total as f64;
    let mut shares: Vec<usize> =
        counts.iter().map(|&count| (exact(count).floor() as usize).max(least * usize::from(count > 0))).collect();
    // What rounding took or the least rows added is settled where it is felt least: at the largest remainders and strata.
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|&a, &b| {
        let remainder = |i: usize| exact(counts[i]) - exact(counts[i]).floor();
        remainder(b).total_cmp(&remainder(a)).then(counts[b].cmp(&counts[a]))
    });
    let mut given: usize = shares.iter().sum();
    while given < n {
        for &i in &order {
            if given < n && shares[i] < counts[i] as usize {
                shares[i] += 1;
                given += 1;
            }
        }
    }
    order.sort_by_key(|&i| std::cmp::Reverse(counts[i]));
    while given > n {
        let Some(&i) = order.iter().find(|&&i| shares[i] > 1).or_else(|| order.iter().find(|&&i| shares[i] > 0)) else {
            break;
        };
        let surplus = (given - n).min(shares[i].saturating_sub(1).max(1));
        shares[i] -= surplus;
        given -= surplus;
    }
    shares
}

/// The places of a stratified sample: the smallest random numbers of each stratum.
pub(crate) fn stratified(strata: &[u16], n: usize, seed: u64) -> Vec<u32> {
    let kinds = strata.iter().max().map_or(0, |&last| usize::from(last) + 1);
    let mut counts = vec![0_u32; kinds];
    strata.iter().for_each(|&stratum| counts[usize::from(stratum)] += 1);
    let shares = allocate(&counts, n);
    let random = Places::new(seed);
    let mut members: Vec<Vec<(u64, u32)>> = counts.iter().map(|&count| Vec::with_capacity(count as usize)).collect();
    for (place, &stratum) in strata.iter().enumerate() {
        members[usize::from(stratum)].push((random.at(place as u64), place as u32));
    }
    let mut chosen = Vec::with_capacity(n);
    for (mut keyed, share) in members.into_iter().zip(shares) {
        if share > 0 && share < keyed.len() {
            keyed.select_nth_unstable(share);
        }
        chosen.extend(keyed.into_iter().take(share).map(|(_, place)| place));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocation_is_proportional_exact_and_leaves_nobody_out() {
        for (counts, n, expected) in [
            (vec![50, 30, 20], 10, vec![5, 3, 2]),
            (vec![990, 9, 1], 100, vec![98, 1, 1]),
            (vec![10, 10, 10], 2, vec![1, 1, 0]),
            (vec![1, 1], 100, vec![1, 1]),
            (vec![0, 5], 4, vec![0, 4]),
            (vec![], 3, vec![]),
            (vec![0], 3, vec![0]),
        ] {
            assert_eq!(allocate(&counts, n), expected, "{counts:?} {n}");
        }
        for n in 1..200 {
            let counts = [400, 3, 90, 1, 7];
            let shares = allocate(&counts, n);
            assert_eq!(shares.iter().sum::<usize>(), n);
            assert!(shares.iter().zip(counts).all(|(&share, count)| share <= count as usize), "{shares:?}");
            assert!(n < 10 || shares.iter().all(|&share| share > 0), "{shares:?}");
        }
    }

    #[test]
    fn row_numbers_are_different_and_spread() {
        let mut taken = vec![0_u32; 100];
        for seed in 0..2_000 {
            let numbers = row_numbers(100, 10, seed);
            assert!(numbers.len() == 10 && numbers.is_sorted());
            numbers.iter().for_each(|&row| taken[row as usize] += 1);
        }
        assert!(taken.iter().all(|&count| (130..270).contains(&count)), "{taken:?}");
        assert_eq!(row_numbers(5, 9, 1), [0, 1, 2, 3, 4]);
        assert_eq!(row_numbers(0, 3, 1), [0; 0]);
    }

    #[test]
    fn strata_are_kept_in_proportion() {
        let strata: Vec<u16> = (0..1_000).map(|i| if i % 100 == 0 { 2 } else { u16::from(i % 4 == 0) }).collect();
        let chosen = stratified(&strata, 100, 5);
        let count = |stratum: u16| chosen.iter().filter(|&&place| strata[place as usize] == stratum).count();
        assert_eq!((count(0), count(1), count(2)), (75, 24, 1));
        assert_eq!(stratified(&[], 5, 1), [0; 0]);
    }
}
