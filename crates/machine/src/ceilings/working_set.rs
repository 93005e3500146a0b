//! How much memory to walk over so that it stays in one cache, or in none.

use results::Cache;

/// Room in bytes for which a walk is worth it beside the next smaller cache.
const CLEARLY_MORE: f64 = 1.5;

/// A multiple of the last cache that leaves next to nothing of it usable.
const BEYOND: u64 = 4;
const BEYOND_AT_LEAST: u64 = 2;

/// Main memory is walked over with no less than this, and no more: touching it first takes time too.
const SMALLEST: u64 = 64 << 20;
const LARGEST: u64 = 2 << 30;

/// Where the data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `L1 cache`, `main memory`.
    pub(super) name: String,
    /// Whether it is main memory.
    pub(super) main: bool,
    /// Bytes for each thread, or why it cannot be measured.
    pub(super) bytes: Result<u64, String>,
}

/// L1, L2, L3 and main memory, for this many threads, with at most `cap` bytes in all.
///
/// Half of a cache is used, and a quarter of the last one, which other programs and other virtual machines use as well;
/// the threads on it share that. It must be clearly more than the cache below, or the walk would measure that one.
pub(super) fn places(caches: &[Cache], threads: u32, cap: u64) -> Vec<Place> {
    let mut places = Vec::new();
    let mut below = 0;
    let mut last = 0;
    for level in 1..=3 {
        let name = format!("L{level} cache");
        // On a processor with two kinds of cores the smaller cache counts: the walk must fit wherever it runs.
        let cache = caches.iter().filter(|cache| cache.level == level).min_by_key(|cache| cache.bytes);
        let bytes = match cache {
            None => Err(format!("no L{level} data cache is known for this processor")),
            Some(cache) => {
                let sharers = u64::from(cache.shared_by.min(threads).max(1));
                let bytes = cache.bytes / if level == 3 { 4 } else { 2 } / sharers;
                let instances = u64::from(threads.div_ceil(cache.shared_by.max(1)));
                let largest = caches.iter().filter(|cache| cache.level == level).map(|cache| cache.bytes).max();
                last = last.max(largest.unwrap_or(cache.bytes) * instances);
                let smaller =
                    std::mem::replace(&mut below, cache.bytes / u64::from(cache.shared_by.min(threads).max(1)));
                if bytes as f64 > smaller as f64 * CLEARLY_MORE {
                    Ok(bytes)
                } else {
                    Err(format!(
                        "a thread's share of the L{level} cache is not clearly larger than the L{} cache",
                        level - 1
                    ))
                }
            }
        };
        places.push(Place { name, main: false, bytes: bytes.and_then(|bytes| fits(bytes, threads, cap)) });
    }
    places.push(Place { name: "main memory".to_owned(), main: true, bytes: beyond(last, threads, cap) });
    places
}

fn fits(bytes: u64, threads: u32, cap: u64) -> Result<u64, String> {
    let all = bytes * u64::from(threads);
    if all <= cap { Ok(bytes) } else { Err(short(all, cap)) }
}

/// Far beyond the last cache.
fn beyond(last: u64, threads: u32, cap: u64) -> Result<u64, String> {
    let least = (last * BEYOND_AT_LEAST).max(SMALLEST);
    let wanted = (last * BEYOND).max(SMALLEST).min(LARGEST.max(least)).min(cap);
    if wanted < least { Err(short(least, cap)) } else { Ok(wanted / u64::from(threads.max(1))) }
}

fn short(needed: u64, cap: u64) -> String {
    format!("needs {} MiB of memory, and only {} MiB may be used", needed.div_ceil(1 << 20), cap >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    const PLENTY: u64 = 1 << 40;

    fn cache(level: u32, bytes: u64, shared_by: u32) -> Cache {
        Cache { level, bytes, shared_by }
    }

    fn bytes(caches: &[Cache], threads: u32, cap: u64) -> Vec<Result<u64, String>> {
        places(caches, threads, cap).into_iter().map(|place| place.bytes).collect()
    }

    #[test]
    fn an_ordinary_processor() {
        let caches = [cache(1, 32 * KIB, 1), cache(2, MIB, 1), cache(3, 32 * MIB, 2)];
        assert_eq!(bytes(&caches, 1, PLENTY), [Ok(16 * KIB), Ok(512 * KIB), Ok(8 * MIB), Ok(128 * MIB)]);
        assert_eq!(bytes(&caches, 2, PLENTY), [Ok(16 * KIB), Ok(512 * KIB), Ok(4 * MIB), Ok(64 * MIB)]);
    }

    #[test]
    fn threads_share_caches_and_many_instances_add_up() {
        // Eight cores of two threads each, L3 by groups of eight threads.
        let caches = [cache(1, 32 * KIB, 2), cache(2, MIB, 2), cache(3, 32 * MIB, 8)];
        let found = bytes(&caches, 16, PLENTY);
        assert_eq!(found, [Ok(8 * KIB), Ok(256 * KIB), Ok(MIB), Ok(4 * 64 * MIB / 16)]);
    }

    #[test]
    fn what_cannot_be_measured_says_why() {
        let none = bytes(&[], 1, PLENTY);
        assert!(none[0].as_ref().unwrap_err().contains("no L1 data cache is known"));
        assert_eq!(none[3], Ok(64 * MIB));

        // The last cache, shared by all, leaves a thread less than its own L2.
        let caches = [cache(1, 32 * KIB, 1), cache(2, 2 * MIB, 1), cache(3, 16 * MIB, 8)];
        assert!(bytes(&caches, 8, PLENTY)[2].as_ref().unwrap_err().contains("not clearly larger"));

        let tight = bytes(&caches, 1, 40 * MIB);
        assert_eq!(tight[2], Ok(4 * MIB));
        assert_eq!(tight[3], Err("needs 64 MiB of memory, and only 40 MiB may be used".to_owned()));
    }

    #[test]
    fn main_memory_is_always_beyond_the_caches_and_below_the_cap() {
        for l3 in [MIB, 32 * MIB, 512 * MIB, 2048 * MIB] {
            for threads in [1, 2, 96] {
                for cap in [100 * MIB, 1024 * MIB, PLENTY] {
                    let places = places(&[cache(3, l3, 96)], threads, cap);
                    let Ok(bytes) = places[3].bytes else { continue };
                    let all = bytes * u64::from(threads);
                    assert!(all <= cap && all + u64::from(threads) >= 2 * l3, "{l3} {threads} {cap}: {all}");
                }
            }
        }
    }
}
