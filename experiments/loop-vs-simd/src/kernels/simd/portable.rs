//! Where there is no instruction set that this crate writes out: the compiler's own vectors for the build's target.

use super::super::{Element, Float, Kernels, auto};

/// The kernels of an element type, without the sigmoid.
pub(crate) fn kernels<T: Element>() -> Kernels<T> {
    auto::kernels()
}

/// The kernels of a type with fractions.
pub(crate) fn float_kernels<T: Float>() -> Kernels<T> {
    auto::float_kernels()
}
