//! The loops, written once over the few intrinsics that differ between instruction sets.

/// Makes the loops and their table `KERNELS` for one instruction set.
///
/// The module that calls it defines, each with the same `#[target_feature]`, what differs: the type `Word`, `load`, `store`,
/// `add`, `splat` for it; `splat_f64`, `multiply_add_f64`, `store_f64` and the same for `f32`.
/// Everything inside a loop is an intrinsic, so that the compiler can neither narrow nor widen it.
macro_rules! vector_kernels {
    (
        name: $name:literal,
        features: $features:literal,
        chains: $chains:literal,
        pairs: $pairs:literal,
        width: $width:literal,
        copy_past_cache: $copy_past_cache:expr,
    ) => {
        use std::hint::black_box;

        use super::{BLOCK, Kernels, Shape};

        /// Registers that hold a block.
        const REGISTERS: usize = BLOCK / $width;
        /// Independent sums.
        const SUMS: usize = 8;

        pub(super) static KERNELS: Kernels = Kernels {
            name: $name,
            multiply_add: "fused multiply-add",
            shape: Shape { chains: $chains, pairs: $pairs, width: $width },
            sum,
            increment,
            copy,
            copy_past_cache: $copy_past_cache,
            chains_f64,
            chains_f32,
            pairs_u64,
        };

        #[target_feature(enable = $features)]
        fn sum(words: &[u64], passes: usize) -> u64 {
            let mut sums = [splat(0); SUMS];
            for _ in 0..passes {
                // The same memory might hold something else on the next pass, for all that the compiler knows.
                for block in black_box(words).chunks_exact(BLOCK) {
                    for register in 0..REGISTERS {
                        // SAFETY: a block has REGISTERS * width words.
                        let word = unsafe { load(block.as_ptr().add(register * $width)) };
                        sums[register % SUMS] = add(sums[register % SUMS], word);
                    }
                }
            }
            total(&sums)
        }

        /// The wrapping sum of all lanes, by way of memory here and below: a compiler that takes single lanes out of a
        /// register keeps that register among the few from which it can, and moves others out of the way in the loop.
        #[target_feature(enable = $features)]
        fn total(registers: &[Word]) -> u64 {
            let mut total = 0_u64;
            for register in registers {
                let mut lanes = [0_u64; $width];
                // SAFETY: the array is as large as the register.
                unsafe { store(lanes.as_mut_ptr(), *register) };
                total = black_box(lanes).iter().fold(total, |total, lane| total.wrapping_add(*lane));
            }
            total
        }

        #[target_feature(enable = $features)]
        fn increment(words: &mut [u64], passes: usize) {
            let one = splat(1);
            for _ in 0..passes {
                for block in black_box(&mut *words).chunks_exact_mut(BLOCK) {
                    for register in 0..REGISTERS {
                        // SAFETY: a block has REGISTERS * width words, and it is borrowed for writing.
                        unsafe {
                            let place = block.as_mut_ptr().add(register * $width);
                            store(place, add(load(place), one));
                        }
                    }
                }
            }
        }

        #[target_feature(enable = $features)]
        fn copy(to: &mut [u64], from: &[u64], passes: usize) {
            for _ in 0..passes {
                let blocks = black_box(&mut *to).chunks_exact_mut(BLOCK).zip(black_box(from).chunks_exact(BLOCK));
                for (to, from) in blocks {
                    for register in 0..REGISTERS {
                        // SAFETY: both blocks have REGISTERS * width words, and `to` is borrowed for writing.
                        unsafe {
                            let offset = register * $width;
                            store(to.as_mut_ptr().add(offset), load(from.as_ptr().add(offset)));
                        }
                    }
                }
            }
        }

        #[target_feature(enable = $features)]
        fn chains_f64(iterations: usize) -> f64 {
            let one = splat_f64(black_box(1.0));
            let (up, down) = (splat_f64(black_box(3.0)), splat_f64(black_box(-2.0)));
            let mut chains = [splat_f64(0.0); $chains];
            for (number, chain) in chains.iter_mut().enumerate() {
                *chain = splat_f64(black_box(number as f64));
            }
            for _ in 0..iterations {
                for chain in &mut chains {
                    *chain = multiply_add_f64(one, up, *chain);
                }
                for chain in &mut chains {
                    *chain = multiply_add_f64(one, down, *chain);
                }
            }
            let mut sum = 0.0;
            for chain in chains {
                let mut lanes = [0.0_f64; $width];
                // SAFETY: the array is as large as the register.
                unsafe { store_f64(lanes.as_mut_ptr(), chain) };
                sum += black_box(lanes).iter().sum::<f64>();
            }
            sum
        }

        #[target_feature(enable = $features)]
        fn chains_f32(iterations: usize) -> f32 {
            let one = splat_f32(black_box(1.0));
            let (up, down) = (splat_f32(black_box(3.0)), splat_f32(black_box(-2.0)));
            let mut chains = [splat_f32(0.0); $chains];
            for (number, chain) in chains.iter_mut().enumerate() {
                *chain = splat_f32(black_box(number as f32));
            }
            for _ in 0..iterations {
                for chain in &mut chains {
                    *chain = multiply_add_f32(one, up, *chain);
                }
                for chain in &mut chains {
                    *chain = multiply_add_f32(one, down, *chain);
                }
            }
            let mut sum = 0.0;
            for chain in chains {
                let mut lanes = [0.0_f32; 2 * $width];
                // SAFETY: the array is as large as the register.
                unsafe { store_f32(lanes.as_mut_ptr(), chain) };
                sum += black_box(lanes).iter().sum::<f32>();
            }
            sum
        }

        #[target_feature(enable = $features)]
        fn pairs_u64(iterations: usize) -> u64 {
            let (mut a, mut b) = ([splat(0); $pairs], [splat(0); $pairs]);
            for pair in 0..$pairs {
                a[pair] = splat(black_box(pair as u64 + 1));
                b[pair] = splat(black_box(2 * pair as u64 + 1));
            }
            for _ in 0..iterations {
                for pair in 0..$pairs {
                    a[pair] = add(a[pair], b[pair]);
                }
                for pair in 0..$pairs {
                    b[pair] = add(b[pair], a[pair]);
                }
            }
            total(&a)
        }
    };
}

pub(super) use vector_kernels;
