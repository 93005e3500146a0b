//! The kernels themselves, from slices to numbers; nothing here allocates, reads a clock or knows about cases.
//!
//! Four ways to write the same five loops:
//! - `scalar`: one element per instruction, the best code of that kind;
//! - `auto`: safe Rust that the compiler turns into vectors for the build's own target;
//! - `multiversion`: the same source, compiled for the processor that it finds at run time;
//! - [`simd`]: vectors written out, with an instruction set picked at run time.
//!
//! These files depend on the standard library alone, so that a test can hand them to `rustc` and read the assembly.

mod auto;
mod element;
mod exp;
mod family;
mod multiversion;
mod scalar;
pub mod simd;
mod table;

pub use element::{Element, Float, Total};
pub use family::{Family, Tables};
pub use simd::Level;
pub use table::Kernels;
