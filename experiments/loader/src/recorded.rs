//! Tables: what no single number says.

use loading::tuner::Found;
use loading::{Knobs, Pass, Troubles, bins};
use results::{Cell, RecordedTable, Unit};

use crate::case::BATCH;
use crate::pictures::Set;

/// Bins of a time line: fine enough for single batches, few enough to be drawn.
pub(crate) const BINS: usize = 120;

/// Rows of the search that are shown.
const CANDIDATES: usize = 24;

/// How busy the consumer was over a pass, and how many batches waited for it.
pub(crate) fn timeline(pass: &Pass) -> RecordedTable {
    let row = |bin: &loading::Bin| vec![bin.at.into(), bin.busy.into(), bin.depth.into()];
    RecordedTable::new(
        &[("time", Unit::Seconds), ("accelerator busy", Unit::Share), ("batches waiting", Unit::Number)],
        bins(pass, pass.seconds, BINS).iter().map(row).collect(),
    )
}

/// What was left out, by kind; `None` if nothing was.
pub(crate) fn troubles(set: &Set, later: &Troubles) -> Option<RecordedTable> {
    let mut all = set.troubles.clone();
    all.merge(later.clone());
    if all.is_empty() {
        return None;
    }
    let row = |(trouble, seen): (&loading::Trouble, &loading::Seen)| {
        // Names of the reader's files are hidden where names of columns are.
        let name = seen.names.first().map_or(Cell::Missing, |name| Cell::Column(name.clone()));
        vec![trouble.label().into(), (seen.count as f64).into(), name]
    };
    let columns = [("What was left out", Unit::Number), ("Times", Unit::Number), ("The first one", Unit::Number)];
    Some(RecordedTable::new(&columns, all.0.iter().map(row).collect()))
}

/// Every candidate of the search, the best one first.
pub(crate) fn search(found: &Found, cores: u32) -> RecordedTable {
    let row = |tried: &loading::tuner::Tried| {
        let over = if tried.knobs.workers > cores as usize { "more than cores" } else { "" };
        vec![
            (tried.knobs.workers as f64).into(),
            over.into(),
            prefetch(tried.knobs),
            (tried.rate * BATCH as f64).into(),
            (tried.batches as f64).into(),
            (tried.memory as f64).into(),
        ]
    };
    let columns = [
        ("Workers", Unit::Number),
        ("", Unit::Number),
        ("Prefetch", Unit::Number),
        ("Images per second", Unit::Number),
        ("Batches looked at", Unit::Number),
        ("Memory of batches", Unit::Bytes),
    ];
    RecordedTable::new(&columns, found.tried.iter().take(CANDIDATES).map(row).collect())
}

fn prefetch(knobs: Knobs) -> Cell {
    if knobs.workers == 0 { Cell::Missing } else { (knobs.prefetch as f64).into() }
}

/// What to paste, how sure it is, and what it costs.
pub(crate) fn advice(found: &Found, cores: u32) -> RecordedTable {
    let best = found.best;
    let rows = vec![
        vec!["Paste".into(), line(best.knobs).as_str().into()],
        vec!["How sure".into(), sureness(found).as_str().into()],
        vec![
            "Memory of its batches".into(),
            format!("{:.0} MiB", best.memory as f64 / f64::from(1 << 20)).as_str().into(),
        ],
        vec!["More workers than cores".into(), oversubscribed(found, cores).as_str().into()],
        vec!["Search".into(), format!("{} batches for {} settings", found.batches, found.tried.len()).as_str().into()],
    ];
    RecordedTable::new(&[("Setting of the loader", Unit::Number), ("Found here", Unit::Number)], rows)
}

/// The call in PyTorch.
pub(crate) fn line(knobs: Knobs) -> String {
    let ahead = if knobs.workers == 0 {
        "num_workers=0".to_owned()
    } else {
        format!("num_workers={}, prefetch_factor={}, persistent_workers=True", knobs.workers, knobs.prefetch)
    };
    format!("DataLoader(dataset, batch_size={BATCH}, shuffle=True, {ahead}, pin_memory=torch.cuda.is_available())")
}

fn sureness(found: &Found) -> String {
    let (won, of) = found.won;
    match found.runner_up {
        None => "the only setting that fits into memory".to_owned(),
        Some(_) if found.is_draw() => "a draw with the next one: as fast, and takes no more memory".to_owned(),
        Some(other) if won == of => {
            format!("clear: faster than the next one in {won} of {of} runs, which reached {:.0} % of it", other * 100.0)
        }
        Some(other) => {
            format!(
                "a lead: faster than the next one in {won} of {of} runs, which reached {:.0} % of it",
                other * 100.0
            )
        }
    }
}

/// What became of settings with more workers than cores. How much worse they are, the chapter measures by itself.
fn oversubscribed(found: &Found, cores: u32) -> String {
    let cores = cores as usize;
    let best = found.best.knobs.workers;
    if best > cores {
        return format!("a gain here: the best setting has {best} for {cores}, which a noisy machine may feign");
    }
    let many = found.tried.iter().filter(|tried| tried.knobs.workers > cores);
    match many.map(|tried| tried.batches).max() {
        Some(batches) => format!("no gain: the last of them was left behind after a look of {batches} batches"),
        None => "not tried: their batches do not fit into memory".to_owned(),
    }
}
