//! Machines laid out as folders: what the probe makes of them.

use std::fs;
use std::path::Path;

use results::{Cache, DiskKind, Machine};

use super::{Live, probe_below};
use crate::root::Root;

const CPU: &str = "sys/devices/system/cpu";

/// A tree of files below a temporary folder.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(self, path: &str, content: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    #[cfg(unix)]
    fn link(self, path: &str, target: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    /// A core with its siblings, and its caches as `(level, type, size, sharers)`.
    fn core(mut self, core: u32, siblings: &str, caches: &[(u32, &str, &str, &str)]) -> Self {
        self = self.file(&format!("{CPU}/cpu{core}/topology/thread_siblings_list"), siblings);
        for (index, (level, kind, size, sharers)) in caches.iter().enumerate() {
            let folder = format!("{CPU}/cpu{core}/cache/index{index}");
            self = self
                .file(&format!("{folder}/level"), &format!("{level}\n"))
                .file(&format!("{folder}/type"), &format!("{kind}\n"))
                .file(&format!("{folder}/size"), &format!("{size}\n"))
                .file(&format!("{folder}/shared_cpu_list"), &format!("{sharers}\n"));
        }
        self
    }

    fn allowed(self, list: &str) -> Self {
        self.file("proc/self/status", &format!("Name:\tbenchbook\nCpus_allowed_list:\t{list}\n"))
    }

    fn probe(&self) -> Machine {
        self.probe_folders(&[])
    }

    fn probe_folders(&self, folders: &[(&str, &Path)]) -> Machine {
        probe_below(&Root::at(self.0.path()), &live(), folders)
    }
}

fn live() -> Live {
    Live { arch: "x86_64".to_owned(), family: "linux".to_owned(), parallelism: 3, ..Live::default() }
}

fn cache(level: u32, kib: u64, shared_by: u32) -> Cache {
    Cache { level, bytes: kib << 10, shared_by }
}

fn condition<'a>(machine: &'a Machine, key: &str) -> Option<&'a str> {
    machine.conditions.get(key).map(String::as_str)
}

/// Two performance cores with two threads each, four efficiency cores that share an L2.
fn hybrid() -> Tree {
    let big = |core: u32, pair: &'static str| -> [(u32, &'static str, &'static str, &'static str); 4] {
        let _ = core;
        [
            (1, "Data", "48K", pair),
            (1, "Instruction", "32K", pair),
            (2, "Unified", "1280K", pair),
            (3, "Unified", "24M", "0-7"),
        ]
    };
    let mut tree = Tree::new()
        .file(
            "proc/cpuinfo",
            "processor\t: 0\nmodel name\t: 12th Gen Intel(R) Core(TM) i7-12700H\nflags\t\t: fpu avx2\n",
        )
        .file(
            "proc/meminfo",
            "MemTotal:       32658432 kB\nMemAvailable: 20000000 kB\nSwapTotal: 2097152 kB\nSwapFree: 1048576 kB\n",
        )
        .file("proc/loadavg", "0.42 0.50 0.61 2/1043 12345\n")
        .file("proc/stat", "cpu  100 0 50 800 30 0 0 20 0 0\ncpu0 1 2 3\n")
        .file("etc/os-release", "NAME=\"Ubuntu\"\nPRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\n")
        .file("proc/sys/kernel/osrelease", "6.8.0-40-generic\n")
        .file(&format!("{CPU}/online"), "0-7\n")
        .file(&format!("{CPU}/smt/control"), "on\n")
        .file(&format!("{CPU}/intel_pstate/no_turbo"), "0\n")
        .file("sys/devices/cpu_core/cpus", "0-3\n")
        .file("sys/devices/cpu_atom/cpus", "4-7\n")
        .file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n")
        .file("sys/devices/system/node/has_memory", "0\n")
        .file("sys/class/power_supply/BAT0/type", "Battery\n")
        .file("sys/class/power_supply/BAT0/status", "Discharging\n")
        .file("sys/class/power_supply/AC/type", "Mains\n")
        .file("sys/class/power_supply/AC/online", "0\n")
        .allowed("0-7");
    for (core, pair) in [(0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3")] {
        tree = tree.core(core, pair, &big(core, pair));
    }
    for core in 4..8 {
        let own = ["4", "5", "6", "7"][core as usize - 4];
        tree =
            tree.core(core, own, &[(1, "Data", "32K", own), (2, "Unified", "2M", "4-7"), (3, "Unified", "24M", "0-7")]);
    }
    for core in 0..8 {
        let folder = format!("{CPU}/cpu{core}/cpufreq");
        tree = tree
            .file(&format!("{folder}/scaling_governor"), "powersave\n")
            .file(&format!("{folder}/cpuinfo_max_freq"), if core < 4 { "4700000\n" } else { "3500000\n" });
    }
    tree
}

