//! The caption of a figure: which statistic of how many, and what all of its cases share.

use std::collections::BTreeSet;

use analysis::CaseAnalysis;
use catalog::{Chart, ChartKind, Metric};

use crate::measured::Measured;

/// What the numbers are: statistic, n, what all cases share.
pub(super) fn caption(measured: &Measured<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> String {
    let metrics: Vec<Metric> = chart.metric.into_iter().chain(chart.parts.iter().copied()).collect();
    let shown = |case: &&&CaseAnalysis| match chart.kind {
        ChartKind::Series => measured.table(case, chart).is_some(),
        _ => metrics.iter().any(|metric| case.metrics.contains_key(metric)),
    };
    let found: Vec<&CaseAnalysis> = cases.iter().filter(shown).copied().collect();
    if found.is_empty() {
        return String::new();
    }
    let mut parts = vec![match chart.kind {
        ChartKind::Series => "Recorded by the first launch of each case".to_owned(),
        _ => statistic(&metrics, &found),
    }];
    for axis in &measured.definition.axis {
        let values: BTreeSet<&str> = cases.iter().filter_map(|case| case.point.get(&axis.name)).collect();
        if let [one] = values.into_iter().collect::<Vec<_>>().as_slice() {
            parts.push(format!("{}: {}", axis.label, measured.definition.value_label(&axis.name, one)));
        }
    }
    if measured.definition.axis("cache").is_none() {
        parts.extend(setting(&found, "cache").map(|cache| format!("cache: {cache}")));
    }
    parts.extend(setting(&found, "threads").map(|threads| format!("threads: {threads}")));
    format!("{}.", parts.join("; "))
}

/// The statistic of a figure's metrics, and of how many it is one.
fn statistic(metrics: &[Metric], measured: &[&CaseAnalysis]) -> String {
    let range = |of: fn(&CaseAnalysis) -> usize, unit: &str| {
        let (least, most) =
            measured.iter().fold((usize::MAX, 0), |(least, most), case| (least.min(of(case)), most.max(of(case))));
        counted(least, most, unit)
    };
    let what = match metrics {
        [one] => one.label(),
        _ => "each part",
    };
    let exact = |metric: &&Metric| matches!(metric, Metric::DiskBytes | Metric::Own(_));
    let trials: Vec<usize> =
        measured.iter().flat_map(|case| metrics.iter().filter_map(|metric| case.trials.get(metric))).copied().collect();
    match (trials.iter().min(), trials.iter().max()) {
        (Some(least), Some(most)) => format!(
            "Mean and 95 % interval of {what}; n = {} ({}) per case",
            range(|case| case.launches, "launch"),
            counted(*least, *most, "trial"),
        ),
        _ if metrics == [Metric::DiskBytes] => "Exact: bytes of the files".to_owned(),
        _ if metrics.iter().filter(exact).count() == metrics.len() => format!("Exact: {what}"),
        _ => format!(
            "Median and 95 % interval of {what}; n = {} ({}) per case",
            range(|case| case.launches, "launch"),
            range(|case| case.samples, "sample"),
        ),
    }
}

/// How many there are of something: `5 launches`, `1 trial`, `12 to 20 samples`.
fn counted(least: usize, most: usize, unit: &str) -> String {
    let number = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let plural = match (most, unit) {
        (1, _) => "",
        (_, "launch") => "es",
        _ => "s",
    };
    format!("{number} {unit}{plural}")
}

/// The values that a setting has in these cases, in order of appearance.
fn setting(cases: &[&CaseAnalysis], name: &str) -> Option<String> {
    let mut values: Vec<&str> = Vec::new();
    for value in cases.iter().filter_map(|case| case.settings.get(name)) {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    (!values.is_empty()).then(|| values.join(" or "))
}
