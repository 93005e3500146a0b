//! Which of the machine's ceilings a case runs under.
//!
//! The setting `ceiling` names it (`memory-read`, `memory-copy`, `flops`, `disk-sequential-read` …); a case without that
//! setting has no share. The setting `threads` picks the class: the ceiling of one thread for one thread, of as many
//! threads where that was measured, else of the most. A memory ceiling must be of the same level of the hierarchy: the
//! smallest cache (of the threads' cores together) that holds the working set, fact `working_set_bytes` or else `bytes`.
//! Where no ceiling was measured at that level, the one with the nearest working set at or above counts, else the largest.
//! The setting or axis `dtype` must agree where the ceiling has one.

use results::{Case, Ceiling, Machine, Run};

/// The fact that is divided by time and the rate that it is held against, or why there is none, as a sentence.
pub(crate) fn ceiling(case: &Case, run: &Run) -> Result<(&'static str, f64), String> {
    let id = case.settings.get("ceiling").ok_or("the experiment names no ceiling for it")?;
    let dtype = case.settings.get("dtype").map(String::as_str).or_else(|| case.point.get("dtype"));
    let threads: u32 = case
        .settings
        .get("threads")
        .and_then(|threads| threads.parse().ok())
        .ok_or("the case does not say how many threads it used")?;

    let mut fitting: Vec<&Ceiling> = run
        .ceilings
        .iter()
        .filter(|c| named(c, id, dtype) && c.best().is_some_and(|best| best > 0.0))
        .filter(|c| c.dtype.is_none() || dtype.is_none() || c.dtype.as_deref() == dtype)
        .collect();
    let class =
        fitting.iter().map(|c| c.threads).min_by_key(|&of| (of != threads, (of > 1) != (threads > 1), u32::MAX - of));
    let class = class.ok_or_else(|| format!("this run did not measure the ceiling {id:?}"))?;
    if (class > 1) != (threads > 1) {
        return Err(format!("this run measured the ceiling {id:?} for another number of threads only"));
    }
    fitting.retain(|c| c.threads == class);

    let working_set = ["working_set_bytes", "bytes"].iter().find_map(|fact| case.facts.get(*fact)).copied();
    let found = match working_set {
        Some(bytes) => at_level(&fitting, bytes, class, &run.machine),
        None => fitting.first().copied(),
    };
    let found = found.ok_or_else(|| format!("this run did not measure the ceiling {id:?}"))?;
    let fact = match found.unit.as_str() {
        "bytes/s" => "bytes",
        "flop/s" | "op/s" => "flops",
        unit => return Err(format!("a share of a ceiling in {unit} is not defined")),
    };
    Ok((fact, found.best().unwrap_or(f64::NAN)))
}

/// Integer kernels count as `flops` too, and their ceiling is called `ops-i64`.
fn named(ceiling: &Ceiling, id: &str, dtype: Option<&str>) -> bool {
    ceiling.id == id || (id == "flops" && dtype.is_some_and(|dtype| ceiling.id == format!("ops-{dtype}")))
}

fn at_level<'a>(fitting: &[&'a Ceiling], bytes: f64, threads: u32, machine: &Machine) -> Option<&'a Ceiling> {
    let walked = |c: &Ceiling| c.working_set_bytes.map_or(f64::INFINITY, |bytes| bytes as f64);
    let distance = |c: &Ceiling| (walked(c) / bytes).ln().abs();
    let near =
        |list: &mut dyn Iterator<Item = &&'a Ceiling>| list.copied().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let level = level(bytes, threads, machine);
    near(
        &mut fitting
            .iter()
            .filter(|c| !machine.cpu.caches.is_empty() && self::level(walked(c), threads, machine) == level),
    )
    .or_else(|| near(&mut fitting.iter().filter(|c| walked(c) >= bytes)))
    .or_else(|| fitting.iter().copied().max_by(|a, b| walked(a).total_cmp(&walked(b))))
}

/// The level of the smallest cache that holds this many bytes, all instances of the threads' cores together; 0 for memory.
fn level(bytes: f64, threads: u32, machine: &Machine) -> u32 {
    let capacity =
        |cache: &results::Cache| cache.bytes as f64 * f64::from(threads.div_ceil(cache.shared_by.max(1)).max(1));
    machine.cpu.caches.iter().filter(|cache| capacity(cache) >= bytes).map(|cache| cache.level).min().unwrap_or(0)
}
