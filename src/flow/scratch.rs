//! Folders for derived files: beside the results, on a real disk, and on each storage to be compared; removed at the end.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::{Failure, system};

/// A folder that is removed when it goes out of scope.
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes `<prefix><pid>` in a folder, and removes those of processes that are gone.
    ///
    /// Derived files are not in the system's temporary folder: that is often memory, where nothing can be read cold.
    pub(super) fn new(folder: &Path, prefix: &str) -> Result<Self, Failure> {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let owner =
                name.to_str().and_then(|name| name.strip_prefix(prefix)).and_then(|pid| pid.parse::<u32>().ok());
            if owner.is_some_and(|pid| !alive(pid)) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let path = folder.join(format!("{prefix}{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| system(format_args!("{}: {e}", path.display())))?;
        let path = path.canonicalize().map_err(|e| system(format_args!("{}: {e}", path.display())))?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Whether a process of this number exists; where that cannot be seen, it is taken to exist.
fn alive(pid: u32) -> bool {
    !Path::new("/proc/self").exists() || Path::new("/proc").join(pid.to_string()).exists()
}

/// A moment as RFC 3339 in UTC, and as a stamp that sorts by time and fits in a file name.
pub(super) fn utc(moment: SystemTime) -> (String, String) {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    let stamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    let text = stamp.to_string();
    let sortable =
        format!("{}-{:03}", text.replace(['-', ':'], "").replace('T', "-").replace('Z', ""), since.subsec_millis());
    (text, sortable)
}
