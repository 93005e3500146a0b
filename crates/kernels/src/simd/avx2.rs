//! AVX2, fused multiply-add and conversion of f16: 256 bits, 16 registers.

use std::arch::x86_64::*;

use half::{bf16, f16};

use super::{Single, Vector};

/// 256 bits.
#[derive(Clone, Copy)]
pub struct Singles(__m256);

impl Vector for Singles {
    type Number = f32;
    const LANES: usize = 8;
    const TILE: (usize, usize) = (4, 3);

    #[inline(always)]
    unsafe fn splat(value: Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers; no alignment is needed.
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Number) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers; no alignment is needed.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }
}

/// 256 bits.
#[derive(Clone, Copy)]
pub struct Doubles(__m256d);

impl Vector for Doubles {
    type Number = f64;
    const LANES: usize = 4;
    const TILE: (usize, usize) = (4, 3);

    #[inline(always)]
    unsafe fn splat(value: Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm256_set1_pd(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers; no alignment is needed.
        Self(unsafe { _mm256_loadu_pd(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Number) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers; no alignment is needed.
        unsafe { _mm256_storeu_pd(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm256_fmadd_pd(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm256_add_pd(self.0, other.0) })
    }
}

impl Single for Singles {
    #[inline(always)]
    unsafe fn load_bf16(from: *const bf16) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers.
        Self(unsafe {
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()))))
        })
    }

    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut bf16) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers.
        unsafe {
            let bits = _mm256_castps_si256(self.0);
            // Half of the last place that stays, and a little less where that place is even already.
            let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
            let rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
            // What is not a number must not round to infinity.
            let quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x40_0000));
            let nan = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0));
            let high = _mm256_srli_epi32::<16>(_mm256_blendv_epi8(rounded, quiet, nan));
            let packed = _mm256_permute4x64_epi64::<0b1000>(_mm256_packus_epi32(high, high));
            _mm_storeu_si128(to.cast(), _mm256_castsi256_si128(packed));
        }
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers.
        Self(unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) })
    }

    #[inline(always)]
    unsafe fn store_f16(self, to: *mut f16) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers.
        unsafe {
            _mm_storeu_si128(to.cast(), _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(self.0));
        }
    }
}
