//! Seeded random values that are the same on every machine: only integers and exactly rounded arithmetic.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// A stream of random values.
pub(super) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream of one column in one block: streams of different columns and blocks have nothing to do with each other.
    pub(super) fn new(seed: u64, block: u64, column: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(mix(seed ^ mix(block ^ mix(column)))))
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// From 0 up to 1, without 1.
    #[inline]
    pub(super) fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// True with probability `share`.
    #[inline]
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// From 0 up to `end`, without `end`.
    #[inline]
    pub(super) fn below(&mut self, end: u64) -> u64 {
        below(self.bits(), end)
    }

    /// About normal, mean 0, deviation 1: the sum of four uniform values.
    #[inline]
    pub(super) fn normal(&mut self) -> f64 {
        let (a, b) = (self.bits(), self.bits());
        let sum = (a >> 32) + (a & 0xffff_ffff) + (b >> 32) + (b & 0xffff_ffff);
        // Four uniform values have mean 2 and deviation 1/sqrt(3). The factor fills the digits that the sum leaves empty.
        (sum as f64 / 4_294_967_296.0 - 2.0) * 1.732_050_807_568_877_2
    }
}

/// Bits as a number from 0 up to 1, without 1.
#[inline]
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Bits as a number from 0 up to `end`, without `end`.
#[inline]
pub(crate) fn below(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
}

/// Bits that look random and depend on every bit of `value`: what belongs to a user or an item.
#[inline]
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Picks places with given weights, in constant time (Walker's alias method).
pub(super) struct Weighted {
    /// For each slot: how much of it (of 2^32) is its own place, and whose the rest is.
    slots: Vec<(u32, u32)>,
}

impl Weighted {
    /// Places 0, 1, 2 … with these weights.
    pub(super) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let weights: Vec<f64> = weights.into_iter().collect();
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut shares: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut slots: Vec<(u32, u32)> = (0..shares.len()).map(|place| (u32::MAX, place as u32)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..shares.len()).partition(|&place| shares[place] < 1.0);
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            slots[poor] = ((shares[poor] * 4_294_967_295.0) as u32, rich as u32);
            shares[rich] -= 1.0 - shares[poor];
            if shares[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        Self { slots }
    }

    /// Zipf's law: place `k` has the weight `1 / (k + 1)`.
    pub(super) fn zipf(places: usize) -> Self {
        Self::new((1..=places).map(|rank| 1.0 / rank as f64))
    }

    /// The place for these random bits.
    #[inline]
    pub(super) fn pick(&self, bits: u64) -> usize {
        let slot = below(bits, self.slots.len() as u64) as usize;
        let (own, other) = self.slots[slot];
        if bits as u32 <= own { slot } else { other as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_as_often_as_they_weigh() {
        let weighted = Weighted::new([5.0, 0.0, 1.0, 4.0]);
        let mut random = Random::new(1, 2, 3);
        let mut counts = [0u32; 4];
        for _ in 0..100_000 {
            counts[weighted.pick(random.bits())] += 1;
        }
        assert_eq!(counts[1], 0);
        for (count, weight) in counts.iter().zip([5.0, 0.0, 1.0, 4.0]) {
            assert!((f64::from(*count) - weight * 10_000.0).abs() < 600.0, "{counts:?}");
        }
    }

    #[test]
    fn normal_values_have_their_moments() {
        let mut random = Random::new(7, 0, 0);
        let values: Vec<f64> = (0..100_000).map(|_| random.normal()).collect();
        let mean = values.iter().sum::<f64>() / 1e5;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |seed, block, column| Random::new(seed, block, column).bits();
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        let all = [first(1, 2, 3), first(1, 3, 2), first(2, 1, 3), first(3, 2, 1), first(0, 0, 0)];
        assert!(all.iter().enumerate().all(|(i, one)| all[i + 1..].iter().all(|other| one != other)));
    }
}
