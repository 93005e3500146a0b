//! Reading the kernel's text files below a root, so that a folder can stand in for a machine in tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Ranges longer than this in a list of processors are damaged input, not a machine.
const MOST_PROCESSORS: u32 = 1 << 16;

/// The folder that stands for `/`.
#[derive(Clone, Debug)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// This machine.
    pub(crate) fn system() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A tree of recorded files.
    #[cfg(test)]
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_path_buf())
    }

    /// Where the file with this absolute path lies below the root.
    pub(crate) fn path(&self, absolute: &str) -> PathBuf {
        self.0.join(absolute.trim_start_matches('/'))
    }

    /// The absolute path of something found below the root.
    pub(crate) fn absolute(&self, path: &Path) -> Option<String> {
        let root = fs::canonicalize(&self.0).ok()?;
        Some(format!("/{}", path.strip_prefix(root).ok()?.to_str()?))
    }

    /// The trimmed text of a file; absent if it cannot be read or holds nothing.
    pub(crate) fn text(&self, absolute: &str) -> Option<String> {
        let bytes = fs::read(self.path(absolute)).ok()?;
        // Firmware strings (device tree) end in a zero byte.
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The number that a file holds.
    pub(crate) fn number<T: FromStr>(&self, absolute: &str) -> Option<T> {
        self.text(absolute)?.parse().ok()
    }

    /// Names in a folder, sorted; none if it cannot be read.
    pub(crate) fn names(&self, absolute: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(absolute))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// Whether there is something at this path.
    pub(crate) fn exists(&self, absolute: &str) -> bool {
        self.path(absolute).exists()
    }
}

/// Reads the kernel's list of processors: `0-3,8`. Damaged parts are left out.
pub(crate) fn processors(list: &str) -> BTreeSet<u32> {
    list.trim()
        .split(',')
        .filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (first <= last && last - first < MOST_PROCESSORS).then_some(first..=last)
        })
        .flatten()
        .collect()
}

/// The value of a `key: value` line, as `/proc` writes them.
pub(crate) fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim())
    })
}

/// Bytes from a `key: 123 kB` line.
pub(crate) fn kilobytes(text: &str, key: &str) -> Option<u64> {
    field(text, key)?.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_processors() {
        for (list, expected) in [
            ("0", vec![0]),
            ("0-3,8", vec![0, 1, 2, 3, 8]),
            ("2,0-1\n", vec![0, 1, 2]),
            ("", vec![]),
            ("3-1", vec![]),
            ("x,1", vec![1]),
            ("0-4294967295", vec![]),
        ] {
            assert_eq!(processors(list).into_iter().collect::<Vec<_>>(), expected, "{list:?}");
        }
    }

    #[test]
    fn fields() {
        let text = "MemTotal:       24684084 kB\nMemFree: x kB\nmodel name\t: A: B\n";
        assert_eq!(kilobytes(text, "MemTotal"), Some(24_684_084 * 1024));
        assert_eq!(kilobytes(text, "MemFree"), None);
        assert_eq!(kilobytes(text, "Missing"), None);
        assert_eq!(field(text, "model name"), Some("A: B"));
    }
}
