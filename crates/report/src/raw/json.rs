//! The raw data of a figure as JSON.

use std::collections::BTreeSet;

use analysis::CaseAnalysis;
use catalog::Metric;
use results::Case;
use serde_json::{Map, Value, json};

use super::line::rounded;
use super::samples::{unit, values};
use super::{Amount, Raw, table};

/// The cases with settings, facts, medians with intervals (`[estimate, low, high]`), and their samples by launch and round.
pub(super) fn json(raw: &Raw<'_>) -> String {
    let header = &raw.measured.run.header;
    let shown: Vec<Value> = raw.cases.iter().map(|case| of_case(raw, case)).collect();
    let samples = |metric: Metric| {
        let drawn = if matches!(metric, Metric::Own(_)) { "trial" } else { "round" };
        format!("{}, by launch and {drawn}", unit(metric))
    };
    json!({
        "experiment": raw.measured.analysis.slug,
        "figure": raw.chart.id,
        "run": header.id,
        "started": header.started,
        "benchbook": header.benchbook,
        "seed": header.seed,
        "machine": raw.measured.run.machine.id(),
        "metrics": "[estimate, low, high] in base units, 95 % interval",
        "samples": of_metrics(raw, samples),
        "cases": shown,
    })
    .to_string()
}

/// What is said of each metric of a figure: by metric where there are several.
fn of_metrics<T: Into<Value>>(raw: &Raw<'_>, say: impl Fn(Metric) -> T) -> Value {
    match raw.metrics().as_slice() {
        [one] => say(*one).into(),
        several => {
            several.iter().map(|metric| (metric.id().to_owned(), say(*metric).into())).collect::<Map<_, _>>().into()
        }
    }
}

fn of_case(raw: &Raw<'_>, case: &CaseAnalysis) -> Value {
    let amount = raw.amount;
    let mut shown = json!({ "variant": case.variant, "point": case.point });
    if let Some(reason) = &case.missing {
        shown["missing"] = reason.as_str().into();
        return shown;
    }
    let of_figure = |metric: &Metric| raw.chart.metrics().any(|shown| shown == *metric);
    let triple = |value: &stats::Interval| json!([rounded(value.estimate), rounded(value.low), rounded(value.high)]);
    let metrics = case.metrics.iter().filter(|(metric, _)| amount != Amount::Figure || of_figure(metric));
    let metrics: Map<String, Value> = metrics.map(|(metric, value)| (metric.id().to_owned(), triple(value))).collect();
    let found = raw.measured.recorded(case);
    if amount != Amount::Figure {
        shown["settings"] = json!(case.settings);
        shown["facts"] = json!(found.map(|case| &case.facts));
    }
    shown["metrics"] = metrics.into();
    if let (Amount::Both, Some(recorded)) = (amount, found) {
        shown["samples"] = of_metrics(raw, |metric| {
            let launches = values(recorded, metric).into_iter();
            launches.map(|one| one.into_iter().map(rounded).collect::<Vec<_>>()).collect::<Vec<_>>()
        });
        let trials = trials(recorded);
        if !trials.is_empty() {
            shown["trials"] = trials.into();
        }
    }
    let tables = found.map(|case| table::shown(raw, case)).unwrap_or_default();
    if !tables.is_empty() {
        shown["tables"] = json!(tables);
    }
    shown
}

/// The trials of a case by name, launch and seed.
fn trials(case: &Case) -> Map<String, Value> {
    let names: BTreeSet<&String> = case.launches.iter().flat_map(|launch| launch.trials.keys()).collect();
    let rounded = |launch: Vec<f64>| Value::from(launch.into_iter().map(rounded).collect::<Vec<_>>());
    let by_launch = |name: &str| case.trials(name).unwrap_or_default().into_iter().map(rounded).collect::<Vec<_>>();
    names.into_iter().map(|name| (name.clone(), by_launch(name).into())).collect()
}
