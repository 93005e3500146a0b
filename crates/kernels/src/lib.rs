//! Numeric kernels that several experiments use.
//!
//! They are left of the results file and know nothing of experiments: slices in, slices out. What is measured with them must be the
//! fastest way that a processor offers, so each picks its instructions at run time, and says which.

mod matrix;
mod products;

pub use matrix::Matrix;
pub use products::{Precision, Products, Unit};
