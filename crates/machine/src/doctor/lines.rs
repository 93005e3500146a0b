//! From facts to advice. Pure: a table of machines is its test.

use results::{DiskKind, Lane, Machine};

use super::abilities::Abilities;
use super::{DoctorLine, Status, noise};

/// Free space, in bytes, below which derived files may not fit.
const TIGHT: u64 = 5 << 30;

/// What can be measured first, then what disturbs it, then what could be added.
pub(super) fn lines(machine: &Machine, abilities: &Abilities) -> Vec<DoctorLine> {
    let mut lines =
        vec![cold_reads(machine, abilities), peak_memory(abilities), cpu_counters(abilities), simd(machine)];
    lines.extend(disks(machine));
    lines.extend(noise::noise(machine));
    lines.extend(machine.lanes.iter().map(lane));
    lines
}

pub(super) fn line(
    id: &str,
    topic: &str,
    status: Status,
    finding: impl Into<String>,
    advice: Option<&str>,
) -> DoctorLine {
    DoctorLine {
        id: id.to_owned(),
        topic: topic.to_owned(),
        status,
        finding: finding.into(),
        advice: advice.map(str::to_owned),
    }
}

fn cold_reads(machine: &Machine, abilities: &Abilities) -> DoctorLine {
    let (id, topic) = ("cold-reads", "Cold reads");
    match &abilities.cold_reads {
        Ok(()) if machine.disks.iter().any(|disk| disk.kind == DiskKind::Virtual) => line(
            id,
            topic,
            Status::Caution,
            "pages can be dropped and the device's bytes are counted, but a disk here is virtual: its host may answer \
             from memory, so that cold reads look faster than a disk",
            Some("read cold figures as a lower bound, or measure on a machine with a disk of its own"),
        ),
        Ok(()) => line(id, topic, Status::Good, "pages can be dropped, and the device's bytes are counted", None),
        Err(why) => line(
            id,
            topic,
            Status::Missing,
            format!("cold and warm cannot be told apart: {why}"),
            Some(
                "put the scratch folder on a local disk, and in a container allow reading /proc/self/io; warm figures \
                 do not need it",
            ),
        ),
    }
}

fn peak_memory(abilities: &Abilities) -> DoctorLine {
    let (id, topic) = ("peak-memory", "Peak memory");
    match &abilities.peak_memory {
        Ok(()) => line(id, topic, Status::Good, "the peak of resident memory can be set back before each sample", None),
        Err(why) => line(
            id,
            topic,
            Status::Missing,
            format!("peak memory per sample cannot be measured: {why}"),
            Some("needs Linux with /proc mounted and /proc/self/clear_refs writable"),
        ),
    }
}

fn cpu_counters(abilities: &Abilities) -> DoctorLine {
    let (id, topic) = ("cpu-counters", "CPU counters");
    match &abilities.cpu_counters {
        Ok(()) => line(id, topic, Status::Good, "the processor's own counters (instructions) can be read", None),
        Err(why) => line(
            id,
            topic,
            Status::Missing,
            format!(
                "the processor's own counters cannot be read: {why}; times, bytes and CPU seconds do not need them"
            ),
            Some(
                "sudo sysctl kernel.perf_event_paranoid=1; a virtual machine must also be given the counters by its host",
            ),
        ),
    }
}

fn simd(machine: &Machine) -> DoctorLine {
    let (id, topic) = ("simd", "SIMD");
    if machine.cpu.simd.is_empty() {
        let finding = "no SIMD feature is known for this processor: explicit SIMD variants run their portable path";
        return line(id, topic, Status::Caution, finding, None);
    }
    line(id, topic, Status::Good, format!("this processor has {}", machine.cpu.simd.join(", ")), None)
}

fn disks(machine: &Machine) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for disk in &machine.disks {
        let usage = &disk.usage;
        let id = format!("disk-{usage}");
        let topic = format!("Disk ({usage})");
        let advice = match disk.kind {
            DiskKind::Memory => Some("use a folder on a disk, or results about storage say nothing about disks"),
            DiskKind::Network => Some("other users of the network disturb it; use a local disk for quieter figures"),
            _ => None,
        };
        let filesystem = disk.filesystem.as_deref().unwrap_or("unknown file system");
        let device = disk.device.as_deref().map(|device| format!(" on {device}")).unwrap_or_default();
        let kind = kind(disk.kind);
        let finding = format!("{filesystem}{device}: {kind}");
        let status = if advice.is_some() { Status::Caution } else { Status::Good };
        lines.push(line(&id, &topic, status, finding, advice));
        if let Some(free) = disk.free_bytes.filter(|free| *free < TIGHT && usage != "data") {
            lines.push(line(
                &format!("space-{usage}"),
                &format!("Space ({usage})"),
                Status::Caution,
                format!("{} free", mebibytes(free)),
                Some("derived files may not fit: free some space, or choose another folder"),
            ));
        }
    }
    lines
}

fn kind(kind: DiskKind) -> &'static str {
    match kind {
        DiskKind::Hdd => "a spinning disk",
        DiskKind::Ssd => "flash (SSD)",
        DiskKind::Nvme => "flash on NVMe",
        DiskKind::Virtual => "a virtual disk; what is behind it cannot be seen",
        DiskKind::Memory => "memory, not a disk",
        DiskKind::Network => "a network file system",
        DiskKind::Unknown => "the kind of storage could not be found out",
    }
}

