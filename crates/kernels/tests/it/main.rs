//! What the kernels promise.

mod products;
mod support;
mod team;
