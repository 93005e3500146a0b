//! From an element type and a way to write the kernels to the table of functions.

use super::simd::{self, Level};
use super::{Element, Kernels, auto, multiversion, scalar};

/// A way to write the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// One element per instruction.
    Scalar,
    /// Vectors by the compiler, for the build's target.
    Auto,
    /// Vectors by the compiler, for an instruction set.
    Multiversion(Level),
    /// Vectors written out for an instruction set.
    Simd(Level),
}

/// Element types that have every table. A level that is not here falls back to the portable one.
pub trait Tables: Element {
    /// The kernels of a family.
    fn kernels(family: Family) -> Kernels<Self>;
}

macro_rules! tables {
    ($element:ident, $kernels:ident, $avx512:ident, $avx2:ident, $neon:ident) => {
        impl Tables for $element {
            fn kernels(family: Family) -> Kernels<Self> {
                match family {
                    Family::Scalar => scalar::$kernels(),
                    Family::Auto => auto::$kernels(),
                    Family::Multiversion(level) => multiversion::$kernels(level),
                    Family::Simd(level) => match level.checked() {
                        #[cfg(target_arch = "x86_64")]
                        Level::Avx512 => simd::avx512::$kernels::<simd::avx512::$avx512>(),
                        #[cfg(target_arch = "x86_64")]
                        Level::Avx2 => simd::avx2::$kernels::<simd::avx2::$avx2>(),
                        #[cfg(target_arch = "aarch64")]
                        Level::Neon => simd::neon::$kernels::<simd::neon::$neon>(),
                        _ => simd::portable::$kernels(),
                    },
                }
            }
        }
    };
}

tables!(f64, float_kernels, F64x8, F64x4, F64x2);
tables!(f32, float_kernels, F32x16, F32x8, F32x4);
tables!(i64, kernels, I64x8, I64x4, I64x2);
