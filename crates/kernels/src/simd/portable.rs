//! As many numbers as the smallest register of any processor holds; the compiler finds the instructions.

use half::{bf16, f16};

use super::{Single, Vector};

macro_rules! portable {
    ($name:ident, $number:ident, $lanes:literal) => {
        /// 128 bits.
        #[derive(Clone, Copy)]
        pub struct $name([$number; $lanes]);

        impl Vector for $name {
            type Number = $number;
            const LANES: usize = $lanes;
            const TILE: (usize, usize) = (4, 2);

            #[inline(always)]
            unsafe fn splat(value: Self::Number) -> Self {
                Self([value; $lanes])
            }

            #[inline(always)]
            unsafe fn load(from: *const Self::Number) -> Self {
                // SAFETY: the caller vouches for as many numbers.
                Self(unsafe { from.cast::<[Self::Number; $lanes]>().read() })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut Self::Number) {
                // SAFETY: the caller vouches for room for as many numbers.
                unsafe { to.cast::<[Self::Number; $lanes]>().write(self.0) }
            }

            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
                // Without the instruction, a fused multiply-add is a function call.
                Self(std::array::from_fn(|i| self.0[i] * factor.0[i] + addend.0[i]))
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
            }
        }
    };
}
portable!(Singles, f32, 4);
portable!(Doubles, f64, 2);

impl Single for Singles {
    #[inline(always)]
    unsafe fn load_bf16(from: *const bf16) -> Self {
        // SAFETY: the caller vouches for four numbers.
        Self(unsafe { from.cast::<[bf16; 4]>().read() }.map(bf16::to_f32))
    }

    #[inline(always)]
    unsafe fn store_bf16(self, to: *mut bf16) {
        // SAFETY: the caller vouches for room for four numbers.
        unsafe { to.cast::<[bf16; 4]>().write(self.0.map(bf16::from_f32)) }
    }

    #[inline(always)]
    unsafe fn load_f16(from: *const f16) -> Self {
        // SAFETY: the caller vouches for four numbers.
        Self(unsafe { from.cast::<[f16; 4]>().read() }.map(f16::to_f32))
    }

    #[inline(always)]
    unsafe fn store_f16(self, to: *mut f16) {
        // SAFETY: the caller vouches for room for four numbers.
        unsafe { to.cast::<[f16; 4]>().write(self.0.map(f16::from_f32)) }
    }
}
