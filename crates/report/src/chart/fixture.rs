//! Hand-made definitions and analyses for the tests of the charts.

use std::collections::BTreeMap;

use analysis::{CaseAnalysis, ChapterAnalysis, Finding};
use catalog::{Axis, AxisValue, Chart, ChartKind, Contrast, Definition, Metric, Scale};
use results::{Cache, Case, Ceiling, Cpu, Facts, Machine, Outcome, Point, RecordedTable, Role};
use stats::{Interval, Verdict};

/// A definition with these variants, the first of them the baseline.
pub(super) fn definition(ids: &[&str]) -> Definition {
    let toml = ids.iter().map(|id| format!("[[variant]]\nid = {id:?}\nlabel = {id:?}\n")).collect::<String>();
    let head = format!(
        "title = \"t\"\nquestion = \"q\"\npart = \"p\"\norder = 1\nbaseline = {:?}\nheadline = \"f\"\n\
         [[finding]]\nname = \"f\"\nof = {{ variant = {:?} }}\n",
        ids[0], ids[0]
    );
    Definition::parse("fixture", &format!("{head}{toml}")).expect("a valid definition")
}

/// An axis; values are ids with an optional number.
pub(super) fn axis(name: &str, values: &[(&str, Option<f64>)], unit: Option<&str>) -> Axis {
    let value = |(id, number): &(&str, Option<f64>)| AxisValue {
        id: (*id).to_owned(),
        label: (*id).replace('-', " "),
        number: *number,
    };
    Axis {
        name: name.to_owned(),
        label: name.to_owned(),
        unit: unit.map(str::to_owned),
        only: BTreeMap::new(),
        values: values.iter().map(value).collect(),
    }
}

/// A chart of a kind with nothing special.
pub(super) fn chart(kind: ChartKind, metric: Metric) -> Chart {
    Chart {
        id: "chart".to_owned(),
        kind,
        title: "A chart".to_owned(),
        metric: Some(metric),
        x_metric: None,
        parts: Vec::new(),
        x: None,
        table: None,
        x_column: None,
        y_columns: Vec::new(),
        point: Point::new(),
        panels: None,
        variants: Vec::new(),
        log: false,
        x_log: None,
        cache_edges: false,
        ceiling: None,
    }
}

/// An interval of a given relative half-width.
pub(super) fn around(estimate: f64, half: f64) -> Interval {
    Interval { estimate, low: estimate * (1.0 - half), high: estimate * (1.0 + half) }
}

/// A measured case.
pub(super) fn measured(variant: &str, point: Point, metrics: &[(Metric, Interval)]) -> CaseAnalysis {
    CaseAnalysis {
        variant: variant.to_owned(),
        point,
        missing: None,
        launches: 5,
        samples: 30,
        outliers: 0,
        metrics: metrics.iter().copied().collect(),
        trials: BTreeMap::new(),
        against_baseline: None,
        settings: BTreeMap::new(),
        cold_proof: None,
    }
}

/// A case that was not measured.
pub(super) fn missing(variant: &str, point: Point, reason: &str) -> CaseAnalysis {
    CaseAnalysis { missing: Some(reason.to_owned()), launches: 0, samples: 0, ..measured(variant, point, &[]) }
}

/// What a case recorded: a table by the name of `table`.
pub(super) fn recorded(variant: &str, point: Point, table: RecordedTable) -> Case {
    Case {
        experiment: "fixture".to_owned(),
        variant: variant.to_owned(),
        point,
        role: Role::Measure,
        key: String::new(),
        outcome: Outcome::Measured,
        settings: BTreeMap::new(),
        facts: Facts::new(),
        answer: None,
        launches: Vec::new(),
        tables: BTreeMap::from([("table".to_owned(), table)]),
    }
}

/// A case with its speedup over the baseline.
pub(super) fn with_speedup(mut case: CaseAnalysis, factor: Interval, verdict: Verdict) -> CaseAnalysis {
    case.against_baseline = Some(Finding {
        contrast: Contrast {
            variant: case.variant.clone(),
            point: case.point.clone(),
            against: None,
            against_point: None,
            metric: Metric::Time,
        },
        factor: Some(factor),
        scale: Scale::Ratio,
        margin: 0.05,
        difference: None,
        verdict: Some(verdict),
        missing: None,
        confirmed: None,
        launches: 5,
    });
    case
}

/// A chapter with these cases.
pub(super) fn chapter(cases: Vec<CaseAnalysis>) -> ChapterAnalysis {
    ChapterAnalysis {
        slug: "fixture".to_owned(),
        skipped: None,
        cases,
        findings: BTreeMap::new(),
        values: BTreeMap::new(),
        claims: Vec::new(),
        recommendation: None,
        no_recommendation: None,
        ruled_out: Vec::new(),
        choices: Vec::new(),
    }
}

/// A machine with three caches.
pub(super) fn machine() -> Machine {
    let cache = |level, bytes, shared_by| Cache { level, bytes, shared_by };
    Machine {
        cpu: Cpu {
            model: "Fixture 9000".to_owned(),
            physical_cores: 4,
            logical_cores: 8,
            caches: vec![cache(1, 32 << 10, 2), cache(2, 1 << 20, 2), cache(3, 33 << 20, 8)],
            simd: Vec::new(),
        },
        ..Machine::default()
    }
}

/// Memory ceilings of that machine for one and for eight threads.
pub(super) fn ceilings() -> Vec<Ceiling> {
    let ceiling = |threads: u32, bytes: u64, rate: f64| Ceiling {
        id: "memory-read".to_owned(),
        label: "memory read".to_owned(),
        unit: "bytes/s".to_owned(),
        threads,
        dtype: None,
        working_set_bytes: Some(bytes),
        block_bytes: None,
        samples: vec![rate * 0.98, rate],
        missing: None,
    };
    let one = [(16 << 10, 150e9), (512 << 10, 80e9), (16 << 20, 35e9), (256 << 20, 14e9)];
    let all = [(64 << 10, 560e9), (2 << 20, 300e9), (16 << 20, 120e9), (256 << 20, 38e9)];
    one.iter().map(|(b, r)| ceiling(1, *b, *r)).chain(all.iter().map(|(b, r)| ceiling(8, *b, *r))).collect()
}
