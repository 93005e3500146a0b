//! Where a table has more rows than are wanted: slices of neighbouring rows from all over it.
//!
//! The first rows of a log are one stretch of time: a table of them has no days to tell apart, and the ranges and cardinalities of
//! one corner. Rows drawn one by one would be spread evenly, but their neighbours, and with them what an order is
//! worth, would be lost. So slices of neighbouring rows are taken, spread evenly over the whole, and kept in their order.

use std::ops::Range;

use crate::purchases::random::{below, mix};
use crate::thousands;

/// Most slices: each costs a place in a file, and more do not change what is seen.
const MOST: u64 = 100;

/// Rows of a slice, if there is no reason for fewer: what lies together stays together.
const LEAST: u64 = 500;

/// Slices of a table of which only few rows are wanted.
const FEW: u64 = 20;

/// How many rows are wanted, and the seed of where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Most rows.
    pub rows: u64,
    /// Seed.
    pub seed: u64,
}

/// Which rows a reader gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of them, from the first one on: who wants fewer stops.
    #[default]
    All,
    /// As [`All`](Self::All), although fewer are wanted: why they are not from all over, as a clause.
    Start(&'static str),
    /// So many slices from all over.
    Slices(u64),
    /// The first rows of each of so many files.
    Files(u64),
}

impl Wanted {
    /// Slices of `wanted.rows` of `all` rows, in order and apart; `None` if these are all rows.
    pub(crate) fn of(self, all: u64) -> Option<Vec<Range<u64>>> {
        if all <= self.rows {
            return None;
        }
        let mut slices: Vec<Range<u64>> = Vec::new();
        for slice in self.places(self.rows, all) {
            match slices.last_mut() {
                // Two that touch are one.
                Some(last) if last.end == slice.start => last.end = slice.end,
                _ => slices.push(slice),
            }
        }
        Some(slices)
    }

    /// Into how many slices the wanted rows are divided.
    pub(crate) fn slices(self) -> u64 {
        (self.rows / LEAST).clamp(FEW.min(self.rows.max(1)), MOST)
    }

    /// The slice of this number of a whole of `all`, cut into as many equal parts as there are slices.
    pub(crate) fn share(self, all: u64, slice: u64) -> Range<u64> {
        let end = |slice: u64| (u128::from(all) * u128::from(slice) / u128::from(self.slices())) as u64;
        end(slice)..end(slice + 1)
    }

    /// A random place from 0 to `end`, which belongs to the slice of this number.
    pub(crate) fn place(self, end: u64, slice: u64) -> u64 {
        below(mix(self.seed ^ mix(slice)), end + 1)
    }

    /// The slices as places: together `taken` long, within `all`. They may touch.
    ///
    /// What lies between them is shared out evenly, and where in its share a slice begins is random: even distances could meet
    /// the same hour of every day.
    pub(crate) fn places(self, taken: u64, all: u64) -> Vec<Range<u64>> {
        let place = |slice: u64| {
            let skipped = self.share(all.saturating_sub(taken), slice);
            let start = skipped.start + self.place(skipped.end - skipped.start, slice);
            let own = self.share(taken, slice);
            start + own.start..start + own.end
        };
        (0..self.slices()).map(place).filter(|slice| !slice.is_empty()).collect()
    }
}

impl Part {
    /// The part as results files keep it, of a table of which so many rows were wanted.
    pub(crate) fn of(self, wanted: Wanted) -> results::Part {
        let (taken, pieces) = match self {
            Self::All | Self::Start(_) => (results::Taken::Start, 1),
            Self::Slices(slices) => (results::Taken::Slices, slices),
            Self::Files(files) => (results::Taken::Files, files),
        };
        results::Part { wanted: wanted.rows, taken, pieces }
    }
}

/// What a reader of the results should know about which `used` of `rows` rows were read; `about`: the latter is an estimate.
pub(crate) fn note(part: Part, used: u64, rows: u64, about: bool) -> String {
    let about = if about { "about " } else { "" };
    let (shown, rows) = (thousands(used), thousands(rows));
    match part {
        Part::All => format!("Used the first {shown} of {about}{rows} rows; the profile is theirs."),
        Part::Start(why) => format!(
            "Used the first {shown} of {about}{rows} rows, and the profile is theirs: {why}. Of a log in order of time these are \
             its first days alone."
        ),
        Part::Files(files) => format!(
            "Used {shown} of {about}{rows} rows, the first ones of each of {} files, and the profile is theirs: files of this \
             format can only be read from their start.",
            thousands(files)
        ),
        Part::Slices(slices) => format!(
            "Used {shown} of {about}{rows} rows, in {} slices from all over it, and the profile is theirs. A slice is about {} \
             neighbouring rows, and all stay in their order: so the whole span of time is there, and what lies together stays \
             together.",
            thousands(slices),
            thousands((used / slices.max(1)).max(1))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_apart_in_order_and_from_all_over() {
        for (rows, all) in [
            (1, 2),
            (1, 1_000_000),
            (7, 8),
            (10, 50_000),
            (499, 500),
            (2_000, 1_000_000),
            (50_000, 50_001),
            (50_000, 60_000),
            (50_000, 10_000_000),
            (2_000_000, u64::MAX / 2),
        ] {
            for seed in 0..5 {
                let slices = Wanted { rows, seed }.of(all).unwrap();
                assert_eq!(slices.iter().map(|slice| slice.end - slice.start).sum::<u64>(), rows, "{rows} of {all}");
                assert!(slices.iter().all(|slice| slice.start < slice.end && slice.end <= all));
                assert!(slices.windows(2).all(|two| two[0].end < two[1].start), "{rows} of {all}: {slices:?}");
                assert!(slices.len() as u64 <= MOST);
            }
        }
    }

    #[test]
    fn every_tenth_of_the_table_gives_a_tenth_of_the_rows() {
        let all = 10_000_000;
        for seed in 0..20 {
            let slices = Wanted { rows: 50_000, seed }.of(all).unwrap();
            assert_eq!(slices.len(), 100);
            for tenth in 0..10 {
                let inside = |slice: &&Range<u64>| slice.start / (all / 10) == tenth;
                let count = slices.iter().filter(inside).count();
                assert!((9..=11).contains(&count), "tenth {tenth}: {count}");
            }
        }
    }

    #[test]
    fn the_seed_alone_decides_where_they_lie() {
        let of = |seed| Wanted { rows: 5_000, seed }.of(1_000_000);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn distances_are_not_even() {
        let slices = Wanted { rows: 50_000, seed: 3 }.of(10_000_000).unwrap();
        let hours: std::collections::BTreeSet<u64> = slices.iter().map(|slice| slice.start / 1_000 % 24).collect();
        assert!(hours.len() > 15, "{hours:?}");
    }

    #[test]
    fn enough_is_all() {
        assert_eq!(Wanted { rows: 10, seed: 0 }.of(10), None);
        assert_eq!(Wanted { rows: 10, seed: 0 }.of(0), None);
    }

    #[test]
    fn what_was_used_is_said() {
        let said = |part| note(part, 50_000, 10_000_000, false);
        assert!(said(Part::Slices(100)).starts_with("Used 50,000 of 10,000,000 rows, in 100 slices from all over it"));
        assert!(said(Part::Slices(100)).contains("about 500 neighbouring"));
        assert!(said(Part::Files(3)).contains("first ones of each of 3 files"));
        assert!(
            said(Part::Start("it is so"))
                .contains("first 50,000 of 10,000,000 rows, and the profile is theirs: it is so.")
        );
        assert!(note(Part::All, 1, 2, true).contains("of about 2 rows"));
    }
}
