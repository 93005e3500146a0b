//! Numbers from a seed.

use kernels::{Level, Products, Team};

/// A stream of bits (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// From −1 to 1.
    pub(crate) fn number(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    pub(crate) fn numbers<T>(&mut self, len: usize, from: impl Fn(f64) -> T) -> Vec<T> {
        (0..len).map(|_| from(self.number())).collect()
    }
}

/// Every kind of registers that is here, by teams of one to five.
pub(crate) fn products() -> Vec<(Products, String)> {
    let with = |threads| {
        let team = Team::new(threads).expect("threads");
        Level::present().into_iter().map(move |level| (Products::with(&team, level), format!("{level:?}, {threads}")))
    };
    [1, 2, 3, 5].into_iter().flat_map(with).collect()
}
