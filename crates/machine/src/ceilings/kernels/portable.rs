//! Plain Rust for any processor; the compiler uses what every processor of the architecture has.

use std::hint::black_box;

use super::{BLOCK, Kernels, Shape};

/// Two lanes are what compilers make of this on most architectures without a wider set.
const WIDTH: usize = 2;
const CHAINS: usize = 12;
const PAIRS: usize = 6;
const SUMS: usize = 16;

pub(super) static KERNELS: Kernels = Kernels {
    name: "portable",
    // A fused one would be a slow library call where the processor has none.
    multiply_add: "multiply, then add",
    shape: Shape { chains: CHAINS, pairs: PAIRS, width: WIDTH },
    sum,
    increment,
    copy,
    copy_past_cache: None,
    chains_f64,
    chains_f32,
    pairs_u64,
};

fn sum(words: &[u64], passes: usize) -> u64 {
    let mut sums = [0_u64; SUMS];
    for _ in 0..passes {
        // The same memory might hold something else on the next pass, for all that the compiler knows.
        for block in black_box(words).chunks_exact(BLOCK) {
            for group in block.chunks_exact(SUMS) {
                for (sum, word) in sums.iter_mut().zip(group) {
                    *sum = sum.wrapping_add(*word);
                }
            }
        }
    }
    sums.iter().fold(0, |total, sum| total.wrapping_add(*sum))
}

fn increment(words: &mut [u64], passes: usize) {
    for _ in 0..passes {
        for word in black_box(&mut *words) {
            *word = word.wrapping_add(1);
        }
    }
}

fn copy(to: &mut [u64], from: &[u64], passes: usize) {
    for _ in 0..passes {
        black_box(&mut *to).copy_from_slice(black_box(from));
    }
}

macro_rules! chains {
    ($function:ident, $number:ty, $lanes:expr) => {
        fn $function(iterations: usize) -> $number {
            const LANES: usize = CHAINS * $lanes;
            let (one, up, down) = (black_box(1.0), black_box(3.0), black_box(-2.0));
            let mut chains: [$number; LANES] = std::array::from_fn(|lane| black_box((lane / $lanes) as $number));
            for _ in 0..iterations {
                for chain in &mut chains {
                    *chain = *chain * one + up;
                }
                for chain in &mut chains {
                    *chain = *chain * one + down;
                }
            }
            chains.iter().sum()
        }
    };
}

chains!(chains_f64, f64, WIDTH);
chains!(chains_f32, f32, 2 * WIDTH);

fn pairs_u64(iterations: usize) -> u64 {
    let mut a: [u64; PAIRS * WIDTH] = std::array::from_fn(|lane| black_box((lane / WIDTH) as u64 + 1));
    let mut b: [u64; PAIRS * WIDTH] = std::array::from_fn(|lane| black_box(2 * (lane / WIDTH) as u64 + 1));
    for _ in 0..iterations {
        for (a, b) in a.iter_mut().zip(&b) {
            *a = a.wrapping_add(*b);
        }
        for (b, a) in b.iter_mut().zip(&a) {
            *b = b.wrapping_add(*a);
        }
    }
    a.iter().fold(0, |total, lane| total.wrapping_add(*lane))
}