#[test]
fn intel_hybrid_laptop() {
    let machine = hybrid().probe();
    assert_eq!(machine.cpu.model, "12th Gen Intel Core i7-12700H");
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (6, 8));
    assert_eq!(
        machine.cpu.caches,
        [cache(1, 32, 1), cache(1, 48, 2), cache(2, 1280, 2), cache(2, 2048, 4), cache(3, 24 << 10, 8)]
    );
    assert_eq!(machine.memory_bytes, 32_658_432 * 1024);
    assert_eq!((machine.memory_limit_bytes, machine.numa_nodes), (None, Some(1)));
    assert_eq!(machine.os.name, "Ubuntu 24.04.1 LTS");
    assert_eq!(machine.os.kernel.as_deref(), Some("6.8.0-40-generic"));
    for (key, expected) in [
        ("governor", "powersave"),
        ("turbo", "on"),
        ("max_clock_mhz", "4700"),
        ("smt", "on"),
        ("core_kinds", "4 performance, 4 efficiency"),
        ("hypervisor", "none"),
        ("steal", "2.00"),
        ("load_at_start", "0.42"),
        ("transparent_huge_pages", "madvise"),
        ("swap_used_bytes", "1073741824"),
        ("power", "battery"),
    ] {
        assert_eq!(condition(&machine, key), Some(expected), "{key}");
    }
}

#[test]
fn an_affinity_mask_leaves_some_cores() {
    let machine = hybrid().allowed("1-2,5,900").probe();
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (3, 3));
    assert_eq!(condition(&machine, "core_kinds"), Some("2 performance, 1 efficiency"));
}

#[test]
fn amd_server_with_many_caches_and_nodes() {
    let mut tree = Tree::new()
        .file("proc/cpuinfo", "model name\t: AMD EPYC 9R14 96-Core Processor\nflags\t\t: fpu hypervisor\n")
        .file("sys/class/dmi/id/sys_vendor", "Amazon EC2\n")
        .file(&format!("{CPU}/online"), "0-15\n")
        .file(&format!("{CPU}/smt/control"), "notsupported\n")
        .file(&format!("{CPU}/cpufreq/boost"), "0\n")
        .file("sys/devices/system/node/has_memory", "0-1\n")
        .allowed("0-15");
    for core in 0..16 {
        let (own, group) = (core.to_string(), if core < 8 { "0-7" } else { "8-15" });
        tree = tree.core(
            core,
            &own,
            &[(1, "Data", "32K", &own), (2, "Unified", "1024K", &own), (3, "Unified", "32768K", group)],
        );
    }
    let machine = tree.probe();
    assert_eq!(machine.cpu.model, "AMD EPYC 9R14 96-Core Processor");
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (16, 16));
    assert_eq!(machine.cpu.caches, [cache(1, 32, 1), cache(2, 1024, 1), cache(3, 32 << 10, 8)]);
    assert_eq!(machine.numa_nodes, Some(2));
    assert_eq!(condition(&machine, "hypervisor"), Some("Amazon EC2"));
    assert_eq!(condition(&machine, "turbo"), Some("off"));
    assert_eq!(condition(&machine, "smt"), Some("none"));
}

#[test]
fn arm_board_without_cache_sizes() {
    let mut tree = Tree::new()
        .file("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd08\n")
        .file("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        .file(&format!("{CPU}/online"), "0-3\n")
        .allowed("0-3");
    for core in 0..4 {
        tree = tree.core(core, &core.to_string(), &[]);
    }
    let machine = tree.probe();
    assert_eq!(machine.cpu.model, "ARM Cortex-A72");
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (4, 4));
    assert!(machine.cpu.caches.is_empty());
    assert_eq!(condition(&machine, "hypervisor"), None);
}

