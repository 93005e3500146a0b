//! Facts that matter for noise, not for identity.

use std::collections::BTreeMap;

use super::cgroup::Limits;
use super::memory::swap;
use super::{Live, cpu};
use crate::root::{Root, field, processors};

/// Keys, each absent if it could not be found out:
///
/// - `governor`: frequency governor of the cores, several with commas; `turbo`: `on`, `off`; `max_clock_mhz`;
/// - `smt`: `on`, `off`, `none`; `core_kinds`: on a hybrid processor;
/// - `hypervisor`: its name, or `none`; `steal`: share of time since boot that the hypervisor gave to others, in percent;
/// - `container`: what kind; `cpu_quota`: processors' worth of time;
/// - `load_at_start`: load average of the last minute;
/// - `transparent_huge_pages`: `always`, `madvise`, `never`; `swap_bytes`, `swap_used_bytes`;
/// - `power`: `battery`, `mains`.
pub(super) fn conditions(root: &Root, live: &Live, limits: &Limits) -> BTreeMap<String, String> {
    let swap = swap(root);
    [
        ("governor", governor(root)),
        ("turbo", turbo(root)),
        ("max_clock_mhz", max_clock(root)),
        ("smt", smt(root)),
        ("core_kinds", core_kinds(root)),
        ("hypervisor", hypervisor(root, live)),
        ("steal", steal(root)),
        ("container", container(root)),
        ("cpu_quota", limits.processors.map(|quota| format!("{quota:.2}"))),
        ("load_at_start", load(root)),
        ("transparent_huge_pages", bracketed(root, "/sys/kernel/mm/transparent_hugepage/enabled")),
        ("swap_bytes", swap.map(|(total, _)| total.to_string())),
        ("swap_used_bytes", swap.map(|(_, used)| used.to_string())),
        ("power", power(root)),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}

fn governor(root: &Root) -> Option<String> {
    let mut governors: Vec<String> = cpu::allowed(root)
        .iter()
        .filter_map(|core| root.text(&format!("/sys/devices/system/cpu/cpu{core}/cpufreq/scaling_governor")))
        .collect();
    governors.sort();
    governors.dedup();
    (!governors.is_empty()).then(|| governors.join(", "))
}

fn turbo(root: &Root) -> Option<String> {
    let intel = root.number::<u32>("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == 0);
    let on = intel.or_else(|| root.number::<u32>("/sys/devices/system/cpu/cpufreq/boost").map(|on| on != 0))?;
    Some(if on { "on" } else { "off" }.to_owned())
}

fn max_clock(root: &Root) -> Option<String> {
    cpu::allowed(root)
        .iter()
        .filter_map(|core| root.number::<u64>(&format!("/sys/devices/system/cpu/cpu{core}/cpufreq/cpuinfo_max_freq")))
        .max()
        .map(|kilohertz| (kilohertz / 1000).to_string())
}

fn smt(root: &Root) -> Option<String> {
    Some(
        match root.text("/sys/devices/system/cpu/smt/control")?.as_str() {
            "on" => "on",
            "off" | "forceoff" => "off",
            "notsupported" | "notimplemented" => "none",
            _ => return None,
        }
        .to_owned(),
    )
}

/// `8 performance, 8 efficiency` (logical cores), where the processor has two kinds.
fn core_kinds(root: &Root) -> Option<String> {
    let allowed = cpu::allowed(root);
    let cores = |kind: &str| {
        let list = processors(&root.text(&format!("/sys/devices/{kind}/cpus"))?);
        Some(list.intersection(&allowed).count())
    };
    Some(format!("{} performance, {} efficiency", cores("cpu_core")?, cores("cpu_atom")?))
}

fn hypervisor(root: &Root, live: &Live) -> Option<String> {
    if let Some(name) = &live.hypervisor {
        return Some(name.clone());
    }
    if let Some(kind) = root.text("/sys/hypervisor/type") {
        return Some(kind);
    }
    let info = root.text("/proc/cpuinfo")?;
    let flags = field(&info, "flags").map(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor"));
    match flags {
        Some(true) => Some(root.text("/sys/class/dmi/id/sys_vendor").unwrap_or_else(|| "unnamed".to_owned())),
        Some(false) => Some("none".to_owned()),
        // ARM has no such flag: the maker of the board is all there is.
        None => root
            .text("/sys/class/dmi/id/sys_vendor")
            .filter(|maker| ["QEMU", "Amazon EC2", "Google", "VMware"].iter().any(|name| maker.starts_with(name))),
    }
}

/// From the first line of `/proc/stat`: user nice system idle iowait irq softirq steal …
fn steal(root: &Root) -> Option<String> {
    let stat = root.text("/proc/stat")?;
    let ticks: Vec<f64> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8).filter_map(|n| n.parse().ok()).collect();
    let (stolen, all) = (*ticks.get(7)?, ticks.iter().sum::<f64>());
    (all > 0.0).then(|| format!("{:.2}", 100.0 * stolen / all))
}

fn container(root: &Root) -> Option<String> {
    let groups = root.text("/proc/self/cgroup").unwrap_or_default();
    let kind = if groups.contains("kubepods") || root.exists("/var/run/secrets/kubernetes.io") {
        "kubernetes"
    } else if root.exists("/.dockerenv") || groups.contains("/docker") {
        "docker"
    } else if root.exists("/run/.containerenv") {
        "podman"
    } else {
        return None;
    };
    Some(kind.to_owned())
}

fn load(root: &Root) -> Option<String> {
    let load: f64 = root.text("/proc/loadavg")?.split_whitespace().next()?.parse().ok()?;
    Some(format!("{load:.2}"))
}

/// The choice in brackets: `always [madvise] never`.
fn bracketed(root: &Root, file: &str) -> Option<String> {
    let text = root.text(file)?;
    let (_, rest) = text.split_once('[')?;
    Some(rest.split_once(']')?.0.to_owned())
}

fn power(root: &Root) -> Option<String> {
    let folder = "/sys/class/power_supply";
    let mut batteries = false;
    for name in root.names(folder) {
        match root.text(&format!("{folder}/{name}/type")).as_deref() {
            Some("Mains" | "USB") if root.number::<u32>(&format!("{folder}/{name}/online")) == Some(1) => {
                return Some("mains".to_owned());
            }
            // A mouse has a battery too; only the machine's own drains while it works.
            Some("Battery") if root.text(&format!("{folder}/{name}/scope")).as_deref() != Some("Device") => {
                batteries |= root.text(&format!("{folder}/{name}/status")).as_deref() == Some("Discharging");
            }
            _ => {}
        }
    }
    batteries.then(|| "battery".to_owned())
}
