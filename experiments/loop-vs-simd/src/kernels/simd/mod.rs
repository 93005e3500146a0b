//! Vectors written out, with the instruction set picked at run time.
//!
//! `body` holds each loop once, over the `Vector` of an instruction set; `avx512`, `avx2` and `neon` hold the registers.
//! Where there is none of them, the compiler's own vectors serve (`portable`).

/// Implements a trait of [`vector`] for a register; each operation is one expression.
#[allow(unused_macros, reason = "without a known instruction set there is nothing to implement")]
macro_rules! operations {
    ($trait:ident for $register:ident {
        $(type $name:ident = $type:ty;)*
        $(const $constant:ident: $constant_type:ty = $value:expr;)*
        $(fn $function:ident($($arguments:tt)*) -> $result:ty = $body:expr;)*
    }) => {
        // SAFETY: each operation does to every lane what the trait says.
        unsafe impl $trait for $register {
            $(type $name = $type;)*
            $(const $constant: $constant_type = $value;)*
            $(
                #[inline(always)]
                unsafe fn $function($($arguments)*) -> $result {
                    // SAFETY: the trait's contract: the instruction set is there, the pointers are valid.
                    #[allow(unused_unsafe, reason = "some operations need no unsafe intrinsic")]
                    unsafe { $body }
                }
            )*
        }
    };
}

/// Defines, for an instruction set, the tables of functions that are compiled with it.
#[allow(unused_macros, reason = "without a known instruction set there is nothing to define")]
macro_rules! entry_points {
    ($features:literal) => {
        /// The kernels over a register, without the sigmoid.
        pub(crate) fn kernels<V: Vector>() -> $crate::kernels::Kernels<V::Element> {
            $crate::kernels::Kernels {
                square: square::<V>,
                square_past_caches: square_past_caches::<V>,
                sum: sum::<V>,
                dot: dot::<V>,
                filter: filter::<V>,
                sigmoid: None,
            }
        }

        /// The kernels over a register of floats.
        pub(crate) fn float_kernels<V: FloatVector>() -> $crate::kernels::Kernels<V::Element> {
            $crate::kernels::Kernels { sigmoid: Some(sigmoid::<V>), ..kernels::<V>() }
        }

        entry_points!($features: square(x: &[V::Element], y: &mut [V::Element]));
        entry_points!($features: square_past_caches(x: &[V::Element], y: &mut [V::Element]));
        entry_points!($features: sum(x: &[V::Element]) -> $crate::kernels::simd::body::TotalOf<V>);
        entry_points!($features: dot(x: &[V::Element], y: &[V::Element]) -> $crate::kernels::simd::body::TotalOf<V>);
        entry_points!(
            $features: filter(x: &[V::Element], threshold: V::Element) -> (u64, $crate::kernels::simd::body::TotalOf<V>)
        );

        /// # Safety
        /// As for [`body::sigmoid`](super::body::sigmoid).
        #[target_feature(enable = $features)]
        unsafe fn sigmoid<V: FloatVector>(x: &[V::Element], y: &mut [V::Element]) {
            // SAFETY: passed on to the caller.
            unsafe { super::body::sigmoid::<V>(x, y) }
        }
    };
    ($features:literal: $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?) => {
        /// # Safety
        /// As for the function of the same name in [`body`](super::body).
        #[target_feature(enable = $features)]
        unsafe fn $name<V: Vector>($($argument: $type),*) $(-> $result)? {
            // SAFETY: passed on to the caller.
            unsafe { super::body::$name::<V>($($argument),*) }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
pub(super) mod body;
#[cfg(target_arch = "aarch64")]
pub(super) mod neon;
pub(super) mod portable;
pub(super) mod vector;

/// An instruction set for vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whatever the build's target has.
    Portable,
    /// 128-bit registers of ARM.
    Neon,
    /// 256-bit registers of x86-64, with fused multiply-add.
    Avx2,
    /// 512-bit registers of x86-64, with masks.
    Avx512,
}

impl Level {
    /// All levels, the plainest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Neon, Self::Avx2, Self::Avx512];

    /// The best that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|level| level.is_here()).unwrap_or(Self::Portable)
    }

    /// Whether this processor, and the operating system, have it.
    #[must_use]
    pub fn is_here(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Neon => cfg!(target_arch = "aarch64"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && Self::Avx2.is_here()
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The level itself if it is here, else [`Level::Portable`].
    #[must_use]
    pub fn checked(self) -> Self {
        if self.is_here() { self } else { Self::Portable }
    }

    /// Name as processors' manuals write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Neon => "NEON",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        }
    }
}
