//! Charts under realistic load, for the tests below and for the eye: `cargo test -p report gallery -- --ignored` writes
//! them as pages to the temporary folder.

use analysis::CaseAnalysis;
use catalog::{Better, Chart, ChartKind, Definition, Metric, OwnMetric};
use results::{Case, Cell, Point, RecordedTable, Unit};
use stats::{Interval, Verdict};

use super::fixture::{
    around, axis, ceilings, chapter, chart, definition, machine, measured, missing, recorded, with_speedup,
};
use super::{ChartRequest, NoChart, Svg, svg};

/// A chart with all that it needs.
pub(super) struct Piece {
    pub(super) name: String,
    pub(super) chart: Chart,
    pub(super) definition: Definition,
    pub(super) cases: Vec<CaseAnalysis>,
    /// What the cases recorded, for charts of tables.
    pub(super) recorded: Vec<Case>,
}

impl Piece {
    pub(super) fn draw(&self) -> Result<Svg, NoChart> {
        svg(&ChartRequest {
            chart: &self.chart,
            definition: &self.definition,
            chapter: &chapter(self.cases.clone()),
            cases: &self.recorded,
            ceilings: &ceilings(),
            machine: &machine(),
            margin: 0.05,
            id_prefix: &self.name,
        })
    }
}

/// Formats with label, seconds to read all, and bytes on disk.
const FORMATS: [(&str, &str, f64, f64); 17] = [
    ("csv", "CSV", 2.31, 412e6),
    ("csv-zst", "CSV, zstd", 2.62, 118e6),
    ("jsonl", "JSON Lines", 7.93, 1.21e9),
    ("avro-deflate", "Avro, deflate", 6.1, 131e6),
    ("avro-zstd", "Avro, zstd", 4.72, 120e6),
    ("parquet-none", "Parquet, none", 0.391, 214e6),
    ("parquet-snappy", "Parquet, snappy", 0.402, 141e6),
    ("parquet-lz4", "Parquet, lz4", 0.388, 138e6),
    ("parquet-zstd1", "Parquet, zstd 1", 0.412, 112e6),
    ("parquet-zstd9", "Parquet, zstd 9", 0.431, 101e6),
    ("parquet-gzip", "Parquet, gzip", 0.873, 109e6),
    ("parquet-small", "Parquet, small groups", 0.622, 131e6),
    ("parquet-large", "Parquet, large groups", 0.54, 108e6),
    ("arrow-none", "Arrow IPC, none", 0.118, 402e6),
    ("arrow-lz4", "Arrow IPC, lz4", 0.201, 190e6),
    ("arrow-zstd", "Arrow IPC, zstd", 0.287, 133e6),
    ("duckdb", "DuckDB on Parquet", f64::NAN, f64::NAN),
];
const WORKLOADS: [(&str, f64); 3] = [("read-all", 1.0), ("one-column", 0.21), ("look-up-one-row", 0.012)];

fn formats() -> (Definition, Vec<CaseAnalysis>) {
    let mut definition = definition(&FORMATS.map(|f| f.0));
    for (variant, (_, label, ..)) in definition.variant.iter_mut().zip(FORMATS) {
        variant.label = label.to_owned();
    }
    definition.axis = vec![axis("workload", &WORKLOADS.map(|w| (w.0, None)), None)];
    let mut cases = Vec::new();
    for (w, (workload, share)) in WORKLOADS.into_iter().enumerate() {
        for (i, (id, _, seconds, bytes)) in FORMATS.into_iter().enumerate() {
            let point = Point::new().with("workload", workload);
            if seconds.is_nan() {
                cases.push(missing(id, point, "DuckDB is not installed: pip install duckdb"));
                continue;
            }
            if id == "avro-zstd" && w == 2 {
                cases.push(missing(id, point, "the worker gave no answer within 60 s"));
                continue;
            }
            // Row formats read everything whatever is asked of them.
            let columnar = id.starts_with("parquet") || id.starts_with("arrow");
            let time = seconds * if columnar { share } else { 0.6 + 0.4 * share };
            let half = 0.01 + 0.015 * (i % 5) as f64;
            let case =
                measured(id, point, &[(Metric::Time, around(time, half)), (Metric::DiskBytes, around(bytes, 0.0))]);
            let factor = around(2.31 * (0.6 + 0.4 * share) / time, half * 1.3);
            let verdict = match factor {
                f if f.low > 1.05 => Verdict::Faster,
                f if f.high < 0.95 => Verdict::Slower,
                f if f.low > 0.95 && f.high < 1.05 => Verdict::Same,
                _ => Verdict::CannotTell,
            };
            cases.push(if i == 0 { case } else { with_speedup(case, factor, verdict) });
        }
    }
    (definition, cases)
}

