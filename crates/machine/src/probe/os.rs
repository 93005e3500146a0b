//! The operating system.

use results::Os;

use super::Live;
use crate::root::Root;

pub(super) fn os(root: &Root, live: &Live) -> Os {
    let release = root.text("/etc/os-release").or_else(|| root.text("/usr/lib/os-release")).unwrap_or_default();
    let value = |key: &str| {
        let value = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    let named = || Some([value("NAME")?, value("VERSION_ID").unwrap_or_default()].join(" ").trim().to_owned());
    Os {
        family: live.family.clone(),
        name: value("PRETTY_NAME").or_else(named).unwrap_or_else(|| live.family.clone()),
        kernel: root.text("/proc/sys/kernel/osrelease"),
        arch: live.arch.clone(),
    }
}
