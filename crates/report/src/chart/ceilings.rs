//! What the machine can do at most, and where its caches end: lines to hold a measured curve against.

use catalog::Metric;
use results::{Ceiling, Machine};

use super::ChartRequest;
use super::select::Panel;
use crate::format;

/// A ceiling as a curve over the working set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    /// Short name: `ceiling, 1 thread`.
    pub(super) label: String,
    /// Levels from left to right; they leave no gap, the first starts at 0 and the last has no end.
    pub(super) levels: Vec<Level>,
}

/// A rate that is the ceiling for a range of working sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    /// Smallest working set in bytes.
    pub(super) from: f64,
    /// Largest working set.
    pub(super) to: f64,
    /// The rate.
    pub(super) rate: f64,
}

impl Limit {
    /// The corners of the stepped line between two working sets.
    pub(super) fn corners(&self, from: f64, to: f64) -> Vec<(f64, f64)> {
        let seen = self.levels.iter().filter(|level| level.to > from && level.from < to);
        seen.flat_map(|level| [(level.from.max(from), level.rate), (level.to.min(to), level.rate)]).collect()
    }
}

/// The end of a cache on an axis of working sets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    /// Bytes.
    pub(super) at: f64,
    /// `L1 32 KiB`.
    pub(super) label: String,
}

/// The data caches, one instance of each, as one thread sees them.
pub(super) fn edges(machine: &Machine) -> Vec<Edge> {
    let edge = |cache: &results::Cache| Edge {
        at: cache.bytes as f64,
        label: format!("L{} {}", cache.level, format::bytes(cache.bytes as f64)),
    };
    machine.cpu.caches.iter().filter(|cache| cache.bytes > 0).map(edge).collect()
}

/// The ceilings that a chart asks for, one for each number of threads that its variants use.
pub(super) fn limits(request: &ChartRequest<'_>, panel: &Panel<'_>) -> Vec<Limit> {
    let Some(id) = request.chart.ceiling.as_deref() else { return Vec::new() };
    let same_unit = |ceiling: &&Ceiling| {
        matches!(
            (request.chart.metric, ceiling.unit.as_str()),
            (Some(Metric::BytesPerSecond), "bytes/s") | (Some(Metric::FlopPerSecond), "flop/s")
        )
    };
    // A ceiling for one element type holds only where the panel or the chart is about that type.
    let about = |dtype: &str| {
        panel.value == Some(dtype)
            || request.chart.point.0.values().any(|value| value == dtype)
            || panel.entries.iter().all(|entry| entry.case.point.0.values().any(|value| value == dtype))
    };
    let fits = |ceiling: &&Ceiling| ceiling.id == id && ceiling.dtype.as_deref().is_none_or(about);
    let found: Vec<&Ceiling> = request.ceilings.iter().filter(same_unit).filter(fits).collect();
    let most = found.iter().map(|ceiling| ceiling.threads).max().unwrap_or(1);
    let mut threads: Vec<u32> = panel
        .entries
        .iter()
        .map(|entry| request.definition.variant(&entry.case.variant).and_then(|v| v.threads).unwrap_or(most))
        .collect();
    threads.sort_unstable();
    threads.dedup();
    threads
        .into_iter()
        .filter_map(|threads| {
            let with_these: Vec<&Ceiling> = found.iter().filter(|c| c.threads == threads).copied().collect();
            let levels = levels(&with_these, request.machine, threads);
            let label = format!("ceiling, {threads} {}", if threads == 1 { "thread" } else { "threads" });
            (!levels.is_empty()).then_some(Limit { label, levels })
        })
        .collect()
}

/// Each rate holds up to the end of the cache that its working set lies in.
fn levels(ceilings: &[&Ceiling], machine: &Machine, threads: u32) -> Vec<Level> {
    let mut rates: Vec<(f64, f64)> = ceilings
        .iter()
        .filter_map(|ceiling| Some((ceiling.working_set_bytes.unwrap_or(0) as f64, ceiling.best()?)))
        .filter(|(_, rate)| *rate > 0.0 && rate.is_finite())
        .collect();
    rates.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    // Of two measurements of one working set the better one is the ceiling.
    rates.dedup_by(|next, kept| next.0 == kept.0);
    // As many instances of a cache as the threads fill.
    let together = |cache: &results::Cache| cache.bytes as f64 * f64::from(threads.div_ceil(cache.shared_by.max(1)));
    let mut from = 0.0;
    let mut levels = Vec::new();
    for (i, (bytes, rate)) in rates.iter().enumerate() {
        let to = rates.get(i + 1).map_or(f64::INFINITY, |(next, _)| {
            let end = machine.cpu.caches.iter().map(together).find(|end| end >= bytes && end < next);
            // Between two working sets in one level the change lies in the middle.
            end.unwrap_or((bytes * next).sqrt())
        });
        levels.push(Level { from, to, rate: *rate });
        from = to;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ceilings, machine};
    use super::*;

    #[test]
    fn a_ceiling_steps_down_where_a_cache_ends() {
        let (all, machine) = (ceilings(), machine());
        let one: Vec<&Ceiling> = all.iter().filter(|ceiling| ceiling.threads == 1).collect();
        let limit = Limit { label: String::new(), levels: levels(&one, &machine, 1) };
        let ends: Vec<f64> = limit.levels.iter().map(|level| level.to).collect();
        assert_eq!(ends, [32768.0, 1_048_576.0, 34_603_008.0, f64::INFINITY]);
        assert_eq!(
            limit.corners(65_536.0, 2_097_152.0),
            [(65_536.0, 80e9), (1_048_576.0, 80e9), (1_048_576.0, 35e9), (2_097_152.0, 35e9)]
        );
        // Eight threads, two to a core, fill four instances of the private caches and one of the shared one.
        let eight: Vec<&Ceiling> = all.iter().filter(|ceiling| ceiling.threads == 8).collect();
        let ends: Vec<f64> = levels(&eight, &machine, 8).iter().map(|level| level.to).collect();
        assert_eq!(ends, [131_072.0, 4_194_304.0, 34_603_008.0, f64::INFINITY]);
    }
}
