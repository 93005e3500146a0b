//! A register full of doubles, in the widest kind that the processor has.

use std::sync::LazyLock;

/// Rows of the highest tile of a dense product.
pub(crate) const MOST_ROWS: usize = 8;

/// A kind of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every processor of this family has.
    Portable,
    /// 256 bits and fused multiply-add.
    Avx2,
    /// 512 bits.
    Avx512,
}

impl Level {
    /// Every kind, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Whether this processor has it.
    #[must_use]
    pub fn is_here(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.is_here(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The widest kind that this processor has.
    #[must_use]
    pub fn best() -> Self {
        static BEST: LazyLock<Level> =
            LazyLock::new(|| Level::ALL.into_iter().rev().find(|level| level.is_here()).unwrap_or(Level::Portable));
        *BEST
    }

    /// Doubles in a register.
    #[must_use]
    pub fn lanes(self) -> usize {
        match self {
            Self::Portable => 2,
            Self::Avx2 => 4,
            Self::Avx512 => 8,
        }
    }

    /// Rows of a tile of a dense product, so that the tile fills the registers.
    #[must_use]
    pub fn rows(self) -> usize {
        match self {
            Self::Portable | Self::Avx2 => 4,
            Self::Avx512 => MOST_ROWS,
        }
    }

    /// Name for the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        }
    }
}

/// A register of `LANES` doubles.
///
/// Its functions are only called inside a function compiled for the kind of register (see `dispatch`), and inlined there.
pub(crate) trait Vector: Copy {
    /// Doubles in it.
    const LANES: usize;
    /// See [`Level::rows`].
    const ROWS: usize;

    /// The same number in every lane.
    ///
    /// # Safety
    /// The processor has this kind of register.
    unsafe fn splat(value: f64) -> Self;

    /// Reads `LANES` doubles.
    ///
    /// # Safety
    /// The processor has this kind of register, and `from` points to as many readable doubles.
    unsafe fn load(from: *const f64) -> Self;

    /// Writes `LANES` doubles.
    ///
    /// # Safety
    /// The processor has this kind of register, and `to` points to room for as many doubles.
    unsafe fn store(self, to: *mut f64);

    /// `self · factor + addend`, rounded once where the processor can.
    ///
    /// # Safety
    /// The processor has this kind of register.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
}

/// As many doubles as the smallest register of any processor holds; the compiler finds the instructions.
#[derive(Clone, Copy)]
pub(crate) struct Pair([f64; 2]);

impl Vector for Pair {
    const LANES: usize = 2;
    const ROWS: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        Self([value; 2])
    }

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller vouches for two doubles.
        Self(unsafe { from.cast::<[f64; 2]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller vouches for room for two doubles.
        unsafe { to.cast::<[f64; 2]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        let one = |i: usize| {
            // Without the instruction, a fused multiply-add is a function call.
            if cfg!(target_arch = "aarch64") {
                self.0[i].mul_add(factor.0[i], addend.0[i])
            } else {
                self.0[i] * factor.0[i] + addend.0[i]
            }
        };
        Self([one(0), one(1)])
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Vector;

    /// 256 bits.
    #[derive(Clone, Copy)]
    pub(crate) struct Four(__m256d);

    impl Vector for Four {
        const LANES: usize = 4;
        const ROWS: usize = 4;

        #[inline(always)]
        unsafe fn splat(value: f64) -> Self {
            // SAFETY: the caller vouches for AVX2.
            Self(unsafe { _mm256_set1_pd(value) })
        }

        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            // SAFETY: the caller vouches for AVX2 and four doubles.
            Self(unsafe { _mm256_loadu_pd(from) })
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            // SAFETY: the caller vouches for AVX2 and room for four doubles.
            unsafe { _mm256_storeu_pd(to, self.0) }
        }

        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the caller vouches for AVX2 and FMA.
            Self(unsafe { _mm256_fmadd_pd(self.0, factor.0, addend.0) })
        }
    }

    /// 512 bits.
    #[derive(Clone, Copy)]
    pub(crate) struct Eight(__m512d);

    impl Vector for Eight {
        const LANES: usize = 8;
        const ROWS: usize = super::MOST_ROWS;

        #[inline(always)]
        unsafe fn splat(value: f64) -> Self {
            // SAFETY: the caller vouches for AVX-512.
            Self(unsafe { _mm512_set1_pd(value) })
        }

        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            // SAFETY: the caller vouches for AVX-512 and eight doubles.
            Self(unsafe { _mm512_loadu_pd(from) })
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            // SAFETY: the caller vouches for AVX-512 and room for eight doubles.
            unsafe { _mm512_storeu_pd(to, self.0) }
        }

        #[inline(always)]
        unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the caller vouches for AVX-512.
            Self(unsafe { _mm512_fmadd_pd(self.0, factor.0, addend.0) })
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Eight, Four};
