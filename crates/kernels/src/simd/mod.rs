//! A register full of numbers, in each kind that processors have.
//!
//! Kernels are written once over [`Vector`]; [`kernel!`](crate::kernel) compiles them for each kind and picks one at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(not(target_arch = "aarch64"))]
mod portable;

use half::{bf16, f16};

use crate::{Matrix, Precision, Products};

/// A number that registers hold: which kinds there are for it.
pub trait Number: Copy + Default + Send + Sync + 'static {
    /// What every processor has.
    type Portable: Vector<Number = Self>;
    /// 256 bits.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Number = Self>;
    /// 512 bits.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Number = Self>;
}

macro_rules! number {
    ($number:ident, $name:ident) => {
        impl Number for $number {
            #[cfg(not(target_arch = "aarch64"))]
            type Portable = portable::$name;
            #[cfg(target_arch = "aarch64")]
            type Portable = neon::$name;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = avx2::$name;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = avx512::$name;
        }
    };
}
number!(f32, Singles);
number!(f64, Doubles);

/// A register of `LANES` numbers.
///
/// Its functions are only called inside a function compiled for the kind of register (see [`kernel!`](crate::kernel)), and inlined
/// there.
pub trait Vector: Copy {
    /// What it holds.
    type Number: Number;
    /// Numbers in it.
    const LANES: usize;
    /// Rows, and registers side by side, of a tile of a product that fills the registers.
    const TILE: (usize, usize);

    /// The same number in every lane.
    ///
    /// # Safety
    /// The processor has this kind of register.
    unsafe fn splat(value: Self::Number) -> Self;

    /// Reads `LANES` numbers.
    ///
    /// # Safety
    /// The processor has this kind of register, and `from` points to as many readable numbers.
    unsafe fn load(from: *const Self::Number) -> Self;

    /// Writes `LANES` numbers.
    ///
    /// # Safety
    /// The processor has this kind of register, and `to` points to room for as many numbers.
    unsafe fn store(self, to: *mut Self::Number);

    /// `self · factor + addend`, rounded once where the processor can.
    ///
    /// # Safety
    /// The processor has this kind of register.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// `self + other`.
    ///
    /// # Safety
    /// The processor has this kind of register.
    unsafe fn add(self, other: Self) -> Self;
}

/// A register of single precision, which reads and writes numbers of 16 bits too.
pub trait Single: Vector<Number = f32> {
    /// Reads `LANES` numbers of bf16.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn load_bf16(from: *const bf16) -> Self;

    /// Writes `LANES` numbers as bf16, rounded to the nearest, and to the even one of two that are equally near.
    ///
    /// # Safety
    /// As [`Vector::store`].
    unsafe fn store_bf16(self, to: *mut bf16);

    /// Reads `LANES` numbers of f16.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn load_f16(from: *const f16) -> Self;

    /// Writes `LANES` numbers as f16, rounded as in [`Self::store_bf16`].
    ///
    /// # Safety
    /// As [`Vector::store`].
    unsafe fn store_f16(self, to: *mut f16);
}

/// A number that single precision holds exactly: registers of single precision read and write it, and products sum in it.
pub trait Element: Copy + Default + Send + Sync + 'static {
    /// What products call it.
    const PRECISION: Precision;

    /// In single precision.
    fn to_f32(self) -> f32;

    /// The nearest to a number in single precision.
    fn from_f32(number: f32) -> Self;

    /// `c = a · b`, or `c += a · b` with `accumulate`: products of such numbers, with sums in single precision.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn multiply(products: &mut Products, a: Matrix<'_, Self>, b: Matrix<'_, Self>, c: &mut [f32], accumulate: bool);

    /// Reads as many as the register has lanes.
    ///
    /// # Safety
    /// As [`Vector::load`].
    unsafe fn load<V: Single>(from: *const Self) -> V;

    /// Writes as many as the register has lanes.
    ///
    /// # Safety
    /// As [`Vector::store`].
    unsafe fn store<V: Single>(numbers: V, to: *mut Self);
}

macro_rules! element {
    ($number:ident, $precision:ident, $to:expr, $from:expr, $load:ident, $store:ident) => {
        impl Element for $number {
            const PRECISION: Precision = Precision::$precision;

            #[inline(always)]
            fn to_f32(self) -> f32 {
                $to(self)
            }

            #[inline(always)]
            fn from_f32(number: f32) -> Self {
                $from(number)
            }

            fn multiply(
                products: &mut Products,
                a: Matrix<'_, Self>,
                b: Matrix<'_, Self>,
                c: &mut [f32],
                accumulate: bool,
            ) {
                products.$number(a, b, c, accumulate);
            }

            #[inline(always)]
            unsafe fn load<V: Single>(from: *const Self) -> V {
                // SAFETY: passed on.
                unsafe { V::$load(from) }
            }

            #[inline(always)]
            unsafe fn store<V: Single>(numbers: V, to: *mut Self) {
                // SAFETY: passed on.
                unsafe { numbers.$store(to) }
            }
        }
    };
}
element!(f32, F32, |number| number, |number| number, load, store);
element!(bf16, Bf16, bf16::to_f32, bf16::from_f32, load_bf16, store_bf16);
element!(f16, F16, f16::to_f32, f16::from_f32, load_f16, store_f16);

/// Converts as many numbers as the shorter slice has.
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
pub(crate) unsafe fn convert<V: Single, A: Element, B: Element>(from: &[A], to: &mut [B]) {
    let len = from.len().min(to.len());
    let whole = len - len % V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: the caller vouches for the registers; both slices have as many numbers.
        unsafe { B::store(A::load::<V>(from.as_ptr().add(at)), to.as_mut_ptr().add(at)) };
    }
    for at in whole..len {
        to[at] = B::from_f32(from[at].to_f32());
    }
}
