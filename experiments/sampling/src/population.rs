//! What a way needs to know of a table to say which rows it draws: sizes, row groups, partitions, hashes and strata by place.

use std::ops::Range;

/// A table in the order in which a layout stores it, without its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Population {
    rows: usize,
    groups: Vec<Range<u32>>,
    keys: Option<Vec<u64>>,
    parts: Option<Vec<u16>>,
    part_counts: Vec<u32>,
    strata: Option<Vec<u16>>,
}

impl Population {
    /// A table of `rows` rows, of which nothing else is known.
    pub(crate) fn new(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// With row groups: their places, in order.
    #[must_use]
    pub(crate) fn with_groups(mut self, groups: Vec<Range<u32>>) -> Self {
        self.groups = groups;
        self
    }

    /// With the hash of each row's key.
    #[must_use]
    pub(crate) fn with_keys(mut self, keys: Vec<u64>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// With the partition of each row.
    #[must_use]
    pub(crate) fn with_parts(mut self, parts: Vec<u16>) -> Self {
        self.part_counts = vec![0; parts.iter().max().map_or(0, |&last| usize::from(last) + 1)];
        parts.iter().for_each(|&part| self.part_counts[usize::from(part)] += 1);
        self.parts = Some(parts);
        self
    }

    /// With the number of rows of each partition alone.
    #[must_use]
    pub(crate) fn with_part_counts(mut self, counts: Vec<u32>) -> Self {
        self.part_counts = counts;
        self
    }

    /// With the stratum of each row.
    #[must_use]
    pub(crate) fn with_strata(mut self, strata: Vec<u16>) -> Self {
        self.strata = Some(strata);
        self
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The places of each row group; none if the layout has no row groups.
    pub(crate) fn groups(&self) -> &[Range<u32>] {
        &self.groups
    }

    /// The hash of each row's key, or why there is none.
    pub(crate) fn keys(&self) -> Result<&[u64], String> {
        self.keys.as_deref().ok_or_else(|| NO_KEY.to_owned())
    }

    /// The stratum of each row, or why there is none.
    pub(crate) fn strata(&self) -> Result<&[u16], String> {
        self.strata.as_deref().ok_or_else(|| NO_STRATA.to_owned())
    }

    /// Rows in each partition, or why there are no partitions.
    pub(crate) fn part_counts(&self) -> Result<&[u32], String> {
        if self.part_counts.is_empty() { Err(NO_PARTITION.to_owned()) } else { Ok(&self.part_counts) }
    }

    /// The partition of each row at these places; nothing if there are no partitions.
    pub(crate) fn parts_in(&self, places: Range<u32>) -> &[u16] {
        self.parts.as_deref().and_then(|parts| parts.get(places.start as usize..places.end as usize)).unwrap_or(&[])
    }

    /// The places of these partitions, ascending.
    pub(crate) fn places_of(&self, chosen: &[usize]) -> Result<Vec<u32>, String> {
        let parts = self.parts.as_deref().ok_or_else(|| NO_PARTITION.to_owned())?;
        let wanted = |part: u16| chosen.binary_search(&usize::from(part)).is_ok();
        Ok(parts.iter().enumerate().filter(|(_, part)| wanted(**part)).map(|(place, _)| place as u32).collect())
    }
}

/// Why there is no sample by hash.
pub(crate) const NO_KEY: &str = "The table has no column with enough different values to hash: a whole number, a text or a date that tells rows apart.";
/// Why there is no stratified sample.
pub(crate) const NO_STRATA: &str = "The table has no column with few categories to take in proportion.";
/// Why there is no sample from a partition.
pub(crate) const NO_PARTITION: &str = "The table has no date and no column with few categories to partition by.";
