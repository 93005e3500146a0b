//! What the GPU is.

use cudarc::driver::CudaContext;
use cudarc::driver::sys::{self, CUdevice_attribute as Attribute};
use machine::cuda::Version;

use crate::error::{Error, guard};
use crate::precision::Capability;

/// What the GPU is, and what it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Marketing name.
    pub name: String,
    /// Its generation.
    pub capability: Capability,
    /// Bytes of its memory.
    pub memory_bytes: u64,
    /// Processors that run blocks of threads.
    pub multiprocessors: u32,
    /// The driver's version, if it tells.
    pub driver: Option<String>,
    /// The newest CUDA that the driver runs.
    pub cuda: Version,
    /// CUDA version of the kernel compiler.
    pub nvrtc: Version,
    /// Version of cuBLASLt.
    pub cublaslt: Version,
    /// The way to the host's memory.
    pub link: Option<Link>,
}

/// A link of PCI Express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Generation that both ends can do.
    pub generation: u32,
    /// Lanes that both ends can do.
    pub width: u32,
}

impl Link {
    /// Bytes per second in one direction: the signalling rate less what its code takes. No protocol's overhead is taken off, so
    /// that no copy reaches it quite.
    ///
    /// Absent for a generation that is not known here.
    #[must_use]
    pub fn bytes_per_second(self) -> Option<f64> {
        // Billions of bits per second and lane, and the share of them that are data.
        let (bits, data) = match self.generation {
            1 => (2.5, 0.8),
            2 => (5.0, 0.8),
            3 => (8.0, 128.0 / 130.0),
            4 => (16.0, 128.0 / 130.0),
            5 => (32.0, 128.0 / 130.0),
            6 => (64.0, 242.0 / 256.0),
            _ => return None,
        };
        Some(bits * data * 1e9 / 8.0 * f64::from(self.width))
    }
}

/// What the driver says of the device of a context.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) capability: Capability,
    pub(crate) memory_bytes: u64,
    pub(crate) multiprocessors: u32,
    /// `0000:65:00.0`, by which NVML knows it.
    pub(crate) bus: String,
}

impl Device {
    pub(crate) fn of(context: &CudaContext) -> Result<Self, Error> {
        guard("asking the driver about the GPU", || {
            let ask = |attribute| {
                let answer = context.attribute(attribute).map_err(Error::driver("asking about the GPU"))?;
                Ok::<u32, Error>(u32::try_from(answer).unwrap_or_default())
            };
            Ok(Self {
                name: context.name().map_err(Error::driver("asking for the GPU's name"))?,
                capability: Capability {
                    major: ask(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
                    minor: ask(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
                },
                memory_bytes: context.total_mem().map_err(Error::driver("asking for the GPU's memory"))? as u64,
                multiprocessors: ask(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
                bus: bus(
                    ask(Attribute::CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID)?,
                    ask(Attribute::CU_DEVICE_ATTRIBUTE_PCI_BUS_ID)?,
                    ask(Attribute::CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID)?,
                ),
            })
        })
    }
}

/// The address on the bus as NVML takes it.
fn bus(domain: u32, bus: u32, device: u32) -> String {
    format!("{domain:08X}:{bus:02X}:{device:02X}.0")
}

/// The newest CUDA that the driver runs.
pub(crate) fn driver_version() -> Result<Version, Error> {
    guard("asking for the driver's version", || {
        let mut packed = 0;
        // SAFETY: the pointer is to an integer that lives through the call, which may come before the driver is initialised.
        unsafe { sys::cuDriverGetVersion(&raw mut packed) }
            .result()
            .map_err(Error::driver("asking for its version"))?;
        let packed = u32::try_from(packed).unwrap_or_default();
        Ok(Version { major: packed / 1000, minor: packed % 1000 / 10 })
    })
}
