//! Every metric, where it comes from, and that the missing stay missing.

use std::collections::BTreeMap;

use analysis::Analysis;
use catalog::Metric;
use results::{Cache, Case, Ceiling, Run};

use crate::fixture::{Dress, analysed, case, find, point, with};

fn metrics_of(run: &Run) -> BTreeMap<Metric, f64> {
    let analysis: Analysis = analysed(run);
    find(&analysis, "csv", &point("scan", "warm")).metrics.iter().map(|(m, i)| (*m, i.estimate)).collect()
}

fn metrics(case: Case) -> BTreeMap<Metric, f64> {
    metrics_of(&with(vec![case]))
}

/// Two seconds a call, four calls a sample.
fn csv() -> Case {
    case("csv", &point("scan", "warm"), 2.0)
}

fn near(got: Option<&f64>, expected: f64) -> bool {
    got.is_some_and(|got| (got / expected - 1.0).abs() < 0.02)
}

#[test]
fn a_case_with_nothing_but_samples_has_time_alone() {
    let found = metrics(csv());
    assert_eq!(found.keys().collect::<Vec<_>>(), [&Metric::Time]);
    assert!(near(found.get(&Metric::Time), 2.0));
}

#[test]
fn counters_and_facts() {
    let dressed = csv()
        .counter("cpu_ns", 12_000_000_000)
        .counter("device_bytes", 4000)
        .counter("peak_rss_bytes", 5_000_000)
        .fact("rows", 100.0)
        .fact("bytes", 800.0)
        .fact("flops", 1600.0)
        .fact("disk_bytes", 12345.0);
    let found = metrics(dressed);
    for (metric, expected) in [
        (Metric::Cpu, 3.0),
        (Metric::DeviceBytes, 1000.0),
        (Metric::PeakMemory, 5e6),
        (Metric::RowsPerSecond, 50.0),
        (Metric::BytesPerSecond, 400.0),
        (Metric::FlopPerSecond, 800.0),
        (Metric::DiskBytes, 12345.0),
    ] {
        assert!(near(found.get(&metric), expected), "{metric:?}: {:?}", found.get(&metric));
    }
    assert_eq!(found.get(&Metric::CeilingShare), None, "no ceiling is named");
}

#[test]
fn a_warm_read_takes_nothing_from_the_device_and_that_is_a_measured_zero() {
    assert_eq!(metrics(csv().counter("device_bytes", 0)).get(&Metric::DeviceBytes), Some(&0.0));
}

#[test]
fn money_takes_the_cold_twins_bytes_then_what_is_scanned_then_the_file() {
    let per_tb = 5.0 / 1e12;
    let dollars = |run: &Run| metrics_of(run).get(&Metric::Money).copied();
    let plain = csv().fact("disk_bytes", 4e9);
    assert!(near(dollars(&with(vec![plain.clone()])).as_ref(), 4e9 * per_tb));
    let scanned = plain.clone().fact("bytes_scanned", 1e9);
    assert!(near(dollars(&with(vec![scanned.clone()])).as_ref(), 1e9 * per_tb));

    let twin = case("csv", &point("scan", "cold"), 3.0).fact("bytes_needed", 5e8);
    let proven = twin.clone().counter("device_bytes", 4 * 600_000_000);
    assert!(near(dollars(&with(vec![scanned.clone(), proven])).as_ref(), 6e8 * per_tb));
    let unproven = twin.counter("device_bytes", 4 * 1000);
    assert!(
        near(dollars(&with(vec![scanned, unproven])).as_ref(), 1e9 * per_tb),
        "a twin that was not cold tells nothing"
    );

    assert!(
        near(dollars(&with(vec![csv().fact("disk_bytes", 10.0)])).as_ref(), 10e6 * per_tb),
        "the minimum is billed"
    );
    assert_eq!(dollars(&with(vec![csv()])), None, "unknown bytes have no price");
}

fn memory(id: &str, threads: u32, working_set: u64, rate: f64) -> Ceiling {
    Ceiling {
        id: id.to_owned(),
        label: String::new(),
        unit: "bytes/s".to_owned(),
        threads,
        dtype: None,
        working_set_bytes: Some(working_set),
        block_bytes: None,
        samples: vec![rate * 0.9, rate],
        missing: None,
    }
}

