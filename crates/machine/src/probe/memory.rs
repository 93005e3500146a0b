//! Memory: how much there is, how much this process may use, and how much is free to measure in.

use super::cgroup::{Limits, limits};
use crate::root::{Root, kilobytes, processors};

/// Bytes of memory that the kernel reports, 0 if it reports none.
pub(super) fn total(root: &Root) -> u64 {
    meminfo(root, "MemTotal").unwrap_or(0)
}

/// The control group's limit, where it is one: below what the machine has.
pub(super) fn limit(root: &Root, limits: &Limits) -> Option<u64> {
    let total = total(root);
    limits.memory.filter(|limit| total == 0 || *limit < total)
}

/// NUMA nodes that have memory.
pub(super) fn numa_nodes(root: &Root) -> Option<u32> {
    let nodes = root
        .text("/sys/devices/system/node/has_memory")
        .or_else(|| root.text("/sys/devices/system/node/online"))
        .map(|list| processors(&list).len())?;
    u32::try_from(nodes).ok().filter(|nodes| *nodes > 0)
}

/// Bytes that can be allocated now without pushing anything out: what is free, what the control group still allows, and
/// what a limit on the process's address space (`ulimit -v`) leaves.
pub(crate) fn available(root: &Root) -> Option<u64> {
    let free = meminfo(root, "MemAvailable").or_else(|| meminfo(root, "MemFree"));
    let limits = limits(root);
    let allowed = limits.memory.map(|limit| limit.saturating_sub(limits.memory_used));
    [free, allowed, address_space(root)].into_iter().flatten().min()
}

fn address_space(root: &Root) -> Option<u64> {
    let limits = root.text("/proc/self/limits")?;
    // The number is missing where the word "unlimited" stands.
    let limit: u64 = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space")?.split_whitespace().next()?.parse().ok())?;
    let used = kilobytes(&root.text("/proc/self/status")?, "VmSize")?;
    Some(limit.saturating_sub(used))
}

/// Bytes of swap space and of swap in use.
pub(super) fn swap(root: &Root) -> Option<(u64, u64)> {
    let total = meminfo(root, "SwapTotal")?;
    Some((total, total.saturating_sub(meminfo(root, "SwapFree")?)))
}

fn meminfo(root: &Root, key: &str) -> Option<u64> {
    kilobytes(&root.text("/proc/meminfo")?, key)
}
