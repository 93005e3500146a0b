//! GPUs that NVIDIA's driver reports. A machine without the driver simply has none.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nvml_wrapper::{Nvml, cuda_driver_version_major, cuda_driver_version_minor, error::NvmlError};
use results::Gpu;

/// Every GPU, in the driver's order.
pub(super) fn gpus() -> Vec<Gpu> {
    driver_answer(|nvml| {
        let driver = nvml.sys_driver_version().ok();
        let count = nvml.device_count()?;
        Ok((0..count)
            .filter_map(|index| {
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
            })
            .collect())
    })
    .unwrap_or_default()
}

/// The newest CUDA version that the driver runs.
pub(crate) fn cuda_version(nvml: &Nvml) -> Result<String, NvmlError> {
    let version = nvml.sys_cuda_driver_version()?;
    Ok(format!("{}.{}", cuda_driver_version_major(version), cuda_driver_version_minor(version)))
}

/// Asks the driver something.
///
/// # Errors
/// Why there is no answer, as a sentence. A driver library that lacks a symbol may panic: that too is only an error.
pub(crate) fn driver_answer<T>(ask: impl FnOnce(&Nvml) -> Result<T, NvmlError>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(|| {
        let nvml = Nvml::init().map_err(|error| reason(&error))?;
        ask(&nvml).map_err(|error| reason(&error))
    }))
    .unwrap_or_else(|_| Err("the NVIDIA driver's library does not fit this program".to_owned()))
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