#[test]
fn the_share_is_of_the_ceiling_of_the_same_kind_level_and_threads() {
    let ceilings = vec![
        memory("memory-read", 1, 16 << 10, 1000.0),
        memory("memory-read", 1, 512 << 10, 500.0),
        memory("memory-read", 1, 1 << 30, 100.0),
        memory("memory-read", 4, 64 << 10, 4000.0),
        memory("memory-copy", 1, 16 << 10, 10.0),
    ];
    let caches =
        vec![Cache { level: 1, bytes: 32 << 10, shared_by: 1 }, Cache { level: 2, bytes: 1 << 20, shared_by: 1 }];
    let (kib, mib, gib) = (1024.0, 1024.0 * 1024.0, 1024.0 * 1024.0 * 1024.0);
    // bytes per call, threads, whether the caches are known; the ceiling that counts
    for (bytes, threads, known, expected) in [
        (8.0 * kib, 1, true, 1000.0),
        (24.0 * kib, 1, true, 1000.0), // more than the ceiling's own working set, and still L1
        (24.0 * kib, 1, false, 500.0), // without known caches: the nearest at or above
        (900.0 * kib, 1, true, 500.0),
        (64.0 * mib, 1, true, 100.0),
        (4.0 * gib, 1, false, 100.0), // beyond all: the largest
        (8.0 * kib, 4, true, 4000.0),
        (8.0 * kib, 2, true, 4000.0), // several threads: those of the most
    ] {
        let threads = threads.to_string();
        let dressed = csv().fact("bytes", bytes).setting("ceiling", "memory-read").setting("threads", &threads);
        let mut run = with(vec![dressed]);
        run.ceilings.clone_from(&ceilings);
        if known {
            run.machine.cpu.caches.clone_from(&caches);
        }
        let share = metrics_of(&run).get(&Metric::CeilingShare).copied();
        assert!(
            near(share.as_ref(), bytes / 2.0 / expected),
            "{bytes} B, {threads} threads, caches {known}: {share:?}"
        );
    }
}

#[test]
fn compute_ceilings_go_by_element_type() {
    let flops = |id: &str, dtype: &str, rate| Ceiling {
        dtype: Some(dtype.to_owned()),
        unit: "flop/s".to_owned(),
        working_set_bytes: None,
        ..memory(id, 1, 0, rate)
    };
    for (dtype, share) in [("f64", Some(0.5)), ("f32", Some(0.25)), ("i64", Some(0.125)), ("f16", None)] {
        let dressed =
            csv().fact("flops", 200.0).setting("ceiling", "flops").setting("dtype", dtype).setting("threads", "1");
        let mut run = with(vec![dressed]);
        run.ceilings = vec![flops("flops", "f64", 200.0), flops("flops", "f32", 400.0), flops("ops-i64", "i64", 800.0)];
        let found = metrics_of(&run).get(&Metric::CeilingShare).copied();
        assert_eq!(found.is_some(), share.is_some(), "{dtype}");
        assert!(share.is_none_or(|share| near(found.as_ref(), share)), "{dtype}: {found:?}");
    }
}

#[test]
fn a_ceiling_of_another_class_is_no_ceiling() {
    let mut run = with(vec![csv().fact("bytes", 8.0).setting("ceiling", "memory-read").setting("threads", "1")]);
    run.ceilings = vec![memory("memory-read", 4, 1 << 20, 100.0)];
    assert_eq!(metrics_of(&run).get(&Metric::CeilingShare), None);
    run.ceilings = vec![Ceiling { samples: vec![], ..memory("memory-read", 1, 1 << 20, 100.0) }];
    assert_eq!(metrics_of(&run).get(&Metric::CeilingShare), None);
}

#[test]
fn outliers_are_labelled_and_kept() {
    let mut slow = csv();
    slow.launches[1].samples[3].wall_ns *= 50;
    let analysis = analysed(&with(vec![slow]));
    let found = find(&analysis, "csv", &point("scan", "warm"));
    assert_eq!((found.outliers, found.samples, found.launches), (1, 30, 5));
    assert!((found.metrics[&Metric::Time].estimate - 2.0).abs() < 0.05);
}
