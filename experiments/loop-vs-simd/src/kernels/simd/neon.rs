//! 128-bit registers of ARM. Every 64-bit ARM processor has them.

use std::arch::aarch64::*;

use super::vector::{FloatVector, Vector};

entry_points!("neon");

/// Two doubles.
#[derive(Clone, Copy)]
pub(crate) struct F64x2(float64x2_t);
/// Four floats.
#[derive(Clone, Copy)]
pub(crate) struct F32x4(float32x4_t);
/// Two integers.
#[derive(Clone, Copy)]
pub(crate) struct I64x2(int64x2_t);

operations! {
    Vector for F64x2 {
        type Element = f64;
        type Mask = uint64x2_t;
        type Counter = uint64x2_t;
        const LANES: usize = 2;
        fn load(from: *const f64) -> Self = Self(vld1q_f64(from));
        fn load_first(from: *const f64, count: usize) -> Self = Self(vld1q_f64(first::<f64, 2>(from, count).as_ptr()));
        fn store(self, to: *mut f64) -> () = vst1q_f64(to, self.0);
        fn store_first(self, to: *mut f64, count: usize) -> () = {
            let mut lanes = [0.0; 2];
            vst1q_f64(lanes.as_mut_ptr(), self.0);
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count);
        };
        fn stream(self, to: *mut f64) -> () = vst1q_f64(to, self.0);
        fn fence() -> () = ();
        fn splat(value: f64) -> Self = Self(vdupq_n_f64(value));
        fn plus(self, other: Self) -> Self = Self(vaddq_f64(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(vmulq_f64(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(vfmaq_f64(addend.0, self.0, factor.0));
        fn add_lanes(self) -> f64 = vaddvq_f64(self.0);
        fn above(self, other: Self) -> uint64x2_t = vcgtq_f64(self.0, other.0);
        fn add_where(self, mask: uint64x2_t, sums: Self) -> Self =
            Self(vaddq_f64(sums.0, vreinterpretq_f64_u64(vandq_u64(vreinterpretq_u64_f64(self.0), mask))));
        fn counter() -> uint64x2_t = vdupq_n_u64(0);
        // A set lane is −1 as an integer.
        fn count(counter: uint64x2_t, mask: uint64x2_t) -> uint64x2_t = vsubq_u64(counter, mask);
        fn counted(counter: uint64x2_t) -> u64 = vaddvq_u64(counter);
    }
}

operations! {
    FloatVector for F64x2 {
        fn minus(self, other: Self) -> Self = Self(vsubq_f64(self.0, other.0));
        fn over(self, other: Self) -> Self = Self(vdivq_f64(self.0, other.0));
        fn at_most(self, limit: Self) -> Self = Self(vminq_f64(self.0, limit.0));
        fn at_least(self, limit: Self) -> Self = Self(vmaxq_f64(self.0, limit.0));
        fn power_of_two(self) -> Self = Self(vreinterpretq_f64_s64(vaddq_s64(
            vshlq_n_s64::<52>(vreinterpretq_s64_f64(self.0)),
            vdupq_n_s64(1023 << 52),
        )));
    }
}

operations! {
    Vector for F32x4 {
        type Element = f32;
        type Mask = uint32x4_t;
        type Counter = uint32x4_t;
        const LANES: usize = 4;
        fn load(from: *const f32) -> Self = Self(vld1q_f32(from));
        fn load_first(from: *const f32, count: usize) -> Self = Self(vld1q_f32(first::<f32, 4>(from, count).as_ptr()));
        fn store(self, to: *mut f32) -> () = vst1q_f32(to, self.0);
        fn store_first(self, to: *mut f32, count: usize) -> () = {
            let mut lanes = [0.0; 4];
            vst1q_f32(lanes.as_mut_ptr(), self.0);
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count);
        };
        fn stream(self, to: *mut f32) -> () = vst1q_f32(to, self.0);
        fn fence() -> () = ();
        fn splat(value: f32) -> Self = Self(vdupq_n_f32(value));
        fn plus(self, other: Self) -> Self = Self(vaddq_f32(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(vmulq_f32(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(vfmaq_f32(addend.0, self.0, factor.0));
        fn add_lanes(self) -> f32 = vaddvq_f32(self.0);
        fn above(self, other: Self) -> uint32x4_t = vcgtq_f32(self.0, other.0);
        fn add_where(self, mask: uint32x4_t, sums: Self) -> Self =
            Self(vaddq_f32(sums.0, vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(self.0), mask))));
        fn counter() -> uint32x4_t = vdupq_n_u32(0);
        // A set lane is −1 as an integer.
        fn count(counter: uint32x4_t, mask: uint32x4_t) -> uint32x4_t = vsubq_u32(counter, mask);
        fn counted(counter: uint32x4_t) -> u64 = vaddlvq_u32(counter);
    }
}

operations! {
    FloatVector for F32x4 {
        fn minus(self, other: Self) -> Self = Self(vsubq_f32(self.0, other.0));
        fn over(self, other: Self) -> Self = Self(vdivq_f32(self.0, other.0));
        fn at_most(self, limit: Self) -> Self = Self(vminq_f32(self.0, limit.0));
        fn at_least(self, limit: Self) -> Self = Self(vmaxq_f32(self.0, limit.0));
        fn power_of_two(self) -> Self = Self(vreinterpretq_f32_s32(vaddq_s32(
            vshlq_n_s32::<23>(vreinterpretq_s32_f32(self.0)),
            vdupq_n_s32(127 << 23),
        )));
    }
}

operations! {
    Vector for I64x2 {
        type Element = i64;
        type Mask = uint64x2_t;
        type Counter = uint64x2_t;
        const LANES: usize = 2;
        fn load(from: *const i64) -> Self = Self(vld1q_s64(from));
        fn load_first(from: *const i64, count: usize) -> Self = Self(vld1q_s64(first::<i64, 2>(from, count).as_ptr()));
        fn store(self, to: *mut i64) -> () = vst1q_s64(to, self.0);
        fn store_first(self, to: *mut i64, count: usize) -> () = {
            let mut lanes = [0; 2];
            vst1q_s64(lanes.as_mut_ptr(), self.0);
            std::ptr::copy_nonoverlapping(lanes.as_ptr(), to, count);
        };
        fn stream(self, to: *mut i64) -> () = vst1q_s64(to, self.0);
        fn fence() -> () = ();
        fn splat(value: i64) -> Self = Self(vdupq_n_s64(value));
        fn plus(self, other: Self) -> Self = Self(vaddq_s64(self.0, other.0));
        fn times(self, other: Self) -> Self = Self(multiply(self.0, other.0));
        fn times_plus(self, factor: Self, addend: Self) -> Self = Self(vaddq_s64(multiply(self.0, factor.0), addend.0));
        fn add_lanes(self) -> i64 = vaddvq_s64(self.0);
        fn above(self, other: Self) -> uint64x2_t = vcgtq_s64(self.0, other.0);
        fn add_where(self, mask: uint64x2_t, sums: Self) -> Self =
            Self(vaddq_s64(sums.0, vandq_s64(self.0, vreinterpretq_s64_u64(mask))));
        fn counter() -> uint64x2_t = vdupq_n_u64(0);
        // A set lane is −1.
        fn count(counter: uint64x2_t, mask: uint64x2_t) -> uint64x2_t = vsubq_u64(counter, mask);
        fn counted(counter: uint64x2_t) -> u64 = vaddvq_u64(counter);
    }
}

/// NEON has no multiplication of 64-bit integers: each lane takes the scalar one.
#[target_feature(enable = "neon")]
#[inline]
fn multiply(a: int64x2_t, b: int64x2_t) -> int64x2_t {
    let low = vgetq_lane_s64::<0>(a).wrapping_mul(vgetq_lane_s64::<0>(b));
    let high = vgetq_lane_s64::<1>(a).wrapping_mul(vgetq_lane_s64::<1>(b));
    vcombine_s64(vcreate_s64(low.cast_unsigned()), vcreate_s64(high.cast_unsigned()))
}

/// The first `count` elements, zeros after them.
///
/// # Safety
/// `from` is valid for `count` elements.
#[inline(always)]
unsafe fn first<T: Copy + Default, const LANES: usize>(from: *const T, count: usize) -> [T; LANES] {
    let mut lanes = [T::default(); LANES];
    // SAFETY: `from` is valid for that many, and a tail is shorter than a register.
    unsafe { std::ptr::copy_nonoverlapping(from, lanes.as_mut_ptr(), count) };
    lanes
}
