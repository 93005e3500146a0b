//! Limits of the container: processor quota and memory, of both versions of control groups.

use std::path::{Component, Path};

use super::mounts::{Mount, mounts};
use crate::root::Root;

/// What control groups leave to this process.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Limits {
    /// Processors' worth of time, `1.5` say.
    pub(crate) processors: Option<f64>,
    /// Bytes of memory.
    pub(crate) memory: Option<u64>,
    /// Bytes that the group with that memory limit cannot give back.
    pub(crate) memory_used: u64,
}

/// Reads the limits: the tightest one from the process's own group up to the top that can be seen.
pub(crate) fn limits(root: &Root) -> Limits {
    let groups = root.text("/proc/self/cgroup").unwrap_or_default();
    let table = mounts(root);
    let mut limits = Limits::default();
    for folder in folders(&groups, &table, "cpu") {
        tighten(&mut limits.processors, quota(root, &folder));
    }
    for folder in folders(&groups, &table, "memory") {
        let limit = root
            .number::<u64>(&format!("{folder}/memory.max"))
            .or_else(|| root.number(&format!("{folder}/memory.limit_in_bytes")));
        if let Some(limit) = limit.filter(|limit| limits.memory.is_none_or(|known| *limit < known)) {
            limits.memory = Some(limit);
            limits.memory_used = used(root, &folder);
        }
    }
    limits
}

fn tighten(known: &mut Option<f64>, new: Option<f64>) {
    *known = match (*known, new) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

/// The process's folders for a controller, innermost first, in every hierarchy that carries the controller.
fn folders(groups: &str, table: &[Mount], controller: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in groups.lines() {
        // 4:cpu,cpuacct:/path (version 1) or 0::/path (version 2)
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let mount = table.iter().find(|mount| match mount.filesystem.as_str() {
            "cgroup2" => controllers.is_empty(),
            "cgroup" => has(controllers, controller) && has(&mount.options, controller),
            _ => false,
        });
        let Some(mount) = mount else { continue };
        // Inside a container the path may be told from outside: then the mount's own top is the process's group.
        let relative = Path::new(path).strip_prefix(&mount.inner).ok().filter(|relative| is_plain(relative));
        let Some(point) = mount.point.to_str() else { continue };
        for folder in relative.unwrap_or(Path::new("")).ancestors() {
            let folder = folder.to_string_lossy();
            found.push(format!("{point}/{folder}").trim_end_matches('/').to_owned());
        }
    }
    found
}

fn has(list: &str, word: &str) -> bool {
    list.split(',').any(|part| part == word)
}

fn is_plain(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn quota(root: &Root, folder: &str) -> Option<f64> {
    let (quota, period) = match root.text(&format!("{folder}/cpu.max")) {
        Some(text) => {
            let mut words = text.split_whitespace();
            (words.next()?.parse::<f64>().ok()?, words.next()?.parse::<f64>().ok()?)
        }
        None => (
            root.number::<f64>(&format!("{folder}/cpu.cfs_quota_us"))?,
            root.number::<f64>(&format!("{folder}/cpu.cfs_period_us"))?,
        ),
    };
    // Version 1 writes -1 for "no limit", version 2 the word max, which did not parse above.
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// Memory in use, without the file pages that the kernel drops when asked.
fn used(root: &Root, folder: &str) -> u64 {
    let current = root
        .number::<u64>(&format!("{folder}/memory.current"))
        .or_else(|| root.number(&format!("{folder}/memory.usage_in_bytes")))
        .unwrap_or(0);
    let stat = root.text(&format!("{folder}/memory.stat")).unwrap_or_default();
    let value =
        |key: &str| stat.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse::<u64>().ok());
    let droppable = value("total_inactive_file").or_else(|| value("inactive_file")).unwrap_or(0);
    current.saturating_sub(droppable)
}
