//! The order in which samples come: seeded, and known before anything is read.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::Shuffle;

/// The numbers of `samples` samples in their order. Samples that are stored in chunks of `together` stay beside each other:
/// whole chunks are shuffled then, since part of one cannot be read alone.
#[must_use]
pub fn order(samples: usize, together: usize, shuffle: Shuffle, seed: u64) -> Vec<u32> {
    let together = together.max(1);
    if together > 1 {
        let chunks = order(samples.div_ceil(together), 1, shuffle, seed);
        let of = |chunk: u32| {
            let first = chunk as usize * together;
            first as u32..(first + together).min(samples) as u32
        };
        return chunks.into_iter().flat_map(of).collect();
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut all: Vec<u32> = (0..u32::try_from(samples).unwrap_or(u32::MAX)).collect();
    match shuffle {
        Shuffle::None => all,
        Shuffle::Full => {
            all.shuffle(&mut random);
            all
        }
        Shuffle::Buffer(size) => {
            let mut rest = all.split_off(size.clamp(1, all.len().max(1)).min(all.len())).into_iter();
            let mut buffer = all;
            let mut drawn = Vec::with_capacity(samples);
            while !buffer.is_empty() {
                let place = random.random_range(0..buffer.len());
                drawn.push(buffer[place]);
                match rest.next() {
                    Some(next) => buffer[place] = next,
                    None => {
                        buffer.swap_remove(place);
                    }
                }
            }
            drawn
        }
    }
}

/// How far samples come from where they are stored, on average, beside what a full shuffle would give: 0 in stored order, about 1
/// when shuffled in full.
#[must_use]
pub fn displacement(order: &[u32]) -> f64 {
    let samples = order.len() as f64;
    if order.len() < 2 {
        return 0.0;
    }
    let moved: f64 = order.iter().enumerate().map(|(place, &stored)| (place as f64 - f64::from(stored)).abs()).sum();
    // Two uniform places in a sequence are a third of its length apart.
    moved / samples / (samples / 3.0)
}
