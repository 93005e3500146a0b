//! Numeric kernels that several experiments use.
//!
//! They are left of the results file and know nothing of experiments: slices in, slices out. What is measured with them must be the
//! fastest way that a processor offers, so each picks its instructions at run time, and says which.
//!
//! - [`Products`]: dense matrix × dense matrix, in f64, f32, bf16 and f16.
//! - [`elements`]: what is done to each number of an array, or to all: conversion, addition, a sum.
//! - [`Team`], [`team`]: threads, and work shared out to them.
//! - [`Level`], [`simd`], [`kernel!`]: one body for each kind of registers, picked at run time.

mod dispatch;
pub mod elements;
mod level;
mod matrix;
mod products;
pub mod simd;
pub mod team;

pub use level::{Level, Registers};
pub use matrix::Matrix;
pub use products::{Precision, Products, Unit};
pub use team::Team;