#[test]
fn containers_with_a_quota() {
    let v2 = hybrid()
        .file("proc/self/cgroup", "0::/kubepods/pod1/box\n")
        .file("proc/self/mountinfo", "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n")
        // The pod's limits hold too, and are tighter for memory.
        .file("sys/fs/cgroup/kubepods/pod1/box/cpu.max", "250000 100000\n")
        .file("sys/fs/cgroup/kubepods/pod1/box/memory.max", "max\n")
        .file("sys/fs/cgroup/kubepods/pod1/cpu.max", "max 100000\n")
        .file("sys/fs/cgroup/kubepods/pod1/memory.max", "4294967296\n")
        .file("sys/fs/cgroup/kubepods/pod1/memory.current", "3221225472\n")
        .file("sys/fs/cgroup/kubepods/pod1/memory.stat", "anon 1\ninactive_file 1073741824\n");
    let machine = v2.probe();
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (2, 2));
    assert_eq!(machine.memory_limit_bytes, Some(4 << 30));
    assert_eq!(condition(&machine, "cpu_quota"), Some("2.50"));
    assert_eq!(condition(&machine, "container"), Some("kubernetes"));
    assert_eq!(super::memory::available(&Root::at(v2.0.path())), Some(2 << 30));

    // Version 1, where the process sees its path from outside, but the mount from inside.
    let v1 = hybrid()
        .file("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n")
        .file(
            "proc/self/mountinfo",
            "31 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
             32 30 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
        )
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
        .file("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
    let machine = v1.probe();
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (1, 1));
    assert_eq!(machine.memory_limit_bytes, Some(512 << 20));
    assert_eq!(condition(&machine, "cpu_quota"), Some("0.50"));

    let unlimited = v1
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
        .file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    let machine = unlimited.probe();
    assert_eq!((machine.cpu.logical_cores, machine.memory_limit_bytes), (8, None));
    assert_eq!(condition(&machine, "cpu_quota"), None);
}

#[test]
fn memory_that_is_left() {
    let left = |tree: &Tree| super::memory::available(&Root::at(tree.0.path()));
    let tree = hybrid();
    assert_eq!(left(&tree), Some(20_000_000 * 1024));
    let tree = tree.file("proc/self/status", "VmSize:\t  1048576 kB\n");
    let limits =
        |soft: &str| format!("Limit  Soft Limit  Hard Limit  Units\nMax address space  {soft}  unlimited  bytes\n");
    let tree = tree.file("proc/self/limits", &limits("unlimited"));
    assert_eq!(left(&tree), Some(20_000_000 * 1024));
    let tree = tree.file("proc/self/limits", &limits("2147483648"));
    assert_eq!(left(&tree), Some(1 << 30));
    assert_eq!(left(&Tree::new()), None);
}

#[test]
fn nothing_at_all() {
    let machine = Tree::new().probe_folders(&[("data", Path::new("/"))]);
    assert_eq!(machine.cpu.model, "unknown x86_64 processor");
    assert_eq!((machine.cpu.physical_cores, machine.cpu.logical_cores), (3, 3));
    assert_eq!(machine.os.name, "linux");
    assert_eq!((machine.memory_bytes, machine.numa_nodes), (0, None));
    assert_eq!(machine.disks[0].kind, DiskKind::Unknown);
    assert!(machine.conditions.is_empty(), "{:?}", machine.conditions);
}

#[test]
fn the_processor_fills_in_what_no_file_says() {
    let root = Tree::new();
    let live = Live {
        brand: Some("Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz".to_owned()),
        hypervisor: Some("KVM".to_owned()),
        caches: vec![cache(2, 1024, 1), cache(1, 32, 1)],
        ..live()
    };
    let machine = probe_below(&Root::at(root.0.path()), &live, &[]);
    assert_eq!(machine.cpu.model, "Intel Xeon Gold 6230");
    assert_eq!(machine.cpu.caches, [cache(1, 32, 1), cache(2, 1024, 1)]);
    assert_eq!(condition(&machine, "hypervisor"), Some("KVM"));
}