/// Kernels with label, threads, and bytes per second in the first and in the last cache level, and in memory.
const KERNELS: [(&str, &str, Option<u32>, [f64; 3]); 9] = [
    ("python", "Python loop", Some(1), [0.21e9, 0.21e9, 0.2e9]),
    ("numpy", "NumPy", Some(1), [9e9, 21e9, 11.2e9]),
    ("scalar", "Scalar", Some(1), [7.8e9, 7.7e9, 7.4e9]),
    ("auto", "Auto-vectorised", Some(1), [118e9, 31e9, 13.2e9]),
    ("simd", "Explicit SIMD", Some(1), [131e9, 33e9, 13.5e9]),
    ("ndarray", "ndarray", Some(1), [95e9, 30e9, 13.1e9]),
    ("polars", "Polars", Some(1), [3e9, 24e9, 12.9e9]),
    ("rayon", "All cores", None, [0.8e9, 70e9, 36e9]),
    ("rayon-simd", "All cores + SIMD", None, [0.9e9, 95e9, 37.5e9]),
];
const SIZES: [(&str, f64); 8] = [
    ("s14", 16384.0),
    ("s16", 65536.0),
    ("s18", 262_144.0),
    ("s20", 1_048_576.0),
    ("s22", 4_194_304.0),
    ("s24", 16_777_216.0),
    ("s26", 67_108_864.0),
    ("s28", 268_435_456.0),
];

fn kernels(dtypes: &[&str]) -> (Definition, Vec<CaseAnalysis>) {
    let mut definition = definition(&KERNELS.map(|k| k.0));
    for (variant, (_, label, threads, _)) in definition.variant.iter_mut().zip(KERNELS) {
        variant.label = label.to_owned();
        variant.threads = threads;
    }
    let sizes: Vec<_> = SIZES.iter().map(|(id, bytes)| (*id, Some(*bytes))).collect();
    let types: Vec<_> = dtypes.iter().map(|id| (*id, None)).collect();
    definition.axis = vec![axis("size", &sizes, Some("B")), axis("dtype", &types, None)];
    let mut cases = Vec::new();
    for (t, dtype) in dtypes.iter().enumerate() {
        for (s, (size, _)) in SIZES.into_iter().enumerate() {
            for (k, (id, _, _, rates)) in KERNELS.into_iter().enumerate() {
                let point = Point::new().with("size", size).with("dtype", dtype);
                if id == "python" && s > 5 {
                    cases.push(missing(id, point, "the worker gave no answer within 60 s"));
                    continue;
                }
                if id == "polars" && *dtype == "f32" {
                    cases.push(missing(id, point, "Polars has no such expression for f32"));
                    continue;
                }
                // Between the three levels by powers, with a little jitter.
                let place = s as f64 / (SIZES.len() - 1) as f64 * 2.0;
                let (from, part) = (place.floor().min(1.0) as usize, place - place.floor().min(1.0));
                let rate = rates[from].powf(1.0 - part) * rates[from + 1].powf(part);
                let rate = rate * (1.0 + 0.04 * f64::sin((7 * k + 3 * s + t) as f64)) * [1.0, 1.05, 0.93][t % 3];
                cases.push(measured(
                    id,
                    point,
                    &[(Metric::BytesPerSecond, around(rate, 0.01 + 0.02 * (k % 3) as f64))],
                ));
            }
        }
    }
    (definition, cases)
}