fn lane(lane: &Lane) -> DoctorLine {
    let id = format!("lane-{}", lane.id);
    let adds = &lane.adds;
    match (&lane.version, &lane.missing) {
        (Some(version), None) => {
            let place = lane.path.as_deref().map(|path| format!(" ({path})")).unwrap_or_default();
            line(&id, &lane.id, Status::Good, format!("{version}{place}: {adds}"), None)
        }
        (_, missing) => {
            let missing = missing.as_deref().unwrap_or("not found");
            // A lane's reason is "why; how to get it".
            let (why, advice) = missing.split_once("; ").map_or((missing, None), |(why, how)| (why, Some(how)));
            line(&id, &lane.id, Status::Missing, format!("{why}; it would add {adds}"), advice)
        }
    }
}

pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::{Cpu, Disk};

    fn able() -> Abilities {
        Abilities { cold_reads: Ok(()), peak_memory: Ok(()), cpu_counters: Ok(()) }
    }

    fn machine(conditions: &[(&str, &str)]) -> Machine {
        Machine {
            cpu: Cpu { logical_cores: 4, simd: vec!["avx2".to_owned()], ..Cpu::default() },
            conditions: conditions.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..Machine::default()
        }
    }

    fn disk(usage: &str, kind: DiskKind, free_bytes: u64) -> Disk {
        Disk {
            usage: usage.to_owned(),
            device: None,
            filesystem: Some("ext4".to_owned()),
            kind,
            bytes: None,
            free_bytes: Some(free_bytes),
        }
    }

    fn status(lines: &[DoctorLine], id: &str) -> Option<Status> {
        lines.iter().find(|line| line.id == id).map(|line| line.status)
    }

    #[test]
    fn conditions_and_what_is_made_of_them() {
        use Status::{Caution, Good};
        for (conditions, id, expected) in [
            (&[("governor", "powersave")][..], "governor", Some(Caution)),
            (&[("governor", "performance")], "governor", Some(Good)),
            (&[("governor", "performance, powersave")], "governor", Some(Caution)),
            (&[], "governor", None),
            (&[("turbo", "on")], "turbo", Some(Good)),
            (&[("load_at_start", "1.90")], "load", Some(Good)),
            (&[("load_at_start", "2.10")], "load", Some(Caution)),
            (&[("load_at_start", "rubbish")], "load", None),
            (&[("power", "battery")], "power", Some(Caution)),
            (&[("power", "mains")], "power", Some(Good)),
            (&[("swap_used_bytes", "0")], "swap", Some(Good)),
            (&[("swap_used_bytes", "4096")], "swap", Some(Caution)),
            (&[("transparent_huge_pages", "never")], "huge-pages", Some(Caution)),
            (&[("transparent_huge_pages", "madvise")], "huge-pages", Some(Good)),
            (&[("hypervisor", "none")], "hypervisor", Some(Good)),
            (&[("hypervisor", "KVM"), ("steal", "0.09")], "hypervisor", Some(Good)),
            (&[("hypervisor", "KVM"), ("steal", "4.20")], "hypervisor", Some(Caution)),
            (&[("cpu_quota", "1.50")], "cpu-quota", Some(Caution)),
        ] {
            assert_eq!(status(&lines(&machine(conditions), &able()), id), expected, "{conditions:?}");
        }
    }

    #[test]
    fn whatever_is_not_good_says_what_to_do() {
        let unable = Abilities {
            cold_reads: Err("/proc/self/io cannot be read".to_owned()),
            peak_memory: Err("no /proc".to_owned()),
            cpu_counters: Err("not permitted".to_owned()),
        };
        let mut machine = machine(&[("governor", "powersave"), ("load_at_start", "9"), ("swap_used_bytes", "1")]);
        machine.disks = vec![disk("scratch", DiskKind::Memory, 1 << 20), disk("data", DiskKind::Network, 1 << 20)];
        let lines = lines(&machine, &unable);
        for id in ["cold-reads", "peak-memory", "cpu-counters"] {
            assert_eq!(status(&lines, id), Some(Status::Missing));
        }
        for id in ["disk-scratch", "disk-data", "space-scratch", "governor", "load", "swap"] {
            assert_eq!(status(&lines, id), Some(Status::Caution), "{id}");
        }
        assert_eq!(status(&lines, "space-data"), None, "nothing is written where the data lie");
        for line in lines.iter().filter(|line| line.status != Status::Good) {
            assert!(line.advice.as_deref().is_some_and(|advice| !advice.is_empty()), "{line:?}");
        }
    }

    #[test]
    fn a_virtual_disk_may_hide_a_warm_host() {
        let mut machine = machine(&[]);
        machine.disks = vec![disk("scratch", DiskKind::Virtual, 1 << 40)];
        assert_eq!(status(&lines(&machine, &able()), "cold-reads"), Some(Status::Caution));
        machine.disks = vec![disk("scratch", DiskKind::Nvme, 1 << 40)];
        assert_eq!(status(&lines(&machine, &able()), "cold-reads"), Some(Status::Good));
    }

    #[test]
    fn lanes_say_what_they_add_and_how_to_get_them() {
        let mut machine = machine(&[]);
        let lane = |id: &str, version: Option<&str>, missing: Option<&str>| Lane {
            id: id.to_owned(),
            version: version.map(str::to_owned),
            path: None,
            missing: missing.map(str::to_owned),
            adds: "what it adds".to_owned(),
        };
        machine.lanes = vec![
            lane("python", Some("3.12.1"), None),
            lane("numpy", None, Some("not installed; pip install numpy")),
            lane("cuda", None, Some("no driver")),
        ];
        let lines = lines(&machine, &able());
        let find = |id: &str| lines.iter().find(|line| line.id == id).unwrap();
        assert_eq!(find("lane-python").finding, "3.12.1: what it adds");
        assert_eq!(find("lane-numpy").finding, "not installed; it would add what it adds");
        assert_eq!(find("lane-numpy").advice.as_deref(), Some("pip install numpy"));
        assert_eq!((find("lane-cuda").status, &find("lane-cuda").advice), (Status::Missing, &None));
    }
}
