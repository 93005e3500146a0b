//! The processor: its name, and the cores that this process may use.

use std::collections::BTreeSet;

use results::Cpu;

use super::Live;
use super::cache::caches;
use super::cgroup::Limits;
use crate::root::{Root, field, processors};

pub(super) fn cpu(root: &Root, live: &Live, limits: &Limits) -> Cpu {
    let allowed = allowed(root);
    let logical = if allowed.is_empty() { live.parallelism } else { count(allowed.len()) }.max(1);
    let logical = limits.processors.map_or(logical, |quota| logical.min(whole(quota)));
    let physical = physical(root, &allowed).unwrap_or(logical).clamp(1, logical);
    Cpu {
        model: model(root, live),
        physical_cores: physical,
        logical_cores: logical,
        caches: caches(root, &allowed, &live.caches),
        simd: live.simd.clone(),
    }
}

/// Processors that this process may run on; empty if the system does not say.
pub(crate) fn allowed(root: &Root) -> BTreeSet<u32> {
    let status = root.text("/proc/self/status").unwrap_or_default();
    let allowed = field(&status, "Cpus_allowed_list").map(processors).unwrap_or_default();
    let online = root.text("/sys/devices/system/cpu/online").map(|list| processors(&list)).unwrap_or_default();
    match (allowed.is_empty(), online.is_empty()) {
        (true, _) => online,
        (false, true) => allowed,
        // The mask may name processors that are switched off or do not exist.
        (false, false) => allowed.intersection(&online).copied().collect(),
    }
}

/// Threads that a quota keeps busy without being throttled: a part of a processor does not carry one more.
fn whole(quota: f64) -> u32 {
    // A float converts to an integer by saturating, so an absurd quota is merely large.
    (quota.floor() as u32).max(1)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Distinct cores among the allowed processors.
fn physical(root: &Root, allowed: &BTreeSet<u32>) -> Option<u32> {
    let mut cores = BTreeSet::new();
    for processor in allowed {
        let folder = format!("/sys/devices/system/cpu/cpu{processor}/topology");
        // Core numbers repeat across packages and clusters; the list of siblings does not.
        let siblings = root
            .text(&format!("{folder}/core_cpus_list"))
            .or_else(|| root.text(&format!("{folder}/thread_siblings_list")))?;
        cores.insert(processors(&siblings));
    }
    (!cores.is_empty()).then(|| count(cores.len()))
}

fn model(root: &Root, live: &Live) -> String {
    let info = root.text("/proc/cpuinfo").unwrap_or_default();
    field(&info, "model name")
        .map(str::to_owned)
        .or_else(|| arm(&info))
        .or_else(|| live.brand.clone())
        .or_else(|| root.text("/proc/device-tree/model"))
        .map(|name| tidy(&name))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("unknown {} processor", live.arch))
}

/// Without trade mark signs, the nominal clock and runs of spaces.
fn tidy(name: &str) -> String {
    let name = ["(R)", "(r)", "(TM)", "(tm)"].iter().fold(name.to_owned(), |name, sign| name.replace(sign, " "));
    let name = name.split(" @ ").next().unwrap_or_default();
    name.split_whitespace().filter(|word| *word != "CPU").collect::<Vec<_>>().join(" ")
}

/// The core's name on ARM, where the kernel gives numbers only.
fn arm(info: &str) -> Option<String> {
    let number = |key: &str| u32::from_str_radix(field(info, key)?.trim_start_matches("0x"), 16).ok();
    let (implementer, part) = (number("CPU implementer")?, number("CPU part")?);
    let name = match (implementer, part) {
        (0x41, 0xd03) => "ARM Cortex-A53",
        (0x41, 0xd04) => "ARM Cortex-A35",
        (0x41, 0xd05) => "ARM Cortex-A55",
        (0x41, 0xd07) => "ARM Cortex-A57",
        (0x41, 0xd08) => "ARM Cortex-A72",
        (0x41, 0xd09) => "ARM Cortex-A73",
        (0x41, 0xd0a) => "ARM Cortex-A75",
        (0x41, 0xd0b) => "ARM Cortex-A76",
        (0x41, 0xd0c) => "ARM Neoverse N1",
        (0x41, 0xd40) => "ARM Neoverse V1",
        (0x41, 0xd41) => "ARM Cortex-A78",
        (0x41, 0xd44) => "ARM Cortex-X1",
        (0x41, 0xd49) => "ARM Neoverse N2",
        (0x41, 0xd4f) => "ARM Neoverse V2",
        (0x41, 0xd83) => "ARM Neoverse V3",
        (0x41, 0xd8e) => "ARM Neoverse N3",
        (0xc0, 0xac3..=0xac5) => "AmpereOne",
        (0x61, _) => "Apple silicon",
        (0x46, 0x001) => "Fujitsu A64FX",
        _ => return Some(format!("ARM implementer {implementer:#04x} part {part:#05x}")),
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (raw, expected) in [
            ("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "Intel Xeon Platinum 8375C"),
            ("12th Gen Intel(R) Core(TM) i7-12700H", "12th Gen Intel Core i7-12700H"),
            ("AMD EPYC 9R14 96-Core Processor    ", "AMD EPYC 9R14 96-Core Processor"),
        ] {
            assert_eq!(tidy(raw), expected);
        }
        assert_eq!(arm("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n").as_deref(), Some("ARM Neoverse N1"));
        assert_eq!(
            arm("CPU implementer\t: 0x99\nCPU part\t: 0x001\n").as_deref(),
            Some("ARM implementer 0x99 part 0x001")
        );
        assert_eq!(arm("processor: 0\n"), None);
    }

    #[test]
    fn quotas_round_down_to_whole_threads() {
        for (quota, expected) in [(0.1, 1), (1.0, 1), (1.9, 1), (2.0, 2), (64.5, 64)] {
            assert_eq!(whole(quota), expected);
        }
    }
}
