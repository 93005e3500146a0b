//! The machine: stable facts, and its own ceilings.

use serde::{Deserialize, Serialize};

use crate::fingerprint;

/// What the measurements ran on. Every optional fact that is absent could not be found out here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Processor.
    pub cpu: Cpu,
    /// Bytes of memory that the kernel reports.
    pub memory_bytes: u64,
    /// Bytes of memory that this process may use, if a cgroup limits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit_bytes: Option<u64>,
    /// NUMA nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numa_nodes: Option<u32>,
    /// Disks under the folders in use (data, scratch).
    #[serde(default)]
    pub disks: Vec<Disk>,
    /// GPUs that a driver reports.
    #[serde(default)]
    pub gpus: Vec<Gpu>,
    /// Operating system.
    pub os: Os,
    /// Programs that can run variants (this binary, Python …), found or not.
    #[serde(default)]
    pub lanes: Vec<Lane>,
    /// Facts that matter for noise, not for identity: governor, turbo, load at start, virtualisation.
    #[serde(default)]
    pub conditions: std::collections::BTreeMap<String, String>,
}

impl Machine {
    /// Identity from stable facts only: processor, core counts, memory (to the GiB), architecture, OS family, GPUs.
    /// Uptime, clock rates, kernel patch level and free space are left out on purpose.
    #[must_use]
    pub fn id(&self) -> String {
        let gib = (self.memory_bytes as f64 / f64::from(1 << 30)).round();
        let gpus: Vec<&str> = self.gpus.iter().map(|gpu| gpu.name.as_str()).collect();
        fingerprint(&[
            &self.cpu.model,
            &self.cpu.physical_cores.to_string(),
            &self.cpu.logical_cores.to_string(),
            &format!("{gib}"),
            &self.os.arch,
            &self.os.family,
            &gpus.join("|"),
        ])[..12]
            .to_owned()
    }

    /// The machine in one line, for the start page.
    #[must_use]
    pub fn summary(&self) -> String {
        let gib = self.memory_bytes as f64 / f64::from(1 << 30);
        let cores = self.cpu.logical_cores;
        let gpu = match self.gpus.as_slice() {
            [] => "no GPU".to_owned(),
            [one] => one.name.clone(),
            [first, ..] => format!("{} × {}", self.gpus.len(), first.name),
        };
        format!(
            "{}, {cores} {}, {gib:.0} GiB memory, {gpu}, {}",
            self.cpu.model,
            if cores == 1 { "core" } else { "cores" },
            self.os.name
        )
    }
}

/// The processor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cpu {
    /// Marketing name.
    pub model: String,
    /// Physical cores that this process may use.
    pub physical_cores: u32,
    /// Logical cores that this process may use.
    pub logical_cores: u32,
    /// Data caches, smallest first.
    #[serde(default)]
    pub caches: Vec<Cache>,
    /// SIMD features that matter here: `avx2`, `avx512f`, `neon`, `amx-bf16` …
    #[serde(default)]
    pub simd: Vec<String>,
}

/// A data cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// 1, 2 or 3.
    pub level: u32,
    /// Size of one instance.
    pub bytes: u64,
    /// Logical cores that share an instance.
    pub shared_by: u32,
}

/// A disk or other storage under a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// What it is used for here: `data`, `scratch`, `results`.
    pub usage: String,
    /// Device name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// File system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<String>,
    /// Kind of storage.
    pub kind: DiskKind,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Free bytes when probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
}

/// Kind of storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskKind {
    /// Spinning disk.
    Hdd,
    /// Flash behind SATA or another non-NVMe bus.
    Ssd,
    /// Flash on NVMe.
    Nvme,
    /// A virtual disk: what is behind it cannot be seen.
    Virtual,
    /// Memory (tmpfs, ramfs).
    Memory,
    /// A network file system.
    Network,
    /// Could not be found out.
    Unknown,
}

/// A GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// Marketing name.
    pub name: String,
    /// Bytes of device memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Driver version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Compute capability, e.g. `9.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_capability: Option<String>,
}

/// The operating system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// `linux`, `macos`, `windows`.
    pub family: String,
    /// Distribution and version.
    pub name: String,
    /// Kernel version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// `x86_64`, `aarch64`.
    pub arch: String,
}

/// A program or library that can run variants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// `python`, `numpy`, `duckdb`, `pyarrow`, `cuda` …
    pub id: String,
    /// Version, if it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it was found (an interpreter's path), if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why it is missing and how to get it, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What it adds to the guide.
    pub adds: String,
}

/// A ceiling of the machine: the most it was seen to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    /// `memory-read`, `memory-copy`, `memory-update`, `flops`, `ops-i64`, `disk-sequential-read`, `disk-random-read`.
    pub id: String,
    /// For people: `memory read, L1 cache, 1 thread`.
    pub label: String,
    /// `bytes/s`, `flop/s`, `op/s`, `reads/s`.
    pub unit: String,
    /// Threads that worked.
    pub threads: u32,
    /// Element type, where it matters: `f64`, `f32`, `i64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// Bytes that the kernel walked over (all threads together), for memory ceilings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_set_bytes: Option<u64>,
    /// Bytes of one read, for disk ceilings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_bytes: Option<u64>,
    /// Every sample in order, in `unit`. Empty if it was not measured.
    pub samples: Vec<f64>,
    /// Why it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

impl Ceiling {
    /// The ceiling: the best sample, since a ceiling is what the machine can do when nothing disturbs it.
    #[must_use]
    pub fn best(&self) -> Option<f64> {
        self.samples.iter().copied().reduce(f64::max)
    }
}
