//! The loops in plain Rust, with running sums side by side that the compiler turns into vectors of the build's target.

use half::{bf16, f16};

/// Running sums: one would wait for itself.
const LANES: usize = 16;

/// Defines the products of a stored type, from how an element of each side becomes a number.
macro_rules! products {
    ($(#[$doc:meta])* $name:ident($stored:ty, $query:ty) -> $score:ty, $widen:expr) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// None needed: it has the signature of its siblings that do.
        pub(super) unsafe fn $name<const R: usize, const N: usize>(
            rows: [&[$stored]; R],
            queries: [&[$query]; N],
        ) -> [[$score; N]; R] {
            let widen = $widen;
            rows.map(|row| {
                queries.map(|query| {
                    let mut sums = [<$score>::default(); LANES];
                    let (head, tail) = row.as_chunks::<LANES>();
                    let (query_head, query_tail) = query.as_chunks::<LANES>();
                    for (a, b) in head.iter().zip(query_head) {
                        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                            *sum += widen(a) * <$score>::from(b);
                        }
                    }
                    let rest: $score = tail.iter().zip(query_tail).map(|(&a, &b)| widen(a) * <$score>::from(b)).sum();
                    sums.iter().sum::<$score>() + rest
                })
            })
        }
    };
}

products!(/** Double precision. */ doubles(f64, f64) -> f64, |value: f64| value);
products!(/** Single precision. */ floats(f32, f32) -> f32, |value: f32| value);
products!(/** Half precision, computed in single. */ halves(f16, f32) -> f32, f16::to_f32);
products!(/** Brain floats, computed in single. */ brains(bf16, f32) -> f32, bf16::to_f32);
products!(/** Bytes, exact. */ bytes(u8, i8) -> i32, |value: u8| i32::from(value));
