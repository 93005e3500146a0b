//! Element types: what a kernel needs to know about `f64`, `f32` and `i64`.

use std::fmt::Debug;
use std::ops::Add;

/// Whether the build's target, without asking the processor, has an instruction that multiplies and adds at once.
pub(super) const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

/// A type that arrays are made of.
pub trait Element: Copy + Debug + PartialOrd + Send + Sync + 'static {
    /// What sums come to: wide enough for any array that fits in memory.
    type Total: Total;
    /// A counter as wide as the element, so that counting needs no detour through other registers.
    type Count: Copy + Default + Add<Output = Self::Count> + From<bool> + Into<u64>;

    /// Nothing.
    const ZERO: Self;
    /// Elements that are added up in `Self` before they go into [`Total`](Element::Total). Single precision has
    /// 24 bits: an endless sum of ones would stop at 2²⁴.
    const BLOCK: usize;

    /// `self + other`; integers wrap.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// `self × other`; integers wrap.
    #[must_use]
    fn times(self, other: Self) -> Self;
    /// `self × factor + addend`, in one rounding where `FUSED` says that the processor has an instruction for it.
    #[must_use]
    fn times_plus<const FUSED: bool>(self, factor: Self, addend: Self) -> Self;
    /// Whether `self > threshold`, and `self` if it is, else zero: without a jump, since random data defeats the
    /// prediction of jumps.
    #[must_use]
    fn passing(self, threshold: Self) -> (bool, Self);
    /// The same value in a register that the compiler cannot look through: a loop that does this to each element cannot
    /// be vectorised. It costs no instruction.
    #[must_use]
    fn opaque(self) -> Self;
    /// As a total.
    fn total(self) -> Self::Total;
}

/// What sums come to.
pub trait Total: Copy + Debug + Default + PartialEq + Send + 'static {
    /// `self + other`; integers wrap.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// As a number for an answer.
    fn number(self) -> f64;
}

/// An [`Element`] with fractions.
pub trait Float: Element {
    /// 1.
    const ONE: Self;
    /// Arguments of the sigmoid are clamped to ±this, so that neither the exponential nor its reciprocal leaves the
    /// normal numbers.
    const LIMIT: Self;
    /// −[`LIMIT`](Float::LIMIT).
    const MINUS_LIMIT: Self;
    /// log₂ e.
    const LOG2_E: Self;
    /// Minus the first bits of ln 2, few enough that their product with any exponent is exact.
    const MINUS_LN2_HIGH: Self;
    /// Minus the other bits of ln 2.
    const MINUS_LN2_LOW: Self;
    /// 1.5 × 2ᵐ, m the bits of the mantissa: adding it rounds to an integer, which then stands in the lowest bits.
    const ROUNDER: Self;
    /// Coefficients of (eʳ − 1 − r) / r² for |r| ≤ ln 2 / 2, lowest power first.
    const POLYNOMIAL: &'static [Self];

    /// `self - other`.
    #[must_use]
    fn minus(self, other: Self) -> Self;
    /// `self / other`.
    #[must_use]
    fn over(self, other: Self) -> Self;
    /// 2ⁿ, where `self` is n + [`ROUNDER`](Float::ROUNDER).
    #[must_use]
    fn power_of_two(self) -> Self;
}

/// The value in a register that the compiler cannot look through.
macro_rules! opaque {
    ($value:expr, $x86_class:ident, $arm_class:ident, $arm_operand:literal) => {{
        #[allow(unused_mut, reason = "assigned by the assembly, where there is any")]
        let mut value = $value;
        // SAFETY: no instruction at all; the operand comes back as it went in.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            std::arch::asm!("/* {0} */", inout($x86_class) value, options(nomem, nostack, preserves_flags));
        }
        // SAFETY: no instruction at all; the operand comes back as it went in.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            std::arch::asm!($arm_operand, inout($arm_class) value, options(nomem, nostack, preserves_flags));
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let value = std::hint::black_box(value);
        value
    }};
}

