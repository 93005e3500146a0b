//! Random numbers that are a function of a seed and a place, so that no thread, no order and no history changes them.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use xxhash_rust::xxh3::xxh3_64;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads the bits of a number; different numbers stay different.
#[inline]
pub(crate) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A random number for each place of a table (SplitMix64, whose state after any number of steps is known at once).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places(u64);

impl Places {
    /// The numbers that belong to a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// The number of a place.
    #[inline]
    pub(crate) fn at(self, place: u64) -> u64 {
        mix(self.0.wrapping_add((place + 1).wrapping_mul(GOLDEN)))
    }
}

/// A hash of a key's bytes that is the same on every machine, in every version.
#[inline]
pub(crate) fn key(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// A key's hash under a seed: another seed, other rows.
#[inline]
pub(crate) fn seeded(key: u64, seed: u64) -> u64 {
    mix(key ^ mix(seed ^ GOLDEN))
}

/// The numbers below this one are a share `rate` of all.
pub(crate) fn threshold(rate: f64) -> u64 {
    // A float cannot hold 2^64 − 1; the cast saturates.
    (rate.clamp(0.0, 1.0) * 2_f64.powi(64)) as u64
}

/// A generator for what is drawn one after another.
pub(crate) fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(mix(seed))
}

/// Reservoir sampling (Vitter's R with Li's skips, "algorithm L"): which row goes where, without looking at the rows between.
///
/// It needs no number of rows in advance: rows come, and the next one that matters is known.
#[derive(Debug)]
pub(crate) struct Reservoir {
    size: u64,
    random: Xoshiro256PlusPlus,
    weight: f64,
    next: u64,
}

impl Reservoir {
    /// A reservoir of `size` rows, at least one.
    pub(crate) fn new(size: usize, seed: u64) -> Self {
        Self { size: size.max(1) as u64, random: generator(seed), weight: 1.0, next: 0 }
    }

    /// The next row that goes into the reservoir, without taking it.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Takes that row: the slot that it goes into.
    pub(crate) fn take(&mut self) -> usize {
        if self.next + 1 < self.size {
            self.next += 1;
            return (self.next - 1) as usize;
        }
        // Rows 0 to size − 1 fill the slots; each later one that is taken replaces a random one.
        let filling = self.next + 1 == self.size;
        let slot = if filling { self.next } else { self.random.random_range(0..self.size) };
        self.weight *= (self.unit().ln() / self.size as f64).exp();
        let skip = (self.unit().ln() / (-self.weight).ln_1p()).floor();
        // A skip beyond any table ends the drawing; the cast saturates.
        self.next = self.next.saturating_add(skip as u64).saturating_add(1);
        slot as usize
    }

    /// A random number above 0 and below 1.
    fn unit(&mut self) -> f64 {
        (self.random.random_range(0..1_u64 << 53) as f64 + 0.5) / 2_f64.powi(53)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_places_are_spread_and_differ_by_seed() {
        let rate = |seed: u64| {
            let places = Places::new(seed);
            let limit = threshold(0.1);
            (0..100_000).filter(|&place| places.at(place) < limit).count()
        };
        for seed in 0..5 {
            assert!((9_600..10_400).contains(&rate(seed)), "{}", rate(seed));
        }
        let both =
            (0..100_000).filter(|&place| [1, 2].iter().all(|&seed| Places::new(seed).at(place) < threshold(0.1)));
        assert!((800..1_200).contains(&both.count()), "two seeds are independent");
    }

    #[test]
    fn thresholds_reach_from_nothing_to_everything() {
        assert_eq!((threshold(0.0), threshold(1.0), threshold(2.0)), (0, u64::MAX, u64::MAX));
        assert_eq!(threshold(0.5), 1 << 63);
    }

    #[test]
    fn hashes_of_keys_never_change() {
        // Whoever stored a sample must get the same rows again: a change here is a break.
        assert_eq!(key(&42_i64.to_le_bytes()), 0xd5a6f8c838df27c8);
        assert_eq!(seeded(key(b"a"), 1), seeded(key(b"a"), 1));
        assert_ne!(seeded(key(b"a"), 1), seeded(key(b"a"), 2));
    }

    #[test]
    fn a_reservoir_takes_every_row_equally_often() {
        let (rows, size, draws) = (200_u64, 20_usize, 4_000);
        let mut taken = vec![0_u32; rows as usize];
        for seed in 0..draws {
            let mut reservoir = Reservoir::new(size, seed);
            let mut slots = vec![u64::MAX; size];
            while reservoir.next() < rows {
                let row = reservoir.next();
                slots[reservoir.take()] = row;
            }
            slots.sort_unstable();
            slots.dedup();
            assert_eq!(slots.len(), size, "seed {seed} fills every slot once");
            slots.iter().for_each(|&row| taken[row as usize] += 1);
        }
        // 400 times each is expected, with a standard deviation of 19.
        assert!(taken.iter().all(|&count| (300..500).contains(&count)), "{taken:?}");
    }

    #[test]
    fn a_reservoir_of_one_row() {
        let mut reservoir = Reservoir::new(0, 3);
        assert_eq!((reservoir.next(), reservoir.take()), (0, 0));
        assert!(reservoir.next() > 0);
    }
}
