//! AVX-512: eight 64-bit lanes, 32 registers.

use std::arch::x86_64::*;

use super::vector::vector_kernels;

type Word = __m512i;

vector_kernels! {
    name: "AVX-512",
    features: "avx512f",
    // At most two multiply-adds start in a cycle and take four or five: ten chains would do, sixteen leave room.
    chains: 16,
    pairs: 12,
    width: 8,
    copy_past_cache: Some(copy_past_cache),
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load(from: *const u64) -> Word {
    // SAFETY: the caller names a readable register's worth of words; no alignment is needed.
    unsafe { _mm512_loadu_si512(from.cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store(to: *mut u64, word: Word) {
    // SAFETY: the caller names a writable register's worth of words; no alignment is needed.
    unsafe { _mm512_storeu_si512(to.cast(), word) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(a: Word, b: Word) -> Word {
    _mm512_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(value: u64) -> Word {
    _mm512_set1_epi64(value.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat_f64(value: f64) -> __m512d {
    _mm512_set1_pd(value)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat_f32(value: f32) -> __m512 {
    _mm512_set1_ps(value)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn multiply_add_f64(a: __m512d, b: __m512d, c: __m512d) -> __m512d {
    _mm512_fmadd_pd(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn multiply_add_f32(a: __m512, b: __m512, c: __m512) -> __m512 {
    _mm512_fmadd_ps(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_f64(to: *mut f64, value: __m512d) {
    // SAFETY: the caller names a writable register's worth of numbers.
    unsafe { _mm512_storeu_pd(to, value) }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_f32(to: *mut f32, value: __m512) {
    // SAFETY: the caller names a writable register's worth of numbers.
    unsafe { _mm512_storeu_ps(to, value) }
}

/// Copies with stores that go past the caches; `to` starts on a cache line.
#[target_feature(enable = "avx512f")]
unsafe fn copy_past_cache(to: &mut [u64], from: &[u64], passes: usize) {
    for _ in 0..passes {
        let blocks = black_box(&mut *to).chunks_exact_mut(BLOCK).zip(black_box(from).chunks_exact(BLOCK));
        for (to, from) in blocks {
            for register in 0..REGISTERS {
                // SAFETY: both blocks have REGISTERS registers' worth of words; `to` is borrowed for writing, and as it
                // starts on a cache line, so does every block.
                unsafe {
                    let offset = register * 8;
                    _mm512_stream_si512(to.as_mut_ptr().add(offset).cast(), load(from.as_ptr().add(offset)));
                }
            }
        }
    }
    // Such stores are ordered with nothing: the copy is done only when they are.
    _mm_sfence();
}
