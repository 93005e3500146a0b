//! 512-bit registers of x86-64: masks for tails and comparisons, a multiplication of 64-bit integers.

use std::arch::x86_64::*;

use super::vector::{FloatVector, Vector};

entry_points!("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma");

/// Eight doubles.
#[derive(Clone, Copy)]
pub(crate) struct F64x8(__m512d);
/// Sixteen floats.
#[derive(Clone, Copy)]
pub(crate) struct F32x16(__m512);
/// Eight integers.
#[derive(Clone, Copy)]
pub(crate) struct I64x8(__m512i);

operations! {
    Vector for F64x8 {
        type Element = f64;
        type Mask = __mmask8;
        type Counter = __m512i;
        const LANES: usize = 8;
        fn load(from: *const f64) -> Self = Self(_mm512_loadu_pd(from));
        fn load_first(from: *const f64, count: usize) -> Self = Self(_mm512_maskz_loadu_pd(first8(count), from));
        fn store(self, to: *mut f64) -> () = _mm512_storeu_pd(to, self.0);
        fn store_first(self, to: *mut f64, count: usize) -> () = _mm512_mask_storeu_pd(to, first8(count), self.0);
        fn stream(self, to: *mut f64) -> () = _mm512_stream_pd(to, self.0);
        fn fence() -> () = _mm_sfence();
        fn splat(value: f64) -> Self = Self(_mm512_set1_pd(value));
        fn plus(self, other: Self) -> Self = Self(_mm512_add_pd(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(_mm512_mul_pd(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(_mm512_fmadd_pd(self.0, factor.0, addend.0));
        fn add_lanes(self) -> f64 = _mm512_reduce_add_pd(self.0);
        fn above(self, other: Self) -> __mmask8 = _mm512_cmp_pd_mask::<_CMP_GT_OQ>(self.0, other.0);
        fn add_where(self, mask: __mmask8, sums: Self) -> Self = Self(_mm512_mask_add_pd(sums.0, mask, sums.0, self.0));
        fn counter() -> __m512i = _mm512_setzero_si512();
        fn count(counter: __m512i, mask: __mmask8) -> __m512i =
            _mm512_mask_add_epi64(counter, mask, counter, _mm512_set1_epi64(1));
        fn counted(counter: __m512i) -> u64 = _mm512_reduce_add_epi64(counter).cast_unsigned();
    }
}

operations! {
    FloatVector for F64x8 {
        fn minus(self, other: Self) -> Self = Self(_mm512_sub_pd(self.0, other.0));
        fn over(self, other: Self) -> Self = Self(_mm512_div_pd(self.0, other.0));
        fn at_most(self, limit: Self) -> Self = Self(_mm512_min_pd(limit.0, self.0));
        fn at_least(self, limit: Self) -> Self = Self(_mm512_max_pd(limit.0, self.0));
        fn power_of_two(self) -> Self = Self(_mm512_castsi512_pd(_mm512_add_epi64(
            _mm512_slli_epi64::<52>(_mm512_castpd_si512(self.0)),
            _mm512_set1_epi64(1023 << 52),
        )));
    }
}

operations! {
    Vector for F32x16 {
        type Element = f32;
        type Mask = __mmask16;
        type Counter = __m512i;
        const LANES: usize = 16;
        fn load(from: *const f32) -> Self = Self(_mm512_loadu_ps(from));
        fn load_first(from: *const f32, count: usize) -> Self = Self(_mm512_maskz_loadu_ps(first16(count), from));
        fn store(self, to: *mut f32) -> () = _mm512_storeu_ps(to, self.0);
        fn store_first(self, to: *mut f32, count: usize) -> () = _mm512_mask_storeu_ps(to, first16(count), self.0);
        fn stream(self, to: *mut f32) -> () = _mm512_stream_ps(to, self.0);
        fn fence() -> () = _mm_sfence();
        fn splat(value: f32) -> Self = Self(_mm512_set1_ps(value));
        fn plus(self, other: Self) -> Self = Self(_mm512_add_ps(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(_mm512_mul_ps(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(_mm512_fmadd_ps(self.0, factor.0, addend.0));
        fn add_lanes(self) -> f32 = _mm512_reduce_add_ps(self.0);
        fn above(self, other: Self) -> __mmask16 = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0);
        fn add_where(self, mask: __mmask16, sums: Self) -> Self = Self(_mm512_mask_add_ps(sums.0, mask, sums.0, self.0));
        fn counter() -> __m512i = _mm512_setzero_si512();
        fn count(counter: __m512i, mask: __mmask16) -> __m512i =
            _mm512_mask_add_epi32(counter, mask, counter, _mm512_set1_epi32(1));
        fn counted(counter: __m512i) -> u64 = u64::from(_mm512_reduce_add_epi32(counter).cast_unsigned());
    }
}

operations! {
    FloatVector for F32x16 {
        fn minus(self, other: Self) -> Self = Self(_mm512_sub_ps(self.0, other.0));
        fn over(self, other: Self) -> Self = Self(_mm512_div_ps(self.0, other.0));
        fn at_most(self, limit: Self) -> Self = Self(_mm512_min_ps(limit.0, self.0));
        fn at_least(self, limit: Self) -> Self = Self(_mm512_max_ps(limit.0, self.0));
        fn power_of_two(self) -> Self = Self(_mm512_castsi512_ps(_mm512_add_epi32(
            _mm512_slli_epi32::<23>(_mm512_castps_si512(self.0)),
            _mm512_set1_epi32(127 << 23),
        )));
    }
}

operations! {
    Vector for I64x8 {
        type Element = i64;
        type Mask = __mmask8;
        type Counter = __m512i;
        const LANES: usize = 8;
        fn load(from: *const i64) -> Self = Self(_mm512_loadu_epi64(from));
        fn load_first(from: *const i64, count: usize) -> Self = Self(_mm512_maskz_loadu_epi64(first8(count), from));
        fn store(self, to: *mut i64) -> () = _mm512_storeu_epi64(to, self.0);
        fn store_first(self, to: *mut i64, count: usize) -> () = _mm512_mask_storeu_epi64(to, first8(count), self.0);
        fn stream(self, to: *mut i64) -> () = _mm512_stream_si512(to.cast(), self.0);
        fn fence() -> () = _mm_sfence();
        fn splat(value: i64) -> Self = Self(_mm512_set1_epi64(value));
        fn plus(self, other: Self) -> Self = Self(_mm512_add_epi64(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(_mm512_mullo_epi64(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self =
            Self(_mm512_add_epi64(_mm512_mullo_epi64(self.0, factor.0), addend.0));
        fn add_lanes(self) -> i64 = _mm512_reduce_add_epi64(self.0);
        fn above(self, other: Self) -> __mmask8 = _mm512_cmpgt_epi64_mask(self.0, other.0);
        fn add_where(self, mask: __mmask8, sums: Self) -> Self =
            Self(_mm512_mask_add_epi64(sums.0, mask, sums.0, self.0));
        fn counter() -> __m512i = _mm512_setzero_si512();
        fn count(counter: __m512i, mask: __mmask8) -> __m512i =
            _mm512_mask_add_epi64(counter, mask, counter, _mm512_set1_epi64(1));
        fn counted(counter: __m512i) -> u64 = _mm512_reduce_add_epi64(counter).cast_unsigned();
    }
}

/// The mask of the first `count < 8` lanes.
#[inline(always)]
fn first8(count: usize) -> __mmask8 {
    (1 << count) - 1
}

/// The mask of the first `count < 16` lanes.
#[inline(always)]
fn first16(count: usize) -> __mmask16 {
    (1 << count) - 1
}
