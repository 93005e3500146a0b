//! The storage under a folder.

use std::fs;
use std::path::{Path, PathBuf};

use results::{Disk, DiskKind};

use super::mounts::{Mount, mount_of, mounts};
use crate::root::Root;

/// Layers (encryption, volume manager, loop files) that are looked through before giving up.
const DEEPEST: usize = 6;

/// File systems that talk to another machine.
const NETWORK: &[&str] =
    &["nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "afs", "fuse"];

/// Folders of the host, handed into a virtual machine.
const HANDED_IN: &[&str] = &["9p", "virtiofs", "vboxsf", "vmhgfs", "drvfs"];

/// Models of disks that a hypervisor or a cloud makes up; what is behind them cannot be seen.
const MADE_UP: &[&str] =
    &["qemu", "vbox", "vmware", "virtual", "amazon elastic block store", "persistentdisk", "nvme_card-pd", "msft nvme"];

/// The disk under a folder, which need not exist yet.
pub(super) fn disk(root: &Root, usage: &str, folder: &Path) -> Disk {
    let existing = existing(folder);
    let table = mounts(root);
    let mount = existing.as_deref().and_then(|folder| mount_of(&table, folder));
    let (device, kind) = match mount {
        Some(mount) => storage(root, &table, mount),
        None => (None, DiskKind::Unknown),
    };
    let (bytes, free_bytes) = existing.as_deref().and_then(space).unzip();
    Disk {
        usage: usage.to_owned(),
        device,
        filesystem: mount.map(|mount| mount.filesystem.clone()),
        kind,
        bytes,
        free_bytes,
    }
}

/// The deepest part of the path that is there, without links.
fn existing(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    folder.ancestors().find_map(|ancestor| fs::canonicalize(ancestor).ok())
}

/// Bytes of the file system that holds a path, and bytes that an ordinary user may still write.
#[cfg(unix)]
pub(crate) fn space(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends in a zero byte, and the answer is a valid place for one `statvfs`.
    if unsafe { libc::statvfs(path.as_ptr(), answer.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: all bits zero is a valid `statvfs`, and the call above succeeded and filled it.
    let answer = unsafe { answer.assume_init() };
    #[allow(clippy::unnecessary_cast, clippy::useless_conversion, reason = "the fields are narrower on some systems")]
    let (unit, all, free) = (answer.f_frsize as u64, answer.f_blocks as u64, answer.f_bavail as u64);
    Some((all.saturating_mul(unit), free.saturating_mul(unit)))
}

/// Not known to the standard library.
#[cfg(not(unix))]
pub(crate) fn space(_path: &Path) -> Option<(u64, u64)> {
    None
}

fn storage(root: &Root, table: &[Mount], mount: &Mount) -> (Option<String>, DiskKind) {
    let filesystem = mount.filesystem.as_str();
    if matches!(filesystem, "tmpfs" | "ramfs" | "devtmpfs" | "hugetlbfs") {
        return (None, DiskKind::Memory);
    }
    if HANDED_IN.contains(&filesystem) {
        return (Some(mount.source.clone()), DiskKind::Virtual);
    }
    if NETWORK.contains(&filesystem) || filesystem.starts_with("fuse.") {
        return (Some(mount.source.clone()), DiskKind::Network);
    }
    match block_device(root, mount) {
        Some(folder) => look_through(root, table, &folder, DEEPEST),
        None => (None, DiskKind::Unknown),
    }
}

/// The folder of the mounted device below `/sys`, as a path there without links.
fn block_device(root: &Root, mount: &Mount) -> Option<String> {
    let by_number = format!("/sys/dev/block/{}", mount.device);
    // Btrfs and others invent a number of their own; there the source names the device.
    let by_name = mount.source.strip_prefix("/dev/").map(|name| format!("/sys/class/block/{}", name.replace('/', "!")));
    [Some(by_number), by_name].into_iter().flatten().find_map(|path| {
        let target = fs::canonicalize(root.path(&path)).ok()?;
        root.absolute(&target)
    })
}

/// Name and kind of the device, or of the one below it where it is a mere layer.
fn look_through(root: &Root, table: &[Mount], folder: &str, depth: usize) -> (Option<String>, DiskKind) {
    // A partition has no queue of its own: the disk is the folder above.
    let folder = match folder.rsplit_once('/') {
        Some((disk, _)) if !root.exists(&format!("{folder}/queue")) && root.exists(&format!("{disk}/queue")) => disk,
        _ => folder,
    };
    let Some(name) = folder.rsplit('/').next().map(str::to_owned) else { return (None, DiskKind::Unknown) };
    if depth > 0 {
        if let Some(file) = root.text(&format!("{folder}/loop/backing_file")) {
            return mount_of(table, Path::new(&file))
                .and_then(|mount| block_device(root, mount))
                .map_or((Some(name), DiskKind::Unknown), |below| look_through(root, table, &below, depth - 1));
        }
        if let Some(below) = root.names(&format!("{folder}/slaves")).first()
            && let Ok(target) = fs::canonicalize(root.path(&format!("{folder}/slaves/{below}")))
            && let Some(below) = root.absolute(&target)
        {
            return look_through(root, table, &below, depth - 1);
        }
    }
    let kind = kind(root, folder, &name);
    (Some(name), kind)
}

fn kind(root: &Root, folder: &str, name: &str) -> DiskKind {
    let model = ["device/model", "device/device/model"]
        .iter()
        .find_map(|file| root.text(&format!("{folder}/{file}")))
        .unwrap_or_default()
        .to_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if starts(&["ram", "zram", "pmem"]) {
        DiskKind::Memory
    } else if starts(&["rbd", "nbd", "drbd"]) {
        DiskKind::Network
    } else if folder.contains("/virtio") || starts(&["vd", "xvd"]) || MADE_UP.iter().any(|word| model.contains(word)) {
        // Asked before `rotational`, which such disks fill in as they like.
        DiskKind::Virtual
    } else if name.starts_with("nvme") {
        DiskKind::Nvme
    } else {
        match root.number::<u32>(&format!("{folder}/queue/rotational")) {
            Some(0) => DiskKind::Ssd,
            Some(_) => DiskKind::Hdd,
            None => DiskKind::Unknown,
        }
    }
}
