//! What can go wrong with a GPU that is there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cudarc::cublaslt::result::CublasError;
use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;

/// An operation on the GPU that did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The GPU's memory does not suffice.
    #[error("{bytes} bytes of GPU memory were asked for, which is more than is free")]
    OutOfMemory {
        /// Bytes of the request that failed.
        bytes: usize,
    },
    /// The driver refused.
    #[error("{what}: the NVIDIA driver answered {code}")]
    Driver {
        /// What was tried.
        what: &'static str,
        /// Name of the answer.
        code: String,
    },
    /// cuBLASLt refused.
    #[error("{what}: cuBLASLt answered {status}")]
    Product {
        /// What was tried, with its shape.
        what: String,
        /// Name of the answer.
        status: String,
    },
    /// A kernel does not compile: a defect of this program, with the compiler's words.
    #[error("the GPU kernels do not compile for {target}: {log}")]
    Kernel {
        /// What they were compiled for.
        target: String,
        /// What the compiler said.
        log: String,
    },
    /// Sizes or kinds of numbers that do not fit together, or that this GPU cannot do.
    #[error("{0}")]
    Unsuitable(String),
    /// A library lacks a function that this program calls.
    #[error("{0}: a library of NVIDIA's lacks a function that this program calls; update it")]
    Lacking(&'static str),
}

impl Error {
    /// The driver's refusal of what was tried.
    pub(crate) fn driver(what: &'static str) -> impl FnOnce(DriverError) -> Self {
        move |error| Self::Driver { what, code: format!("{:?}", error.0) }
    }

    /// The driver's refusal of a request for memory.
    pub(crate) fn memory(bytes: usize) -> impl FnOnce(DriverError) -> Self {
        move |error| match error.0 {
            CUresult::CUDA_ERROR_OUT_OF_MEMORY => Self::OutOfMemory { bytes },
            code => Self::Driver { what: "reserving memory", code: format!("{code:?}") },
        }
    }

    /// More numbers than there is room for.
    pub(crate) fn too_large(len: usize, room: usize) -> Self {
        Self::Unsuitable(format!("a batch of {len} numbers for a place of {room}"))
    }

    /// cuBLASLt's refusal of what was tried.
    pub(crate) fn product(what: impl Into<String>) -> impl FnOnce(CublasError) -> Self {
        move |error| Self::Product { what: what.into(), status: format!("{:?}", error.0) }
    }
}

/// Calls the driver or a library. One that lacks a function makes the binding panic: that too is only an error.
pub(crate) fn guard<T>(what: &'static str, call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // What a panic leaves half done are the binding's own tables of functions, which it fills again on the next call.
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(Error::Lacking(what)))
}
