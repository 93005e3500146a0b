//! Opening the GPU, with a reason where that is not possible.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cudarc::driver::{CudaContext, sys};
use machine::cuda::{Library, Loaded, OLDEST, Version};

use crate::absent::Absent;
use crate::cuda::{Cuda, Gpu};
use crate::facts;
use crate::monitor;

/// The GPU, as long as anyone holds it: to open it again would compile its kernels again.
static OPENED: Mutex<Weak<Cuda>> = Mutex::new(Weak::new());

/// Opens the first GPU that the driver shows (`CUDA_VISIBLE_DEVICES` chooses), with the libraries that it needs.
///
/// As long as it is held, it is the same one for whoever asks. Libraries are looked for by name, in the folders that `BENCHBOOK_CUDA` names, and in the toolkit's.
///
/// # Errors
/// [`Absent`]: what is missing, why, and how to get it. No panic of a binding escapes.
pub fn open() -> Result<Gpu, Absent> {
    open_with(&[])
}

/// As [`open`], with more folders to look for libraries in (those of Python's packages, say).
///
/// # Errors
/// [`Absent`]: what is missing, why, and how to get it.
pub fn open_with(folders: &[PathBuf]) -> Result<Gpu, Absent> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cuda) = opened.upgrade() {
        return Ok(cuda.into());
    }
    let cuda = catch_unwind(AssertUnwindSafe(|| open_guarded(folders))).unwrap_or_else(|_| Err(Absent::panicked()))?;
    let cuda = Arc::new(cuda);
    *opened = Arc::downgrade(&cuda);
    Ok(cuda.into())
}

fn open_guarded(folders: &[PathBuf]) -> Result<Cuda, Absent> {
    // SAFETY: it looks for the driver's library by name and loads it, which prepares that library's own state alone.
    if !unsafe { sys::is_culib_present() } {
        return Err(Absent::no_driver());
    }
    let context = CudaContext::new(0).map_err(|error| Absent::answer(error.0))?;
    let broken = |error: crate::Error| Absent::broken(&error.to_string());
    let runs = facts::driver_version().map_err(broken)?;
    if runs < OLDEST {
        return Err(Absent::old_driver(runs));
    }
    let nvrtc = load(Library::Nvrtc, folders, runs)?;
    let cublaslt = load(Library::CublasLt, folders, runs)?;
    let device = facts::Device::of(&context).map_err(broken)?;
    let (driver, link) = monitor::driver_and_link(&device.bus);
    let facts = facts::Facts {
        name: device.name,
        capability: device.capability,
        memory_bytes: device.memory_bytes,
        multiprocessors: device.multiprocessors,
        driver,
        cuda: runs,
        nvrtc: nvrtc.version,
        cublaslt: cublaslt.version,
        link,
    };
    Cuda::new(context, facts, device.bus).map_err(broken)
}

fn load(library: Library, folders: &[PathBuf], runs: Version) -> Result<Loaded, Absent> {
    let loaded = library.load(folders, Some(runs.major)).map_err(|why| Absent::library(library, why))?;
    // Another one of that name may have been loaded before, by someone who did not ask the driver.
    if loaded.version.major > runs.major {
        return Err(Absent::mismatch(library, loaded.version, runs));
    }
    Ok(loaded)
}
