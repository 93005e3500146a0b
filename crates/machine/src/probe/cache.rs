//! Data caches.

use std::collections::BTreeSet;

use results::Cache;

use crate::root::{Root, processors};

/// Data caches of the given cores, smallest first. A processor with two kinds of cores has two entries for a level.
pub(super) fn caches(root: &Root, cores: &BTreeSet<u32>, fallback: &[Cache]) -> Vec<Cache> {
    let mut found: Vec<Cache> = Vec::new();
    for core in cores {
        let folder = format!("/sys/devices/system/cpu/cpu{core}/cache");
        for index in root.names(&folder).iter().filter(|name| name.starts_with("index")) {
            let Some(cache) = cache(root, &format!("{folder}/{index}")) else { continue };
            if !found.contains(&cache) {
                found.push(cache);
            }
        }
    }
    if found.is_empty() {
        found.extend_from_slice(fallback);
    }
    found.sort_by_key(|cache| (cache.level, cache.bytes, cache.shared_by));
    found
}

fn cache(root: &Root, folder: &str) -> Option<Cache> {
    if root.text(&format!("{folder}/type"))? == "Instruction" {
        return None;
    }
    let sharers = root.text(&format!("{folder}/shared_cpu_list")).map_or(1, |list| processors(&list).len().max(1));
    Some(Cache {
        level: root.number(&format!("{folder}/level"))?,
        bytes: size(&root.text(&format!("{folder}/size"))?)?,
        shared_by: u32::try_from(sharers).ok()?,
    })
}

/// `32K`, `1024K`, `32M`.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text[digits.len()..].trim() {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("32K", Some(32 << 10)),
            ("4M", Some(4 << 20)),
            ("512", Some(512)),
            ("0K", None),
            ("", None),
            ("12X", None),
            ("99999999999999999999G", None),
        ] {
            assert_eq!(size(text), expected, "{text:?}");
        }
    }
}
