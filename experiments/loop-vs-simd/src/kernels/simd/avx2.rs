//! 256-bit registers of x86-64, with fused multiply-add.

use std::arch::x86_64::*;

use super::vector::{FloatVector, Vector};

entry_points!("avx2,fma");

/// Four doubles.
#[derive(Clone, Copy)]
pub(crate) struct F64x4(__m256d);
/// Eight floats.
#[derive(Clone, Copy)]
pub(crate) struct F32x8(__m256);
/// Four integers.
#[derive(Clone, Copy)]
pub(crate) struct I64x4(__m256i);

operations! {
    Vector for F64x4 {
        type Element = f64;
        type Mask = __m256d;
        type Counter = __m256i;
        const LANES: usize = 4;
        fn load(from: *const f64) -> Self = Self(_mm256_loadu_pd(from));
        fn load_first(from: *const f64, count: usize) -> Self = Self(_mm256_maskload_pd(from, first4(count)));
        fn store(self, to: *mut f64) -> () = _mm256_storeu_pd(to, self.0);
        fn store_first(self, to: *mut f64, count: usize) -> () = _mm256_maskstore_pd(to, first4(count), self.0);
        fn stream(self, to: *mut f64) -> () = _mm256_stream_pd(to, self.0);
        fn fence() -> () = _mm_sfence();
        fn splat(value: f64) -> Self = Self(_mm256_set1_pd(value));
        fn plus(self, other: Self) -> Self = Self(_mm256_add_pd(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(_mm256_mul_pd(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(_mm256_fmadd_pd(self.0, factor.0, addend.0));
        fn add_lanes(self) -> f64 = {
            let mut lanes = [0.0; 4];
            _mm256_storeu_pd(lanes.as_mut_ptr(), self.0);
            (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
        };
        fn above(self, other: Self) -> __m256d = _mm256_cmp_pd::<_CMP_GT_OQ>(self.0, other.0);
        fn add_where(self, mask: __m256d, sums: Self) -> Self = Self(_mm256_add_pd(sums.0, _mm256_and_pd(self.0, mask)));
        fn counter() -> __m256i = _mm256_setzero_si256();
        // A set lane is −1 as an integer.
        fn count(counter: __m256i, mask: __m256d) -> __m256i = _mm256_sub_epi64(counter, _mm256_castpd_si256(mask));
        fn counted(counter: __m256i) -> u64 = add_u64(counter);
    }
}

operations! {
    FloatVector for F64x4 {
        fn minus(self, other: Self) -> Self = Self(_mm256_sub_pd(self.0, other.0));
        fn over(self, other: Self) -> Self = Self(_mm256_div_pd(self.0, other.0));
        fn at_most(self, limit: Self) -> Self = Self(_mm256_min_pd(limit.0, self.0));
        fn at_least(self, limit: Self) -> Self = Self(_mm256_max_pd(limit.0, self.0));
        fn power_of_two(self) -> Self = Self(_mm256_castsi256_pd(_mm256_add_epi64(
            _mm256_slli_epi64::<52>(_mm256_castpd_si256(self.0)),
            _mm256_set1_epi64x(1023 << 52),
        )));
    }
}

operations! {
    Vector for F32x8 {
        type Element = f32;
        type Mask = __m256;
        type Counter = __m256i;
        const LANES: usize = 8;
        fn load(from: *const f32) -> Self = Self(_mm256_loadu_ps(from));
        fn load_first(from: *const f32, count: usize) -> Self = Self(_mm256_maskload_ps(from, first8(count)));
        fn store(self, to: *mut f32) -> () = _mm256_storeu_ps(to, self.0);
        fn store_first(self, to: *mut f32, count: usize) -> () = _mm256_maskstore_ps(to, first8(count), self.0);
        fn stream(self, to: *mut f32) -> () = _mm256_stream_ps(to, self.0);
        fn fence() -> () = _mm_sfence();
        fn splat(value: f32) -> Self = Self(_mm256_set1_ps(value));
        fn plus(self, other: Self) -> Self = Self(_mm256_add_ps(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(_mm256_mul_ps(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(_mm256_fmadd_ps(self.0, factor.0, addend.0));
        fn add_lanes(self) -> f32 = {
            let mut lanes = [0.0; 8];
            _mm256_storeu_ps(lanes.as_mut_ptr(), self.0);
            ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
        };
        fn above(self, other: Self) -> __m256 = _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0);
        fn add_where(self, mask: __m256, sums: Self) -> Self = Self(_mm256_add_ps(sums.0, _mm256_and_ps(self.0, mask)));
        fn counter() -> __m256i = _mm256_setzero_si256();
        // A set lane is −1 as an integer.
        fn count(counter: __m256i, mask: __m256) -> __m256i = _mm256_sub_epi32(counter, _mm256_castps_si256(mask));
        fn counted(counter: __m256i) -> u64 = {
            let mut lanes = [0_u32; 8];
            _mm256_storeu_si256(lanes.as_mut_ptr().cast(), counter);
            let mut all = 0;
            for lane in lanes {
                all += u64::from(lane);
            }
            all
        };
    }
}

operations! {
    FloatVector for F32x8 {
        fn minus(self, other: Self) -> Self = Self(_mm256_sub_ps(self.0, other.0));
        fn over(self, other: Self) -> Self = Self(_mm256_div_ps(self.0, other.0));
        fn at_most(self, limit: Self) -> Self = Self(_mm256_min_ps(limit.0, self.0));
        fn at_least(self, limit: Self) -> Self = Self(_mm256_max_ps(limit.0, self.0));
        fn power_of_two(self) -> Self = Self(_mm256_castsi256_ps(_mm256_add_epi32(
            _mm256_slli_epi32::<23>(_mm256_castps_si256(self.0)),
            _mm256_set1_epi32(127 << 23),
        )));
    }
}

operations! {
    Vector for I64x4 {
        type Element = i64;
        type Mask = __m256i;
        type Counter = __m256i;
        const LANES: usize = 4;
        fn load(from: *const i64) -> Self = Self(_mm256_loadu_si256(from.cast()));
        fn load_first(from: *const i64, count: usize) -> Self = Self(_mm256_maskload_epi64(from, first4(count)));
        fn store(self, to: *mut i64) -> () = _mm256_storeu_si256(to.cast(), self.0);
        fn store_first(self, to: *mut i64, count: usize) -> () = _mm256_maskstore_epi64(to, first4(count), self.0);
        fn stream(self, to: *mut i64) -> () = _mm256_stream_si256(to.cast(), self.0);
        fn fence() -> () = _mm_sfence();
        fn splat(value: i64) -> Self = Self(_mm256_set1_epi64x(value));
        fn plus(self, other: Self) -> Self = Self(_mm256_add_epi64(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(multiply(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self =
            Self(_mm256_add_epi64(multiply(self.0, factor.0), addend.0));
        fn add_lanes(self) -> i64 = add_u64(self.0).cast_signed();
        fn above(self, other: Self) -> __m256i = _mm256_cmpgt_epi64(self.0, other.0);
        fn add_where(self, mask: __m256i, sums: Self) -> Self =
            Self(_mm256_add_epi64(sums.0, _mm256_and_si256(self.0, mask)));
        fn counter() -> __m256i = _mm256_setzero_si256();
        // A set lane is −1.
        fn count(counter: __m256i, mask: __m256i) -> __m256i = _mm256_sub_epi64(counter, mask);
        fn counted(counter: __m256i) -> u64 = add_u64(counter);
    }
}

/// The product modulo 2⁶⁴ from three products of halves; AVX2 has no multiplication of 64-bit integers.
#[target_feature(enable = "avx2")]
#[inline]
fn multiply(a: __m256i, b: __m256i) -> __m256i {
    let low = _mm256_mul_epu32(a, b);
    let cross = _mm256_mullo_epi32(a, _mm256_shuffle_epi32::<0b10_11_00_01>(b));
    let cross = _mm256_add_epi32(cross, _mm256_slli_epi64::<32>(cross));
    let high = _mm256_and_si256(cross, _mm256_set1_epi64x(!0xFFFF_FFFF));
    _mm256_add_epi64(low, high)
}

#[target_feature(enable = "avx2")]
#[inline]
fn add_u64(vector: __m256i) -> u64 {
    let mut lanes = [0_u64; 4];
    // SAFETY: the array is as long as the register.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), vector) };
    lanes[0].wrapping_add(lanes[1]).wrapping_add(lanes[2]).wrapping_add(lanes[3])
}

/// The mask of the first `count < 4` lanes.
#[target_feature(enable = "avx2")]
#[inline]
fn first4(count: usize) -> __m256i {
    _mm256_cmpgt_epi64(_mm256_set1_epi64x(count as i64), _mm256_setr_epi64x(0, 1, 2, 3))
}

/// The mask of the first `count < 8` lanes.
#[target_feature(enable = "avx2")]
#[inline]
fn first8(count: usize) -> __m256i {
    _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}
