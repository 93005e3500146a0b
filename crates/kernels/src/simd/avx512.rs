//! AVX-512: 512 bits, 32 registers.

use std::arch::x86_64::*;

use half::{bf16, f16};

use super::{Single, Vector};

/// 512 bits.
#[derive(Clone, Copy)]
pub struct Singles(__m512);

impl Vector for Singles {
    type Number = f32;
    const LANES: usize = 16;
    const TILE: (usize, usize) = (12, 2);

    #[inline(always)]
    unsafe fn splat(value: Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers; no alignment is needed.
        Self(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Number) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers; no alignment is needed.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }
}

/// 512 bits.
#[derive(Clone, Copy)]
pub struct Doubles(__m512d);

impl Vector for Doubles {
    type Number = f64;
    const LANES: usize = 8;
    const TILE: (usize, usize) = (12, 2);

    #[inline(always)]
    unsafe fn splat(value: Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm512_set1_pd(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers; no alignment is needed.
        Self(unsafe { _mm512_loadu_pd(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Number) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers; no alignment is needed.
        unsafe { _mm512_storeu_pd(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm512_fmadd_pd(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { _mm512_add_pd(self.0, other.0) })
    }
}

impl Single for Singles {
    #[inline(always)]
    unsafe fn load_bf16(from: *const bf16) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers.
        Self(unsafe {
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()))))
        })
    }

    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut bf16) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers.
        unsafe {
            let bits = _mm512_castps_si512(self.0);
            // Half of the last place that stays, and a little less where that place is even already.
            let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
            let rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
            // What is not a number must not round to infinity.
            let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
            let rounded = _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x40_0000));
            _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(rounded)));
        }
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers.
        Self(unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) })
    }

    #[inline(always)]
    unsafe fn store_f16(self, to: *mut f16) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers.
        unsafe {
            _mm256_storeu_si256(to.cast(), _mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(self.0));
        }
    }
}