/// One of each that the guide needs.
pub(super) fn pieces() -> Vec<Piece> {
    let (tables, table_cases) = formats();
    let (small, small_cases) = kernels(&["f64"]);
    let (big, big_cases) = kernels(&["f64", "f32", "i64"]);
    let at = |workload: &str| Point::new().with("workload", workload);
    let of_tables = |name: &str, chart| Piece {
        name: name.to_owned(),
        chart,
        definition: tables.clone(),
        cases: table_cases.clone(),
        recorded: Vec::new(),
    };
    let lines = |panels: Option<&str>| Chart {
        x: Some("size".to_owned()),
        log: true,
        cache_edges: true,
        ceiling: Some("memory-read".to_owned()),
        panels: panels.map(str::to_owned),
        ..chart(ChartKind::Lines, Metric::BytesPerSecond)
    };
    vec![
        of_tables("bars", Chart { point: at("read-all"), ..chart(ChartKind::Bars, Metric::Time) }),
        of_tables("bars-disk", Chart { point: at("read-all"), ..chart(ChartKind::Bars, Metric::DiskBytes) }),
        of_tables("bars-log", Chart { point: at("read-all"), log: true, ..chart(ChartKind::Bars, Metric::Time) }),
        of_tables("bars-panels", Chart { panels: Some("workload".into()), ..chart(ChartKind::Bars, Metric::Time) }),
        of_tables(
            "bars-panels-log",
            Chart { panels: Some("workload".into()), log: true, ..chart(ChartKind::Bars, Metric::Time) },
        ),
        of_tables(
            "scatter",
            Chart {
                point: at("read-all"),
                x_metric: Some(Metric::DiskBytes),
                log: true,
                ..chart(ChartKind::Scatter, Metric::Time)
            },
        ),
        of_tables(
            "scatter-linear",
            Chart {
                point: at("read-all"),
                x_metric: Some(Metric::DiskBytes),
                ..chart(ChartKind::Scatter, Metric::Time)
            },
        ),
        of_tables("speedups", Chart { panels: Some("workload".into()), ..chart(ChartKind::Speedups, Metric::Time) }),
        of_tables("speedups-one", Chart { point: at("read-all"), ..chart(ChartKind::Speedups, Metric::Time) }),
        verdicts(),
        Piece {
            name: "lines".to_owned(),
            chart: lines(None),
            definition: small,
            cases: small_cases,
            recorded: Vec::new(),
        },
        Piece {
            name: "lines-panels".to_owned(),
            chart: lines(Some("dtype")),
            definition: big,
            cases: big_cases,
            recorded: Vec::new(),
        },
        stacked(None),
        stacked(Some("source")),
        losses(),
        timeline(),
        hostile(),
    ]
}

/// Settings of a loader, with label and the seconds of a batch that go into computing, preparing and fetching.
const LOADERS: [(&str, &str, [f64; 3]); 5] = [
    ("default", "Default: no workers", [5.1e-3, 9.3e-3, 12.2e-3]),
    ("workers", "Two workers", [5.2e-3, 1.1e-3, 6.4e-3]),
    ("tuned", "Tuned", [5.2e-3, 0.2e-3, 0.0]),
    ("shards", "Shards, two workers", [5.1e-3, 0.9e-3, 0.05e-3]),
    ("pytorch", "PyTorch DataLoader", [f64::NAN; 3]),
];

