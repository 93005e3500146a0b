//! Why there is no GPU to use, and how to get one.

use std::fmt;

use cudarc::driver::sys::CUresult;
use machine::cuda::{Library, OLDEST, Version};

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// NVIDIA's driver, or one that works with this machine.
    Driver,
    /// A GPU that the driver can use.
    Device,
    /// The kernel compiler.
    Nvrtc,
    /// The library of matrix products.
    CublasLt,
}

/// There is no GPU to use: the part that is missing, why, and how to get it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Absent {
    /// What is missing.
    pub part: Part,
    /// Why, as a sentence without a full stop.
    pub why: String,
    /// How to get it.
    pub get: String,
}

/// The reason, with the cure behind it, as a lane says it.
impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why, self.get)
    }
}

const DRIVER: &str = "install NVIDIA's driver, see https://www.nvidia.com/drivers; in a container, start it with the GPU (docker: --gpus all)";

impl Absent {
    /// The driver's library is not there at all.
    #[must_use]
    pub fn no_driver() -> Self {
        Self::driver("there is no NVIDIA driver here (its library libcuda was not found)")
    }

    fn driver(why: impl Into<String>) -> Self {
        Self { part: Part::Driver, why: why.into(), get: DRIVER.to_owned() }
    }

    fn device(why: &str, get: &str) -> Self {
        Self { part: Part::Device, why: why.to_owned(), get: get.to_owned() }
    }

    /// The driver is older than the oldest that is used.
    #[must_use]
    pub fn old_driver(runs: Version) -> Self {
        Self::driver(format!("the NVIDIA driver runs CUDA {runs}, and {OLDEST} is the oldest that Benchbook uses"))
    }

    /// A library is not there, or is too new for the driver.
    #[must_use]
    pub fn library(library: Library, why: String) -> Self {
        let part = match library {
            Library::Nvrtc => Part::Nvrtc,
            Library::CublasLt => Part::CublasLt,
        };
        Self { part, why, get: library.get() }
    }

    /// A library needs a newer driver than there is.
    #[must_use]
    pub fn mismatch(library: Library, has: Version, runs: Version) -> Self {
        let id = library.id();
        Self::library(
            library,
            format!("the library {id} found here is of CUDA {has}, and the driver runs {runs} at most"),
        )
    }

    /// What the driver's answer to its first call means.
    #[must_use]
    pub fn answer(code: CUresult) -> Self {
        use CUresult::{
            CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, CUDA_ERROR_DEVICE_NOT_LICENSED, CUDA_ERROR_DEVICE_UNAVAILABLE,
            CUDA_ERROR_NO_DEVICE, CUDA_ERROR_OPERATING_SYSTEM, CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_STUB_LIBRARY,
            CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, CUDA_ERROR_SYSTEM_NOT_READY,
        };
        match code {
            CUDA_ERROR_STUB_LIBRARY => {
                Self::driver("the library libcuda found here is the toolkit's stub for building, and not a driver")
            }
            CUDA_ERROR_NO_DEVICE => Self::device(
                "the NVIDIA driver is there, but no GPU",
                "look whether nvidia-smi lists one, and whether CUDA_VISIBLE_DEVICES hides it",
            ),
            CUDA_ERROR_DEVICE_UNAVAILABLE => {
                Self::device("the GPU is used by another program alone", "end that program (nvidia-smi names it)")
            }
            CUDA_ERROR_OUT_OF_MEMORY => {
                Self::device("the GPU has no memory left", "end the programs that hold it (nvidia-smi names them)")
            }
            CUDA_ERROR_DEVICE_NOT_LICENSED => {
                Self::device("the virtual GPU has no licence", "ask whoever runs this machine")
            }
            CUDA_ERROR_SYSTEM_DRIVER_MISMATCH => Self::driver(
                "the driver's library and its kernel module are of different versions (restart after an update)",
            ),
            CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE => Self::driver(
                "a compatibility package for CUDA hides the driver's own library, and does not work with this GPU",
            ),
            CUDA_ERROR_OPERATING_SYSTEM | CUDA_ERROR_SYSTEM_NOT_READY => Self::driver(format!(
                "the NVIDIA driver is not ready ({code:?}): its devices below /dev may not be accessible"
            )),
            other => Self::driver(format!("the NVIDIA driver answered {other:?}")),
        }
    }

    /// The driver does not answer what it is asked.
    pub(crate) fn broken(why: &str) -> Self {
        Self::driver(why)
    }

    /// Calling the driver ended in a panic: its library lacks a function.
    pub(crate) fn panicked() -> Self {
        Self::driver("the NVIDIA driver's library lacks a function that this program calls")
    }
}
