//! The kernel's table of mounted file systems.

use std::path::{Path, PathBuf};

use crate::root::Root;

/// One line of `/proc/self/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// `major:minor` of the device.
    pub(crate) device: String,
    /// Folder inside the file system that is mounted.
    pub(crate) inner: String,
    /// Where it is mounted.
    pub(crate) point: PathBuf,
    /// File system type.
    pub(crate) filesystem: String,
    /// Device path or whatever the file system calls its source.
    pub(crate) source: String,
    /// Options of the file system (not of the mount).
    pub(crate) options: String,
}

/// Every mount, in the order of mounting.
pub(crate) fn mounts(root: &Root) -> Vec<Mount> {
    root.text("/proc/self/mountinfo").unwrap_or_default().lines().filter_map(parse).collect()
}

/// The mount that a path (absolute, without links) lies on: the deepest, and of two at one place the later.
pub(crate) fn mount_of<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    mounts.iter().filter(|mount| path.starts_with(&mount.point)).max_by_key(|mount| mount.point.components().count())
}

fn parse(line: &str) -> Option<Mount> {
    // 36 35 98:0 /inner /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(2);
    let mut after = after.split(' ');
    Some(Mount {
        device: before.next()?.to_owned(),
        inner: unescape(before.next()?),
        point: PathBuf::from(unescape(before.next()?)),
        filesystem: after.next()?.to_owned(),
        source: unescape(after.next()?),
        options: after.next().unwrap_or_default().to_owned(),
    })
}

/// Undoes the kernel's octal escapes of space, tab, newline and backslash.
fn unescape(text: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"].iter().zip([" ", "\t", "\n", "\\"]).fold(
        text.to_owned(),
        |text, (escaped, plain)| {
            if text.contains(escaped) { text.replace(escaped, plain) } else { text }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_parse() {
        let mount =
            parse("36 35 98:0 /a\\040b /mnt/my\\040disk rw,noatime master:1 shared:2 - ext3 /dev/sda1 rw,x").unwrap();
        assert_eq!(mount.device, "98:0");
        assert_eq!(mount.inner, "/a b");
        assert_eq!(mount.point, Path::new("/mnt/my disk"));
        assert_eq!(mount.filesystem, "ext3");
        assert_eq!(mount.source, "/dev/sda1");
        assert_eq!(mount.options, "rw,x");
        for damaged in ["", "36 35", "36 35 98:0 / /mnt rw", "- ext4 /dev/sda"] {
            assert_eq!(parse(damaged), None, "{damaged:?}");
        }
    }

    #[test]
    fn deepest_and_latest_mount_wins() {
        let mount = |point: &str, source: &str| Mount {
            device: String::new(),
            inner: "/".to_owned(),
            point: PathBuf::from(point),
            filesystem: "ext4".to_owned(),
            source: source.to_owned(),
            options: String::new(),
        };
        let table = [mount("/", "a"), mount("/data", "b"), mount("/data", "c"), mount("/data2", "d")];
        for (path, expected) in [("/", "a"), ("/data", "c"), ("/data/x", "c"), ("/data2/x", "d"), ("/database", "a")] {
            assert_eq!(mount_of(&table, Path::new(path)).map(|m| m.source.as_str()), Some(expected), "{path}");
        }
    }
}