fn stacked(panels: Option<&str>) -> Piece {
    let part = |id: &str, label: &str| {
        let own = OwnMetric {
            id: id.to_owned(),
            label: label.to_owned(),
            unit: Unit::Seconds,
            better: Better::Less,
            from: None,
        };
        own.metric()
    };
    let parts = [
        part("compute", "computing"),
        part("prepare", "waiting for preparation"),
        part("fetch", "waiting for storage"),
    ];
    let mut definition = definition(&LOADERS.map(|loader| loader.0));
    for (variant, (_, label, _)) in definition.variant.iter_mut().zip(LOADERS) {
        variant.label = label.to_owned();
    }
    let sources = [("files", 1.0), ("shards", 0.4)];
    definition.axis = vec![axis("source", &sources.map(|(id, _)| (id, None)), None)];
    let mut cases = Vec::new();
    for (source, scale) in sources {
        for (i, (id, _, seconds)) in LOADERS.into_iter().enumerate() {
            let point = Point::new().with("source", source);
            cases.push(match (id, source) {
                ("pytorch", _) => missing(id, point, "python3 has no torch: pip install torch"),
                // A part that was not recorded: no bar may be drawn.
                ("workers", "shards") => measured(id, point, &[(parts[0], around(seconds[0], 0.02))]),
                _ => {
                    let values = [seconds[0], seconds[1] * scale, seconds[2] * scale];
                    let half = [0.02, 0.1, if i == 0 { 0.3 } else { 0.05 }];
                    let metrics = [0, 1, 2].map(|part| (parts[part], around(values[part], half[part])));
                    measured(id, point, &metrics)
                }
            });
        }
    }
    Piece {
        name: panels.map_or_else(|| "stacked".to_owned(), |_| "stacked-panels".to_owned()),
        chart: Chart {
            metric: None,
            parts: parts.into(),
            panels: panels.map(str::to_owned),
            point: if panels.is_none() { Point::new().with("source", "files") } else { Point::new() },
            ..chart(ChartKind::Stacked, Metric::Time)
        },
        definition,
        cases,
        recorded: Vec::new(),
    }
}

/// A series of a table.
fn series(x: &str, y: &[&str]) -> Chart {
    Chart {
        metric: None,
        table: Some("table".to_owned()),
        x_column: Some(x.to_owned()),
        y_columns: y.iter().map(|label| (*label).to_owned()).collect(),
        ..chart(ChartKind::Series, Metric::Time)
    }
}

/// A loss for each precision, of which one breaks off.
fn losses() -> Piece {
    let ids = ["f32", "bf16", "f16", "f16-unscaled", "torch"];
    let mut definition = definition(&ids);
    let labels = ["float32", "bfloat16", "float16, scaled", "float16, not scaled", "PyTorch autocast"];
    for (variant, label) in definition.variant.iter_mut().zip(labels) {
        variant.label = label.to_owned();
    }
    let row = |variant: usize, i: u32| {
        let step = f64::from(2 * i + 1);
        let loss =
            0.15 + 0.6 * (-step / 90.0).exp() + 0.03 * f64::sin(step * (1.0 + variant as f64)) / (1.0 + step / 40.0);
        let broken = ids[variant] == "f16-unscaled" && i > 70;
        vec![Cell::Number(step), if broken { Cell::Missing } else { Cell::Number(loss) }]
    };
    let table = |variant| {
        RecordedTable::new(
            &[("step", Unit::Number), ("loss", Unit::Number)],
            (0..150).map(|i| row(variant, i)).collect(),
        )
    };
    let mut cases: Vec<CaseAnalysis> =
        ids.iter().take(4).map(|id| measured(id, Point::new(), &[(Metric::Time, around(1.0, 0.1))])).collect();
    cases.push(missing("torch", Point::new(), "python3 has no torch: pip install torch"));
    let recorded = ids.iter().take(4).enumerate().map(|(i, id)| recorded(id, Point::new(), table(i))).collect();
    Piece { name: "losses".to_owned(), chart: series("step", &["loss"]), definition, cases, recorded }
}

/// What a consumer and a queue do over seconds, before and after tuning: two units, so two areas for each variant.
fn timeline() -> Piece {
    let ids = ["default", "tuned"];
    let row = |tuned: bool, i: u32| {
        let at = f64::from(i) * 0.05;
        let busy = if tuned {
            0.96 + 0.03 * f64::sin(at * 7.0)
        } else if i % 8 < 3 {
            1.0
        } else {
            0.04
        };
        let queue = if tuned { 6.0 + f64::from(i % 3) } else { f64::from(u8::from(i % 8 < 3)) };
        vec![Cell::Number(at), Cell::Number(busy), Cell::Number(1.0 - busy), Cell::Number(queue)]
    };
    let columns = [
        ("second", Unit::Seconds),
        ("consumer busy", Unit::Share),
        ("reader busy", Unit::Share),
        ("batches in the queue", Unit::Number),
    ];
    let table = |tuned| RecordedTable::new(&columns, (0..200).map(|i| row(tuned, i)).collect());
    Piece {
        name: "timeline".to_owned(),
        chart: series("second", &["consumer busy", "reader busy", "batches in the queue"]),
        definition: definition(&ids),
        cases: ids.map(|id| measured(id, Point::new(), &[(Metric::Time, around(1.0, 0.1))])).into(),
        recorded: vec![recorded("default", Point::new(), table(false)), recorded("tuned", Point::new(), table(true))],
    }
}

