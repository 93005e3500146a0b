//! Stable facts about the machine, and the conditions of the moment.
//!
//! Two sources: text files of the kernel, read below a [`Root`] so that tests can lay out any machine, and [`Live`], what
//! only the running processor and the standard library can say.

mod cache;
mod cgroup;
mod conditions;
mod cpu;
mod cpuid;
mod disk;
#[cfg(test)]
mod fixtures;
mod gpu;
mod memory;
mod mounts;
mod os;
mod simd;

use std::path::Path;

use results::{Cache, Machine};

use crate::root::Root;

#[cfg(target_os = "linux")]
pub(crate) use cpu::allowed;
#[cfg(target_os = "linux")]
pub(crate) use disk::space;
pub(crate) use gpu::driver as gpu_driver;

/// Probes this machine. `folders` are the folders in use, each with what it is used for (`data`, `scratch`, `results`).
///
/// Takes a few milliseconds, more where a GPU driver must wake up. The lanes are left empty: see [`crate::lanes()`].
#[must_use]
pub fn probe(folders: &[(&str, &Path)]) -> Machine {
    let mut machine = probe_below(&Root::system(), &Live::here(), folders);
    machine.gpus = gpu::gpus();
    machine
}

/// The data caches of this machine, smallest first: the part of [`probe`] that a worker may ask for at no cost.
#[must_use]
pub fn caches() -> Vec<Cache> {
    let root = Root::system();
    cache::caches(&root, &cpu::allowed(&root), &cpuid::caches())
}

/// Bytes that this process can allocate now without pushing anything out, if the system says: what is free, and what a control group
/// or a limit on the address space leaves of it.
#[must_use]
pub fn free_memory() -> Option<u64> {
    memory::available(&Root::system())
}

/// Probes the machine whose files lie below a root.
pub(crate) fn probe_below(root: &Root, live: &Live, folders: &[(&str, &Path)]) -> Machine {
    let limits = cgroup::limits(root);
    Machine {
        cpu: cpu::cpu(root, live, &limits),
        memory_bytes: memory::total(root),
        memory_limit_bytes: memory::limit(root, &limits),
        numa_nodes: memory::numa_nodes(root),
        disks: folders.iter().map(|(usage, folder)| disk::disk(root, usage, folder)).collect(),
        gpus: Vec::new(),
        os: os::os(root, live),
        lanes: Vec::new(),
        conditions: conditions::conditions(root, live, &limits),
    }
}

/// What no file says: the answers of the running processor and of the standard library.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    /// `x86_64`, `aarch64`.
    pub(crate) arch: String,
    /// `linux`, `macos`, `windows`.
    pub(crate) family: String,
    /// Marketing name from the processor itself.
    pub(crate) brand: Option<String>,
    /// Hypervisor that the processor reports.
    pub(crate) hypervisor: Option<String>,
    /// SIMD features.
    pub(crate) simd: Vec<String>,
    /// Data caches that the processor reports.
    pub(crate) caches: Vec<Cache>,
    /// Logical cores by the standard library.
    pub(crate) parallelism: u32,
}

impl Live {
    /// This machine.
    pub(crate) fn here() -> Self {
        Self {
            arch: std::env::consts::ARCH.to_owned(),
            family: std::env::consts::OS.to_owned(),
            brand: cpuid::brand(),
            hypervisor: cpuid::hypervisor(),
            simd: simd::features(),
            caches: cpuid::caches(),
            parallelism: std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX)),
        }
    }
}
