//! The loops of [`super::auto`], compiled once more for each newer instruction set.
//!
//! This is all that it takes to leave the oldest processor behind without a build for each machine: the same source, an
//! attribute, and a question to the processor at run time.

use super::simd::Level;
use super::{Element, Float, Kernels, auto};

/// The kernels of an element type for an instruction set, without the sigmoid.
pub(super) fn kernels<T: Element>(level: Level) -> Kernels<T> {
    match level.checked() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => avx512::kernels(),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::kernels(),
        _ => auto::kernels(),
    }
}

/// The kernels of a type with fractions for an instruction set.
pub(super) fn float_kernels<T: Float>(level: Level) -> Kernels<T> {
    match level.checked() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => avx512::float_kernels(),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::float_kernels(),
        _ => auto::float_kernels(),
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! versions {
    ($(#[$doc:meta])* $name:ident, $features:literal) => {
        $(#[$doc])*
        mod $name {
            use super::{Element, Float, Kernels, auto};

            pub(super) fn kernels<T: Element>() -> Kernels<T> {
                Kernels { square, square_past_caches: square, sum, dot, filter, sigmoid: None }
            }

            pub(super) fn float_kernels<T: Float>() -> Kernels<T> {
                Kernels { sigmoid: Some(sigmoid), ..kernels() }
            }

            #[target_feature(enable = $features)]
            fn square<T: Element>(x: &[T], y: &mut [T]) {
                auto::square(x, y);
            }

            #[target_feature(enable = $features)]
            fn sigmoid<T: Float>(x: &[T], y: &mut [T]) {
                auto::sigmoid::<T, true>(x, y);
            }

            #[target_feature(enable = $features)]
            fn sum<T: Element>(x: &[T]) -> T::Total {
                auto::sum(x)
            }

            #[target_feature(enable = $features)]
            fn dot<T: Element>(x: &[T], y: &[T]) -> T::Total {
                auto::dot::<T, true>(x, y)
            }

            #[target_feature(enable = $features)]
            fn filter<T: Element>(x: &[T], threshold: T) -> (u64, T::Total) {
                auto::filter(x, threshold)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
versions!(
    /// 32 registers of 8 doubles.
    avx512,
    "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"
);
#[cfg(target_arch = "x86_64")]
versions!(
    /// 16 registers of 4 doubles.
    avx2,
    "avx2,fma"
);
