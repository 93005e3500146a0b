//! What NVIDIA's driver reports. A machine without the driver simply has no GPU.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use nvml_wrapper::{Nvml, cuda_driver_version_major, cuda_driver_version_minor, error::NvmlError};
use results::Gpu;

/// What the driver said; it is asked once, since waking it up may take a second.
static DRIVER: LazyLock<Result<Driver, String>> = LazyLock::new(|| {
    // A driver library that lacks a symbol may panic: that too is only an error.
    catch_unwind(AssertUnwindSafe(|| {
        let nvml = Nvml::init().map_err(|error| reason(&error))?;
        Driver::of(&nvml).map_err(|error| reason(&error))
    }))
    .unwrap_or_else(|_| Err("the NVIDIA driver's library does not fit this program".to_owned()))
});

/// The driver, and its GPUs.
#[derive(Debug)]
pub(crate) struct Driver {
    /// How many GPUs it has, of which some may not answer.
    pub(crate) count: u32,
    /// Those that answer, in the driver's order.
    gpus: Vec<Gpu>,
    /// The newest CUDA version that it runs, or why it does not say.
    pub(crate) cuda: Result<String, String>,
}

impl Driver {
    fn of(nvml: &Nvml) -> Result<Self, NvmlError> {
        let driver = nvml.sys_driver_version().ok();
        let count = nvml.device_count()?;
        let gpu = |index| {
            let device = nvml.device_by_index(index).ok()?;
            Some(Gpu {
                name: device.name().ok()?,
                memory_bytes: device.memory_info().ok().map(|memory| memory.total),
                driver: driver.clone(),
                compute_capability: device
                    .cuda_compute_capability()
                    .ok()
                    .map(|capability| format!("{}.{}", capability.major, capability.minor)),
            })
        };
        let cuda = nvml
            .sys_cuda_driver_version()
            .map(|version| format!("{}.{}", cuda_driver_version_major(version), cuda_driver_version_minor(version)))
            .map_err(|error| reason(&error));
        Ok(Self { count, gpus: (0..count).filter_map(gpu).collect(), cuda })
    }
}

/// The driver.
///
/// # Errors
/// Why there is no answer, as a sentence.
pub(crate) fn driver() -> Result<&'static Driver, String> {
    DRIVER.as_ref().map_err(Clone::clone)
}

/// Every GPU, in the driver's order.
pub(super) fn gpus() -> Vec<Gpu> {
    driver().map(|driver| driver.gpus.clone()).unwrap_or_default()
}

fn reason(error: &NvmlError) -> String {
    match error {
        NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound => {
            "there is no NVIDIA driver here (its library libnvidia-ml was not found)".to_owned()
        }
        NvmlError::DriverNotLoaded => "the NVIDIA driver is installed but not loaded".to_owned(),
        other => format!("the NVIDIA driver answered: {other}"),
    }
}
