//! What the kernels promise.

mod elements;
mod products;
mod support;
mod team;