#[cfg(unix)]
#[test]
fn storage_of_every_kind() {
    /// A disk as the kernel shows it: number, folder below `/sys/devices`, files in it.
    type Device<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let sata = "pci0000:00/ata1/block/sda";
    let devices: [Device<'_>; 8] = [
        (
            "259:0",
            "pci0000:00/nvme/nvme0/nvme0n1",
            &[("queue/rotational", "0"), ("device/model", "Samsung SSD 990 PRO")],
        ),
        (
            "259:5",
            "pci0000:00/nvme/nvme1/nvme1n1",
            &[("queue/rotational", "0"), ("device/model", "Amazon Elastic Block Store")],
        ),
        ("8:0", sata, &[("queue/rotational", "1"), ("device/model", "WDC WD40EFRX")]),
        ("8:1", "pci0000:00/ata1/block/sda/sda1", &[("partition", "1")]),
        ("8:16", "pci0000:00/ata2/block/sdb", &[("queue/rotational", "0"), ("device/model", "Crucial MX500")]),
        ("8:32", "pci0000:00/ata3/block/sdc", &[("queue/rotational", "1"), ("device/model", "QEMU HARDDISK")]),
        ("254:0", "pci0000:00/virtio1/block/vda", &[("queue/rotational", "1")]),
        ("253:0", "virtual/block/dm-0", &[("queue/rotational", "0"), ("dm/name", "vg-root")]),
    ];
    for (device, filesystem, source, name, kind) in [
        ("259:0", "ext4", "/dev/nvme0n1", Some("nvme0n1"), DiskKind::Nvme),
        ("259:5", "xfs", "/dev/nvme1n1", Some("nvme1n1"), DiskKind::Virtual),
        ("8:1", "ext4", "/dev/sda1", Some("sda"), DiskKind::Hdd),
        ("8:16", "ext4", "/dev/sdb", Some("sdb"), DiskKind::Ssd),
        ("8:32", "ext4", "/dev/sdc", Some("sdc"), DiskKind::Virtual),
        ("254:0", "ext4", "/dev/vda", Some("vda"), DiskKind::Virtual),
        // A volume on the first partition of the spinning disk.
        ("253:0", "ext4", "/dev/mapper/vg-root", Some("sda"), DiskKind::Hdd),
        // Btrfs invents a number.
        ("0:44", "btrfs", "/dev/sdb", Some("sdb"), DiskKind::Ssd),
        ("0:30", "tmpfs", "tmpfs", None, DiskKind::Memory),
        ("0:51", "nfs4", "server:/export", Some("server:/export"), DiskKind::Network),
        ("0:52", "fuse.sshfs", "me@host:", Some("me@host:"), DiskKind::Network),
        ("0:53", "9p", "C:\\", Some("C:\\"), DiskKind::Virtual),
        ("0:60", "overlay", "overlay", None, DiskKind::Unknown),
        ("9:9", "ext4", "/dev/gone", None, DiskKind::Unknown),
    ] {
        let escaped = source.replace('\\', "\\134");
        let mut tree = Tree::new()
            .file("proc/self/mountinfo", &format!("27 1 {device} / / rw,relatime - {filesystem} {escaped} rw\n"))
            .link("sys/devices/virtual/block/dm-0/slaves/sda1", &format!("../../../../{sata}/sda1"));
        for (number, folder, files) in devices {
            for (file, content) in files {
                tree = tree.file(&format!("sys/devices/{folder}/{file}"), content);
            }
            let short = folder.rsplit('/').next().unwrap();
            tree = tree
                .link(&format!("sys/dev/block/{number}"), &format!("../../devices/{folder}"))
                .link(&format!("sys/class/block/{short}"), &format!("../../devices/{folder}"));
        }
        let machine = tree.probe_folders(&[("data", Path::new("/"))]);
        let disk = &machine.disks[0];
        assert_eq!((disk.device.as_deref(), disk.kind), (name, kind), "{filesystem} {source}");
        assert_eq!((disk.usage.as_str(), disk.filesystem.as_deref()), ("data", Some(filesystem)));
    }
}

#[test]
fn this_machine_makes_sense() {
    let machine = super::probe(&[("scratch", &std::env::temp_dir().join("not/there/yet"))]);
    assert!(!machine.cpu.model.is_empty() && !machine.os.arch.is_empty());
    assert!(machine.cpu.physical_cores >= 1 && machine.cpu.logical_cores >= machine.cpu.physical_cores);
    assert!(machine.cpu.caches.is_sorted_by_key(|cache| cache.level));
    assert_eq!(machine.disks.len(), 1);
    assert!(machine.lanes.is_empty());
}
