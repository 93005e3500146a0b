//! How many different values there are: exact while they are few, then estimated in fixed memory.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

use polars::polars_compute::hyperloglogplus::HyperLogLog;
use polars::polars_utils::aliases::PlFixedStateQuality;

/// Different values that are counted exactly.
const FEW: usize = 256;

/// A count of different values, by their hashes: at most 16 KiB.
pub(super) enum Distinct {
    /// The hashes.
    Few(HashSet<u64, BuildHasherDefault<Identity>>),
    /// A sketch, off by about 1 %.
    Many(Box<HyperLogLog<u64>>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(HashSet::default())
    }
}

/// A hash that tells the values of one column apart, the same in every run.
#[inline]
pub(super) fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    PlFixedStateQuality::with_seed(0).hash_one(value)
}

impl Distinct {
    /// Adds a value by its [`hash`].
    #[inline]
    pub(super) fn add(&mut self, hash: u64) {
        match self {
            Self::Many(sketch) => sketch.add(&hash),
            Self::Few(hashes) => {
                if hashes.insert(hash) && hashes.len() > FEW {
                    let mut sketch = Box::new(HyperLogLog::new());
                    hashes.iter().for_each(|hash| sketch.add(hash));
                    *self = Self::Many(sketch);
                }
            }
        }
    }

    /// The number of different values, and whether it is exact.
    pub(super) fn count(&self) -> (u64, bool) {
        match self {
            Self::Few(hashes) => (hashes.len() as u64, true),
            Self::Many(sketch) => (sketch.count() as u64, false),
        }
    }
}

/// The hasher of a set whose keys are hashes.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only `write_u64` is called by a set of hashes; any other key still hashes to something.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_exact_and_many_are_close() {
        for values in [0u64, 1, 5, 256, 257, 1000, 50_000, 300_000] {
            let mut distinct = Distinct::default();
            for i in 0..values * 2 {
                distinct.add(hash(&(i % values.max(1))));
            }
            let (count, exact) = distinct.count();
            assert_eq!(exact, values <= 256, "{values}");
            let off = (count as f64 - values as f64).abs();
            assert!(off <= if exact { 0.0 } else { values as f64 * 0.04 }, "{count} for {values}");
        }
    }
}