/// Every verdict, an interval that leaves the axis, and a comparison without a baseline.
fn verdicts() -> Piece {
    let interval = |low, estimate, high| Interval { estimate, low, high };
    let cases = [
        ("numpy", interval(38.0, 41.0, 44.0), Verdict::Faster),
        ("sum", interval(1.11, 1.2, 1.31), Verdict::Faster),
        ("fold", interval(0.98, 1.01, 1.04), Verdict::Same),
        ("iter", interval(0.2, 1.3, 500.0), Verdict::CannotTell),
        ("boxed", interval(0.41, 0.45, 0.49), Verdict::Slower),
    ];
    let time = |id: &str| measured(id, Point::new(), &[(Metric::Time, around(1.0, 0.1))]);
    let mut cases: Vec<CaseAnalysis> =
        cases.into_iter().map(|(id, factor, verdict)| with_speedup(time(id), factor, verdict)).collect();
    cases.insert(0, time("loop"));
    cases.push(missing("gpu", Point::new(), "No GPU: no NVIDIA driver was found"));
    Piece {
        name: "verdicts".to_owned(),
        chart: chart(ChartKind::Speedups, Metric::Time),
        definition: definition(&["loop", "numpy", "sum", "fold", "iter", "boxed", "gpu"]),
        cases,
        recorded: Vec::new(),
    }
}

/// Labels and reasons as an attacker or a child would write them.
pub(super) fn hostile() -> Piece {
    let mut definition = definition(&["a", "b", "c", "d"]);
    let labels = [
        "<script>alert(\"1\")</script>",
        "it's \"quoted\" & <b>bold</b>]]>",
        "👩‍🔬 science 🚀🚀🚀 数据 \u{202e}reversed\u{1}",
        "a label that goes on and on and on without any sign of coming to an end before the margin does",
    ];
    for (variant, label) in definition.variant.iter_mut().zip(labels) {
        variant.label = label.to_owned();
    }
    let wild = Interval { estimate: 1.0, low: 0.1, high: 90.0 };
    let cases = vec![
        measured("a", Point::new(), &[(Metric::Time, wild)]),
        measured("b", Point::new(), &[(Metric::Time, around(0.0, 0.0))]),
        measured("c", Point::new(), &[(Metric::Time, around(2.0, f64::NAN))]),
        missing("d", Point::new(), "<img src=x onerror=alert(1)> \"'&"),
    ];
    let chart = Chart { title: "</title><script>".to_owned(), ..chart(ChartKind::Bars, Metric::Time) };
    Piece { name: "hostile".to_owned(), chart, definition, cases, recorded: Vec::new() }
}

/// Every chart of the guide, on made-up figures over all axes.
pub(super) fn guide() -> Vec<Piece> {
    let pieces = |(folder, definition): (catalog::Folder, Definition)| {
        let cases = made_up(&definition);
        let piece = |chart: &catalog::Chart| Piece {
            name: format!("{}-{}", folder.slug, chart.id),
            chart: chart.clone(),
            definition: definition.clone(),
            cases: cases.clone(),
            recorded: made_up_tables(chart, &cases),
        };
        definition.chart.iter().map(piece).collect::<Vec<_>>()
    };
    catalog::all().expect("valid definitions").into_iter().flat_map(pieces).collect()
}

/// The table of a series for every case that was measured.
fn made_up_tables(chart: &Chart, cases: &[CaseAnalysis]) -> Vec<Case> {
    let Some(x) = &chart.x_column else { return Vec::new() };
    let labels = std::iter::once(x).chain(&chart.y_columns);
    let columns: Vec<(&str, Unit)> = labels.map(|label| (label.as_str(), Unit::Number)).collect();
    let row = |i: u32| (0..columns.len()).map(|column| Cell::Number(f64::from(i) * (1.0 + column as f64))).collect();
    let table = || RecordedTable::new(&columns, (0..60).map(row).collect());
    let case = |case: &CaseAnalysis| {
        let mut found = recorded(&case.variant, case.point.clone(), table());
        found.tables = std::mem::take(&mut found.tables)
            .into_values()
            .zip(&chart.table)
            .map(|(t, name)| (name.clone(), t))
            .collect();
        found
    };
    cases.iter().filter(|case| case.missing.is_none()).map(case).collect()
}

