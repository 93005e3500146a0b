//! NEON: 128 bits, 32 registers.

use std::arch::aarch64::*;

use half::{bf16, f16};

use super::{Single, Vector};

/// 128 bits.
#[derive(Clone, Copy)]
pub struct Singles(float32x4_t);

impl Vector for Singles {
    type Number = f32;
    const LANES: usize = 4;
    const TILE: (usize, usize) = (8, 3);

    #[inline(always)]
    unsafe fn splat(value: Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { vdupq_n_f32(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers; no alignment is needed.
        Self(unsafe { vld1q_f32(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Number) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers; no alignment is needed.
        unsafe { vst1q_f32(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { vfmaq_f32(addend.0, self.0, factor.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }
}

/// 128 bits.
#[derive(Clone, Copy)]
pub struct Doubles(float64x2_t);

impl Vector for Doubles {
    type Number = f64;
    const LANES: usize = 2;
    const TILE: (usize, usize) = (8, 3);

    #[inline(always)]
    unsafe fn splat(value: Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { vdupq_n_f64(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const Self::Number) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers; no alignment is needed.
        Self(unsafe { vld1q_f64(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut Self::Number) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers; no alignment is needed.
        unsafe { vst1q_f64(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { vfmaq_f64(addend.0, self.0, factor.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller vouches for the registers.
        Self(unsafe { vaddq_f64(self.0, other.0) })
    }
}

impl Single for Singles {
    #[inline(always)]
    unsafe fn load_bf16(from: *const bf16) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers.
        Self(unsafe { vreinterpretq_f32_u32(vshll_n_u16::<16>(vld1_u16(from.cast()))) })
    }

    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut bf16) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers.
        unsafe {
            let bits = vreinterpretq_u32_f32(self.0);
            // Half of the last place that stays, and a little less where that place is even already.
            let odd = vandq_u32(vshrq_n_u32::<16>(bits), vdupq_n_u32(1));
            let rounded = vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
            // What is not a number must not round to infinity.
            let quiet = vorrq_u32(bits, vdupq_n_u32(0x40_0000));
            vst1_u16(to.cast(), vshrn_n_u32::<16>(vbslq_u32(vceqq_f32(self.0, self.0), rounded, quiet)));
        }
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> Self {
        // SAFETY: the caller vouches for the registers, and for as many numbers.
        Self(unsafe { vld1q_f32(from.cast::<[f16; 4]>().read().map(f16::to_f32).as_ptr()) })
    }

    #[inline(always)]
    unsafe fn store_f16(self, to: *mut f16) {
        // SAFETY: the caller vouches for the registers, and for room for as many numbers.
        unsafe {
            let mut numbers = [0.0; 4];
            vst1q_f32(numbers.as_mut_ptr(), self.0);
            to.cast::<[f16; 4]>().write(numbers.map(f16::from_f32));
        }
    }
}
