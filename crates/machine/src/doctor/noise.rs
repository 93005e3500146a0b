//! What disturbs measurements here, from the conditions that the probe found.

use std::collections::BTreeMap;

use results::Machine;

use super::lines::{line, mebibytes};
use super::{DoctorLine, Status};

/// Load per core above which other work disturbs measurements.
const BUSY: f64 = 0.5;

/// Share of stolen time, in percent, above which the host is crowded.
const CROWDED: f64 = 1.0;

type Conditions = BTreeMap<String, String>;

/// Governor, turbo, load, power, pages, swap, neighbours and quota, as far as they are known.
pub(super) fn noise(machine: &Machine) -> Vec<DoctorLine> {
    let conditions = &machine.conditions;
    let cores = machine.cpu.logical_cores;
    [
        governor(conditions),
        turbo(conditions),
        load(conditions, cores),
        power(conditions),
        huge_pages(conditions),
        swap(conditions),
        hypervisor(conditions),
        quota(conditions),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn number(conditions: &Conditions, key: &str) -> Option<f64> {
    conditions.get(key)?.parse().ok()
}

fn governor(conditions: &Conditions) -> Option<DoctorLine> {
    let governor = conditions.get("governor")?;
    let (status, advice) = if governor.contains("powersave") || governor.contains("conservative") {
        (Status::Caution, Some("sudo cpupower frequency-set -g performance (the clock may start each sample low)"))
    } else {
        (Status::Good, None)
    };
    Some(line("governor", "Frequency governor", status, governor.clone(), advice))
}

fn turbo(conditions: &Conditions) -> Option<DoctorLine> {
    let on = conditions.get("turbo")? == "on";
    let finding = if on {
        "on: the clock depends on temperature and on how many cores work; order is randomised so that drift hits all alike"
    } else {
        "off: the clock is steady"
    };
    Some(line("turbo", "Turbo", Status::Good, finding, None))
}

fn load(conditions: &Conditions, cores: u32) -> Option<DoctorLine> {
    let load = number(conditions, "load_at_start")?;
    let per_core = load / f64::from(cores.max(1));
    let finding = format!("load average {load:.2} on {cores} {}", if cores == 1 { "core" } else { "cores" });
    let busy = per_core > BUSY;
    let (status, advice) = if busy {
        (Status::Caution, Some("other programs are at work: close them, or expect wider intervals"))
    } else {
        (Status::Good, None)
    };
    Some(line("load", "Load", status, finding, advice))
}

fn power(conditions: &Conditions) -> Option<DoctorLine> {
    Some(match conditions.get("power")?.as_str() {
        "battery" => {
            line("power", "Power", Status::Caution, "on battery: the clock is held down", Some("plug the machine in"))
        }
        other => line("power", "Power", Status::Good, other, None),
    })
}

fn huge_pages(conditions: &Conditions) -> Option<DoctorLine> {
    let (id, topic) = ("huge-pages", "Huge pages");
    Some(match conditions.get("transparent_huge_pages")?.as_str() {
        "never" => line(
            id,
            topic,
            Status::Caution,
            "never: walks through large arrays wait for address translation, in the ceilings as in every variant",
            Some("echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"),
        ),
        "madvise" => line(
            id,
            topic,
            Status::Good,
            "madvise: programs that ask for them (the ceilings here, NumPy) walk faster through large arrays than others",
            None,
        ),
        other => line(id, topic, Status::Good, other, None),
    })
}

fn swap(conditions: &Conditions) -> Option<DoctorLine> {
    let used = number(conditions, "swap_used_bytes")?;
    Some(if used > 0.0 {
        line(
            "swap",
            "Swap",
            Status::Caution,
            // A float converts to an integer by saturating; bytes of swap are far below that.
            format!("{} of swap are in use: memory is or was short", mebibytes(used as u64)),
            Some("close programs that hold memory, then: sudo swapoff -a && sudo swapon -a"),
        )
    } else {
        line("swap", "Swap", Status::Good, "no swap in use", None)
    })
}

fn hypervisor(conditions: &Conditions) -> Option<DoctorLine> {
    let name = conditions.get("hypervisor")?;
    let steal = number(conditions, "steal").unwrap_or(0.0);
    Some(match name.as_str() {
        "none" => line("hypervisor", "Virtualisation", Status::Good, "none", None),
        _ if steal > CROWDED => line(
            "hypervisor",
            "Virtualisation",
            Status::Caution,
            format!("{name}; {steal:.2} % of the time since start was taken by the host for others"),
            Some("neighbours disturb this machine: prefer a dedicated one, or a larger budget"),
        ),
        _ => line(
            "hypervisor",
            "Virtualisation",
            Status::Good,
            format!("{name}; {steal:.2} % of the time since start was taken by the host for others"),
            None,
        ),
    })
}

fn quota(conditions: &Conditions) -> Option<DoctorLine> {
    let quota = number(conditions, "cpu_quota")?;
    Some(line(
        "cpu-quota",
        "CPU quota",
        Status::Caution,
        format!("this container may use {quota:.2} processors: beyond that it is stopped for a while"),
        Some(
            "start the container without a CPU limit while measuring (docker: no --cpus), or pin it with --cpuset-cpus",
        ),
    ))
}
