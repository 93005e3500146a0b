//! AVX2 with FMA: four 64-bit lanes, 16 registers.

use std::arch::x86_64::*;

use super::vector::vector_kernels;

type Word = __m256i;

vector_kernels! {
    name: "AVX2",
    features: "avx2,fma",
    // Two multiply-adds start in a cycle and take four or five: ten chains are needed, fourteen registers are free.
    chains: 12,
    pairs: 6,
    width: 4,
    copy_past_cache: Some(copy_past_cache),
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load(from: *const u64) -> Word {
    // SAFETY: the caller names a readable register's worth of words; no alignment is needed.
    unsafe { _mm256_loadu_si256(from.cast()) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store(to: *mut u64, word: Word) {
    // SAFETY: the caller names a writable register's worth of words; no alignment is needed.
    unsafe { _mm256_storeu_si256(to.cast(), word) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn add(a: Word, b: Word) -> Word {
    _mm256_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn splat(value: u64) -> Word {
    _mm256_set1_epi64x(value.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn splat_f64(value: f64) -> __m256d {
    _mm256_set1_pd(value)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn splat_f32(value: f32) -> __m256 {
    _mm256_set1_ps(value)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn multiply_add_f64(a: __m256d, b: __m256d, c: __m256d) -> __m256d {
    _mm256_fmadd_pd(a, b, c)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn multiply_add_f32(a: __m256, b: __m256, c: __m256) -> __m256 {
    _mm256_fmadd_ps(a, b, c)
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store_f64(to: *mut f64, value: __m256d) {
    // SAFETY: the caller names a writable register's worth of numbers.
    unsafe { _mm256_storeu_pd(to, value) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store_f32(to: *mut f32, value: __m256) {
    // SAFETY: the caller names a writable register's worth of numbers.
    unsafe { _mm256_storeu_ps(to, value) }
}

/// Copies with stores that go past the caches; `to` starts on a cache line.
#[target_feature(enable = "avx2,fma")]
unsafe fn copy_past_cache(to: &mut [u64], from: &[u64], passes: usize) {
    for _ in 0..passes {
        let blocks = black_box(&mut *to).chunks_exact_mut(BLOCK).zip(black_box(from).chunks_exact(BLOCK));
        for (to, from) in blocks {
            for register in 0..REGISTERS {
                // SAFETY: both blocks have REGISTERS registers' worth of words; `to` is borrowed for writing, and as it
                // starts on a cache line, so does every block.
                unsafe {
                    let offset = register * 4;
                    _mm256_stream_si256(to.as_mut_ptr().add(offset).cast(), load(from.as_ptr().add(offset)));
                }
            }
        }
    }
    // Such stores are ordered with nothing: the copy is done only when they are.
    _mm_sfence();
}
