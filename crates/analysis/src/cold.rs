//! Whether a cold measurement was cold: shown by the bytes that the device delivered.
//!
//! What the device had to deliver per call is, first of these that is known:
//! - the fact `bytes_needed`: at least 90 % of it must have come from the device (the rest may be a file's metadata, which
//!   the file system caches on its own, and the rounding of pages);
//! - what the work asked of the kernel, counter `read_bytes`, but no more than the files hold (`disk_bytes`): at least half,
//!   since a reader may ask for the same page twice and only the first time can be cold;
//! - the fact `disk_bytes`: at least half. A reader of a part of a file that does not say which part is not shown cold.
//!
//! Every launch must meet it, by the median of its rounds. Where nothing shows that a read was cold, no finding rests on it.

use results::{Case, Sample};

use crate::ColdProof;

/// The axis of the page cache's state.
pub(crate) const AXIS: &str = "cache";
/// Its value for files that are not in memory.
pub(crate) const COLD: &str = "cold";

/// The proof for a case of the cold kind; `None` for others.
pub(crate) fn proof(case: &Case) -> Option<ColdProof> {
    (case.point.get(AXIS) == Some(COLD)).then(|| {
        let (proven, mut evidence) = evidence(case);
        if let Some(note) = case.settings.get("cache note").filter(|_| !proven) {
            evidence = format!("{evidence} ({note})");
        }
        ColdProof { proven, evidence }
    })
}

fn evidence(case: &Case) -> (bool, String) {
    let fact = |name: &str| case.facts.get(name).copied().filter(|bytes| bytes.is_finite());
    let asked = least(case, "read_bytes").map(|bytes| bytes.min(fact("disk_bytes").unwrap_or(f64::INFINITY)));
    let (needed, share, what) = if let Some(bytes) = fact("bytes_needed") {
        (bytes, 0.9, "that the work needs")
    } else if let Some(bytes) = asked.filter(|bytes| *bytes > 0.0) {
        (bytes, 0.5, "that the work asked for")
    } else if let Some(bytes) = fact("disk_bytes") {
        (bytes, 0.5, "on disk")
    } else {
        return (false, "nothing says how many bytes a cold read needs".to_owned());
    };
    if needed <= 0.0 {
        return (true, "the work reads nothing from disk".to_owned());
    }
    match least(case, "device_bytes") {
        None => (false, "this system does not count the bytes that the device delivers".to_owned()),
        Some(delivered) => (
            delivered >= share * needed,
            format!("the device delivered {} of the {} {what}", size(delivered), size(needed)),
        ),
    }
}

/// A counter per call: the median over the rounds of each launch, and of these the least.
fn least(case: &Case, counter: &str) -> Option<f64> {
    let per_call = |s: &Sample| Some(*s.counters.get(counter)? as f64 / s.iterations.max(1) as f64);
    let launches = case.launches.iter().filter(|launch| !launch.samples.is_empty()).map(|launch| {
        let counted: Option<Vec<f64>> = launch.samples.iter().map(per_call).collect();
        stats::median(&counted?)
    });
    launches.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)
}

/// Bytes for people, with three digits.
fn size(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let step = (bytes.max(1.0).log10() / 3.0).floor().clamp(0.0, 4.0);
    let value = bytes / 1000_f64.powf(step);
    let digits = if step < 1.0 || value >= 100.0 { 0 } else { usize::from(value < 10.0) + 1 };
    format!("{value:.digits$} {}", UNITS[step as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in
            [(0.0, "0 B"), (999.0, "999 B"), (4096.0, "4.10 kB"), (52.3e6, "52.3 MB"), (2e15, "2000 TB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