/// A case for each variant at each point: most measured, some far apart, some nearly the same, some missing.
fn made_up(definition: &Definition) -> Vec<CaseAnalysis> {
    let points = definition.points();
    // Every seventh point, unless a chart would have no other.
    let left_out = |p: usize| {
        let elsewhere = |chart: &Chart| {
            points.iter().enumerate().any(|(other, point)| other % 7 != 6 && point.matches(&chart.point))
        };
        p % 7 == 6 && definition.chart.iter().all(elsewhere)
    };
    let mut cases = Vec::new();
    for (p, point) in points.iter().enumerate() {
        for (v, variant) in definition.variant.iter().enumerate() {
            if let Some(reason) = definition.exception(&variant.id, point) {
                cases.push(missing(&variant.id, point.clone(), reason));
            } else if left_out(p) {
                cases.push(missing(&variant.id, point.clone(), "The quick budget leaves this workload out."));
            } else if v % 5 == 4 {
                cases.push(missing(&variant.id, point.clone(), "Python has no such package here: pip install it"));
            } else if (3 * p + v) % 23 == 22 {
                cases.push(missing(&variant.id, point.clone(), "no answer within 60 s"));
            } else {
                let size = f64::sin((5 * p + 3 * v) as f64).exp() * (1.0 + (v * v) as f64);
                let metrics = [
                    (Metric::Time, 1e-3),
                    (Metric::Cpu, 2e-3),
                    (Metric::RowsPerSecond, 1e6),
                    (Metric::BytesPerSecond, 1e9),
                    (Metric::FlopPerSecond, 1e9),
                    (Metric::CeilingShare, 3e-3),
                    (Metric::DeviceBytes, 1e5),
                    (Metric::DiskBytes, 1e6),
                    (Metric::PeakMemory, 1e8),
                    (Metric::Money, 1e-6),
                ];
                let mut metrics: Vec<(Metric, Interval)> =
                    metrics.map(|(metric, unit)| (metric, around(unit * size, 0.02 * (v % 4) as f64))).into();
                metrics.extend(definition.metric.iter().map(|own| {
                    let share = own.unit == results::Unit::Share;
                    (own.metric(), around(if share { size / (1.0 + size) } else { 1e3 * size }, 0.01 * (v % 3) as f64))
                }));
                let case = measured(&variant.id, point.clone(), &metrics);
                let verdicts = [Verdict::Faster, Verdict::Same, Verdict::Slower, Verdict::CannotTell];
                let baseline = variant.id == definition.baseline;
                let factor = around(10.0 / size, 0.1);
                cases.push(if baseline { case } else { with_speedup(case, factor, verdicts[(p + v) % 4]) });
            }
        }
    }
    cases
}

#[test]
#[ignore = "writes pages to look at"]
fn gallery() {
    let folder = std::env::temp_dir().join("charts");
    std::fs::create_dir_all(&folder).expect("a folder to write to");
    for piece in pieces().into_iter().chain(guide()) {
        let drawn = piece.draw();
        let (markup, text) = match &drawn {
            Ok(svg) => (svg.markup.as_str(), svg.description.as_str()),
            Err(no) => (no.reason.as_str(), ""),
        };
        println!("{}: {} bytes; {text}", piece.name, markup.len());
        for (theme, scheme, paper) in [("light", "light", "#fff"), ("dark", "dark", "#16181d")] {
            let page = format!(
                "<!doctype html><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
                 <style>:root{{color-scheme:{scheme}}}body{{background:{paper};margin:16px;font-family:sans-serif}}</style>{markup}"
            );
            std::fs::write(folder.join(format!("{}-{theme}.html", piece.name)), page).expect("a page written");
        }
        if let Ok(svg) = &drawn {
            std::fs::write(folder.join(format!("{}.svg", piece.name)), &svg.file).expect("a file written");
        }
    }
}
