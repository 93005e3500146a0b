//! An NVIDIA GPU, loaded at run time: products, kernels, copies, and a training step.
//!
//! Place in the flow: experiments use it in their workers, where a variant has `lane = "cuda"`. Nothing of CUDA is needed to build it.
//! [`open`] looks for the driver and its libraries and says what is missing; [`Gpu`] is what it finds.
//!
//! ```no_run
//! use gpu::{Element, Factors, Precision, Product};
//!
//! let gpu = gpu::open()?;
//! let product = Product::new(Precision::Bf16, 1024, 1024, 1024);
//! let a = gpu.upload(Element::Bf16, &vec![1.0; 1024 * 1024])?;
//! let b = gpu.upload(Element::Bf16, &vec![1.0; 1024 * 1024])?;
//! let mut c = gpu.zeros(Element::Bf16, 1024 * 1024)?;
//! gpu::multiply(&product, Factors::WRITE, a.view(), b.view(), c.view_mut())?;
//! gpu.synchronise()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Calls return before their work is done: what is timed ends with [`Gpu::synchronise`]. Sums are f32 in every precision.

mod absent;
mod blas;
mod buffer;
mod check;
mod copy;
mod cuda;
mod device;
mod doctor;
mod element;
mod error;
mod facts;
pub mod kernels;
mod launch;
mod monitor;
mod open;
mod operations;
mod precision;
mod product;
pub mod trainer;

pub use absent::{Absent, Part};
pub use buffer::{Buffer, View, ViewMut};
pub use check::{Check, check};
pub use copy::{DoubleBuffer, Pinned, copy_in};
pub use cuda::Gpu;
pub use device::{Device, Factors, Handle};
pub use doctor::doctor;
pub use element::{E4M3_MAX, Element};
pub use error::Error;
pub use facts::{Facts, Link};
pub use launch::{Argument, PARTIALS, Shape, WARP};
pub use monitor::{Moment, Monitor, last_at};
pub use open::{open, open_with};
pub use operations::{Norm, axpy, gelu, layer_norm, multiply, softmax, sum, sum_room};
pub use precision::{Capability, Precision};
pub use product::{Described, Layout, Product};
pub use trainer::{Copies, Fed, Numbers, TrainError, Trainer, largest_batch};