macro_rules! opaque_float {
    ($value:expr) => {
        opaque!($value, xmm_reg, vreg, "/* {0:v} */")
    };
}

macro_rules! opaque_integer {
    ($value:expr) => {
        opaque!($value, reg, reg, "/* {0} */")
    };
}

macro_rules! float {
    ($float:ident, count: $count:ty, block: $block:expr) => {
        impl Element for $float {
            type Total = f64;
            type Count = $count;
            const ZERO: Self = 0.0;
            const BLOCK: usize = $block;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }

            #[inline(always)]
            fn times_plus<const FUSED: bool>(self, factor: Self, addend: Self) -> Self {
                if FUSED { self.mul_add(factor, addend) } else { self * factor + addend }
            }

            #[inline(always)]
            fn passing(self, threshold: Self) -> (bool, Self) {
                // Looked at twice, as if they were two values: of one comparison with two uses the compiler makes a jump.
                let (x, again) = (self.opaque(), self.opaque());
                (x > threshold, if again > threshold { again } else { 0.0 })
            }

            #[inline(always)]
            fn opaque(self) -> Self {
                opaque_float!(self)
            }

            #[inline(always)]
            fn total(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

float!(f64, count: u64, block: usize::MAX);
float!(f32, count: u32, block: 1 << 14);

impl Float for f64 {
    const ONE: Self = 1.0;
    const LIMIT: Self = 708.0;
    const MINUS_LIMIT: Self = -708.0;
    const LOG2_E: Self = std::f64::consts::LOG2_E;
    const MINUS_LN2_HIGH: Self = -f64::from_bits(0x3FE6_2E42_FEFA_3800);
    const MINUS_LN2_LOW: Self = -5.497_923_018_708_371e-14;
    const ROUNDER: Self = 6_755_399_441_055_744.0;
    const POLYNOMIAL: &'static [Self] = &[
        0.5,
        0.166_666_666_666_666_67,
        0.041_666_666_666_624_16,
        0.008_333_333_333_330_064,
        0.001_388_888_891_719_672,
        0.000_198_412_698_630_405_45,
        2.480_152_132_236_869_3e-5,
        2.755_726_848_031_003e-6,
        2.762_007_587_998_336_7e-7,
        2.510_037_583_256_123_4e-8,
    ];

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self / other
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self::from_bits((self.to_bits() << 52).wrapping_add(1023 << 52))
    }
}

impl Float for f32 {
    const ONE: Self = 1.0;
    const LIMIT: Self = 87.0;
    const MINUS_LIMIT: Self = -87.0;
    const LOG2_E: Self = std::f32::consts::LOG2_E;
    const MINUS_LN2_HIGH: Self = -0.693_359_4;
    const MINUS_LN2_LOW: Self = 0.000_212_194_44;
    const ROUNDER: Self = 12_582_912.0;
    const POLYNOMIAL: &'static [Self] = &[0.5, 0.166_665_77, 0.041_666_556, 0.008_363_173, 0.001_392_617_6];

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self / other
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self::from_bits((self.to_bits() << 23).wrapping_add(127 << 23))
    }
}

impl Element for i64 {
    type Total = i64;
    type Count = u64;
    const ZERO: Self = 0;
    const BLOCK: usize = usize::MAX;

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }

    #[inline(always)]
    fn times_plus<const FUSED: bool>(self, factor: Self, addend: Self) -> Self {
        self.wrapping_mul(factor).wrapping_add(addend)
    }

    #[inline(always)]
    fn passing(self, threshold: Self) -> (bool, Self) {
        let passes = self > threshold;
        (passes, if passes { self } else { 0 })
    }

    #[inline(always)]
    fn opaque(self) -> Self {
        opaque_integer!(self)
    }

    #[inline(always)]
    fn total(self) -> i64 {
        self
    }
}

impl Total for f64 {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn number(self) -> f64 {
        self
    }
}

impl Total for i64 {
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn number(self) -> f64 {
        self as f64
    }
}
