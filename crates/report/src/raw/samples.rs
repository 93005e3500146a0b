//! The samples behind a figure as CSV, and the values behind a metric.

use analysis::CaseAnalysis;
use catalog::Metric;
use results::{Case, Unit};

use super::line::{line, number};
use super::{Amount, Raw};

/// A row for each launch with its samples in the columns `round_1` …, or a row for each case with the medians (of trials: means)
/// of its launches in `launch_1` …; a case without measurement has one row with the reason. Of several metrics each has its rows.
pub(super) fn csv(raw: &Raw<'_>) -> String {
    let metrics = raw.metrics();
    let rows = |case: &Case, metric: Metric| -> Vec<Vec<f64>> {
        let launches = values(case, metric);
        match raw.amount {
            Amount::Both | Amount::Csv => launches,
            Amount::Medians | Amount::Figure => {
                vec![launches.iter().filter_map(|launch| middle(metric, launch)).collect()]
            }
        }
    };
    let several = metrics.len() > 1;
    let found: Vec<(&CaseAnalysis, Metric, Vec<Vec<f64>>)> = raw
        .cases
        .iter()
        .flat_map(|case| metrics.iter().map(move |metric| (*case, *metric)))
        .map(|(case, metric)| {
            (case, metric, raw.measured.recorded(case).map(|case| rows(case, metric)).unwrap_or_default())
        })
        .collect();
    let widest = found.iter().flat_map(|(.., rows)| rows).map(Vec::len).max().unwrap_or(0);

    let mut heads = raw.start_heads();
    heads.extend(several.then(|| "metric".to_owned()));
    heads.extend(["missing".to_owned(), "unit".to_owned()]);
    let column = match raw.amount {
        Amount::Both | Amount::Csv => {
            heads.push("launch".to_owned());
            "round"
        }
        Amount::Medians | Amount::Figure => "launch",
    };
    heads.extend((1..=widest).map(|i| format!("{column}_{i}")));
    let mut out = line(&heads);
    for (case, metric, rows) in found {
        let mut start = raw.start(case);
        start.extend(several.then(|| metric.id().to_owned()));
        start.push(case.missing.clone().unwrap_or_default());
        start.push(unit(metric).to_owned());
        let rows = if rows.is_empty() { vec![Vec::new()] } else { rows };
        for (i, values) in rows.iter().enumerate() {
            let mut row = start.clone();
            if matches!(raw.amount, Amount::Both | Amount::Csv) {
                row.push(if values.is_empty() { String::new() } else { (i + 1).to_string() });
            }
            row.extend(values.iter().map(|value| number(*value)));
            row.resize(heads.len(), String::new());
            out.push_str(&line(&row));
        }
    }
    out
}

/// What a launch says in one number: the median of its samples, the mean of its trials.
fn middle(metric: Metric, launch: &[f64]) -> Option<f64> {
    match metric {
        Metric::Own(_) => (!launch.is_empty()).then(|| launch.iter().sum::<f64>() / launch.len() as f64),
        _ => stats::median(launch),
    }
}

/// Unit of the values behind a metric.
pub(super) fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Cpu => "CPU ns per sample",
        Metric::DeviceBytes => "bytes per sample",
        Metric::PeakMemory => "bytes",
        Metric::Own(own) => match own.unit {
            Unit::Number => "number",
            Unit::Seconds => "seconds",
            Unit::Bytes => "bytes",
            Unit::Share => "fraction",
            Unit::Rows => "rows",
            Unit::Files => "files",
            Unit::Dollars => "USD",
        },
        _ => "seconds per call",
    }
}

/// The values behind a metric by launch: samples, for an experiment's own metric its trials or the one fact, else seconds.
pub(super) fn values(case: &Case, metric: Metric) -> Vec<Vec<f64>> {
    match metric {
        Metric::Cpu => case.counter("cpu_ns"),
        Metric::DeviceBytes => case.counter("device_bytes"),
        Metric::PeakMemory => case.counter("peak_rss_bytes"),
        Metric::Own(own) => case.trials(own.source()).unwrap_or_else(|| {
            let fact = case.facts.get(own.source());
            fact.map(|value| vec![vec![*value]]).unwrap_or_default()
        }),
        _ => case.seconds(),
    }
}
