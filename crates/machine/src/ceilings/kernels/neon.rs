//! NEON: two 64-bit lanes, 32 registers.

use std::arch::aarch64::*;

use super::vector::vector_kernels;

type Word = uint64x2_t;

vector_kernels! {
    name: "NEON",
    features: "neon",
    // Large cores start four multiply-adds in a cycle, which take four: sixteen chains are needed.
    chains: 24,
    pairs: 12,
    width: 2,
    // There is no such store in NEON; the cores notice long runs of stores themselves.
    copy_past_cache: None,
}

#[inline]
#[target_feature(enable = "neon")]
unsafe fn load(from: *const u64) -> Word {
    // SAFETY: the caller names two readable words.
    unsafe { vld1q_u64(from) }
}

#[inline]
#[target_feature(enable = "neon")]
unsafe fn store(to: *mut u64, word: Word) {
    // SAFETY: the caller names two writable words.
    unsafe { vst1q_u64(to, word) }
}

#[inline]
#[target_feature(enable = "neon")]
fn add(a: Word, b: Word) -> Word {
    vaddq_u64(a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn splat(value: u64) -> Word {
    vdupq_n_u64(value)
}

#[inline]
#[target_feature(enable = "neon")]
fn splat_f64(value: f64) -> float64x2_t {
    vdupq_n_f64(value)
}

#[inline]
#[target_feature(enable = "neon")]
fn splat_f32(value: f32) -> float32x4_t {
    vdupq_n_f32(value)
}

#[inline]
#[target_feature(enable = "neon")]
fn multiply_add_f64(a: float64x2_t, b: float64x2_t, c: float64x2_t) -> float64x2_t {
    vfmaq_f64(c, a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn multiply_add_f32(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
    vfmaq_f32(c, a, b)
}

#[inline]
#[target_feature(enable = "neon")]
unsafe fn store_f64(to: *mut f64, value: float64x2_t) {
    // SAFETY: the caller names two writable numbers.
    unsafe { vst1q_f64(to, value) }
}

#[inline]
#[target_feature(enable = "neon")]
unsafe fn store_f32(to: *mut f32, value: float32x4_t) {
    // SAFETY: the caller names four writable numbers.
    unsafe { vst1q_f32(to, value) }
}
