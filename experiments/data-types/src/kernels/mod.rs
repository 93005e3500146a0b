//! The hot loops of this chapter: products of a stored vector with queries, in every type, and distances between bits.
//!
//! Nothing here allocates, reads a clock or knows about cases. Each loop is written with the intrinsics of the instruction
//! sets that help it (`x86`), and once in plain Rust (`portable`), which serves everywhere else; which of them runs is asked of the
//! processor once, when a table of functions is made ([`Stored::dots`], [`bits::distances`]).
//!
//! Four stored vectors meet four queries at a time: each is loaded, and converted, once for four products.

pub mod bits;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use half::{bf16, f16};

/// The products of `R` stored vectors with each of `N` queries.
type Products<S, const R: usize, const N: usize> =
    unsafe fn([&[S]; R], [&[<S as Stored>::Query]; N]) -> [[<S as Stored>::Score; N]; R];

/// The loops over one type of stored vector.
///
/// The functions need the instruction set that they were compiled for, and slices of equal length. Tables are made here
/// alone, after asking the processor; the methods check the lengths.
#[derive(Clone, Copy, Debug)]
pub struct Dots<S: Stored> {
    one: Products<S, 1, 1>,
    tile: Products<S, 4, 4>,
    /// The instruction set, as processors' manuals write it.
    pub level: &'static str,
}

impl<S: Stored> Dots<S> {
    /// The product of a vector with a query.
    ///
    /// # Panics
    /// If the lengths differ.
    #[inline]
    #[must_use]
    pub fn one(&self, stored: &[S], query: &[S::Query]) -> S::Score {
        assert_eq!(stored.len(), query.len(), "the vectors differ in length");
        // SAFETY: equal lengths were checked; the table exists, so the processor has its instructions.
        let [[product]] = unsafe { (self.one)([stored], [query]) };
        product
    }

    /// The products of four vectors with four queries: a row for each vector.
    ///
    /// # Panics
    /// If a length differs.
    #[inline]
    #[must_use]
    pub fn tile(&self, stored: [&[S]; 4], queries: [&[S::Query]; 4]) -> [[S::Score; 4]; 4] {
        let len = stored[0].len();
        let equal = stored.iter().all(|row| row.len() == len) && queries.iter().all(|query| query.len() == len);
        assert!(equal, "the vectors differ in length");
        // SAFETY: equal lengths were checked; the table exists, so the processor has its instructions.
        unsafe { (self.tile)(stored, queries) }
    }
}

/// A type that vectors are stored in.
pub trait Stored: Copy + Send + Sync + 'static {
    /// What queries are made of.
    type Query: Copy + Send + Sync + 'static;
    /// What a product is.
    type Score: Copy;

    /// The best loops for this processor.
    fn dots() -> Dots<Self>;

    /// Every table that this processor can run, the plainest first; for tests.
    fn all() -> Vec<Dots<Self>>;
}

/// Implements [`Stored`]: the tables from the best to the portable one, each with the features that it needs.
macro_rules! stored {
    ($type:ty, $query:ty, $score:ty, $portable:ident, [$($name:literal: $function:ident, $tile:ident if $($feature:tt)&&+),*]) => {
        impl Stored for $type {
            type Query = $query;
            type Score = $score;

            fn dots() -> Dots<Self> {
                // The portable table is always there.
                let portable = Dots { one: portable::$portable::<1, 1>, tile: portable::$portable::<4, 4>, level: "portable" };
                Self::all().pop().unwrap_or(portable)
            }

            fn all() -> Vec<Dots<Self>> {
                #[allow(unused_mut, reason = "other processors have the portable loops alone")]
                let mut tables =
                    vec![Dots { one: portable::$portable::<1, 1>, tile: portable::$portable::<4, 4>, level: "portable" }];
                $(
                    #[cfg(target_arch = "x86_64")]
                    if $(is_x86_feature_detected!($feature))&&+ {
                        tables.push(Dots { one: x86::$function::<1, 1>, tile: x86::$tile, level: $name });
                    }
                )*
                tables
            }
        }
    };
}

stored!(f64, f64, f64, doubles, [
    "AVX2": f64_avx2, f64_avx2_tile if "avx2" && "fma",
    "AVX-512": f64_avx512, f64_avx512_tile if "avx512f" && "fma"
]);
stored!(f32, f32, f32, floats, [
    "AVX2": f32_avx2, f32_avx2_tile if "avx2" && "fma",
    "AVX-512": f32_avx512, f32_avx512_tile if "avx512f" && "fma"
]);
stored!(f16, f32, f32, halves, [
    "AVX2, F16C": f16_avx2, f16_avx2_tile if "avx2" && "fma" && "f16c",
    "AVX-512": f16_avx512, f16_avx512_tile if "avx512f" && "avx512bw" && "avx512vl" && "fma"
]);
stored!(bf16, f32, f32, brains, [
    "AVX2": bf16_avx2, bf16_avx2_tile if "avx2" && "fma",
    "AVX-512": bf16_avx512, bf16_avx512_tile if "avx512f" && "avx512bw" && "avx512vl" && "fma"
]);
// Bytes are stored with an offset of 128, as the instruction wants them: unsigned times signed.
stored!(u8, i8, i32, bytes, [
    "AVX2": u8_avx2, u8_avx2_tile if "avx2",
    "AVX-VNNI": u8_avx_vnni, u8_avx_vnni_tile if "avx2" && "avxvnni",
    "AVX-512 VNNI": u8_avx512_vnni, u8_avx512_vnni_tile if "avx512f" && "avx512bw" && "avx512vnni"
]);
