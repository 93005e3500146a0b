//! Raw data of a figure as CSV and JSON: every sample of every case that it shows, and why others have none.

mod table;

use std::collections::BTreeSet;

use analysis::CaseAnalysis;
use catalog::{Chart, ChartKind, Metric};
use results::{Case, Unit};
use serde_json::{Map, Value, json};

use crate::measured::Measured;
use crate::site::Site;

/// How many samples the raw data of a site hold; a site must stay small whatever was measured. The results file has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// Every sample, in CSV and in JSON.
    Both,
    /// Every sample, in CSV alone.
    Csv,
    /// The median of each launch, in CSV alone.
    Medians,
    /// The same; the JSON has the figure's own metrics alone, without settings and facts.
    Figure,
}

impl Amount {
    /// From the most to the least.
    pub(crate) const ALL: [Self; 4] = [Self::Both, Self::Csv, Self::Medians, Self::Figure];
}

/// The metrics whose samples are the raw data of a figure.
fn drawn(chart: &Chart) -> Vec<Metric> {
    chart.metric.into_iter().chain(chart.parts.iter().copied()).collect()
}

/// The CSV of a figure.
pub(crate) fn csv(
    site: &Site<'_>,
    measured: &Measured<'_>,
    cases: &[&CaseAnalysis],
    chart: &Chart,
    amount: Amount,
) -> String {
    match chart.kind {
        ChartKind::Series => table::csv(site, measured, cases, chart),
        _ => samples(site, measured, cases, &drawn(chart), amount),
    }
}

/// What every row of a case starts with: experiment, variant, the values on the axes.
fn start(measured: &Measured<'_>, case: &CaseAnalysis) -> Vec<String> {
    let values = measured.definition.axis.iter().map(|axis| case.point.get(&axis.name).unwrap_or_default().to_owned());
    [measured.analysis.slug.clone(), case.variant.clone()].into_iter().chain(values).collect()
}

/// The heads of [`start`].
fn start_heads(measured: &Measured<'_>) -> Vec<String> {
    let axes = measured.definition.axis.iter().map(|axis| axis.name.clone());
    ["experiment".to_owned(), "variant".to_owned()].into_iter().chain(axes).collect()
}

/// Why a case has no measurement, or nothing.
fn reason(site: &Site<'_>, case: &CaseAnalysis) -> String {
    case.missing.as_deref().map(|reason| site.names.sentence(reason)).unwrap_or_default()
}

/// A row for each launch with its samples in the columns `round_1` …, or a row for each case with the medians (of trials: means)
/// of its launches in `launch_1` …; a case without measurement has one row with the reason. Of several metrics each has its rows.
fn samples(
    site: &Site<'_>,
    measured: &Measured<'_>,
    cases: &[&CaseAnalysis],
    metrics: &[Metric],
    amount: Amount,
) -> String {
    let rows = |case: &Case, metric: Metric| -> Vec<Vec<f64>> {
        let launches = values(case, metric);
        match amount {
            Amount::Both | Amount::Csv => launches,
            Amount::Medians | Amount::Figure => {
                vec![launches.iter().filter_map(|launch| middle(metric, launch)).collect()]
            }
        }
    };
    let several = metrics.len() > 1;
    let found: Vec<(&CaseAnalysis, Metric, Vec<Vec<f64>>)> = cases
        .iter()
        .flat_map(|case| metrics.iter().map(move |metric| (*case, *metric)))
        .map(|(case, metric)| {
            (case, metric, measured.recorded(case).map(|case| rows(case, metric)).unwrap_or_default())
        })
        .collect();
    let widest = found.iter().flat_map(|(.., rows)| rows).map(Vec::len).max().unwrap_or(0);

    let mut heads = start_heads(measured);
    heads.extend(several.then(|| "metric".to_owned()));
    heads.extend(["missing".to_owned(), "unit".to_owned()]);
    let column = match amount {
        Amount::Both | Amount::Csv => {
            heads.push("launch".to_owned());
            "round"
        }
        Amount::Medians | Amount::Figure => "launch",
    };
    heads.extend((1..=widest).map(|i| format!("{column}_{i}")));
    let mut out = line(&heads);
    for (case, metric, rows) in found {
        let mut start = start(measured, case);
        start.extend(several.then(|| metric.id().to_owned()));
        start.push(reason(site, case));
        start.push(unit(metric).to_owned());
        let rows = if rows.is_empty() { vec![Vec::new()] } else { rows };
        for (i, values) in rows.iter().enumerate() {
            let mut row = start.clone();
            if matches!(amount, Amount::Both | Amount::Csv) {
                row.push(if values.is_empty() { String::new() } else { (i + 1).to_string() });
            }
            row.extend(values.iter().map(|value| number(*value)));
            row.resize(heads.len(), String::new());
            out.push_str(&line(&row));
        }
    }
    out
}

/// The JSON: the cases with settings, facts, medians with intervals (`[estimate, low, high]`), and their samples by launch and round.
pub(crate) fn json(
    site: &Site<'_>,
    measured: &Measured<'_>,
    cases: &[&CaseAnalysis],
    chart: &Chart,
    amount: Amount,
) -> String {
    let header = &measured.run.header;
    let shown: Vec<Value> = cases.iter().map(|case| case_json(site, measured, case, chart, amount)).collect();
    let samples = |metric: Metric| {
        let drawn = if matches!(metric, Metric::Own(_)) { "trial" } else { "round" };
        format!("{}, by launch and {drawn}", unit(metric))
    };
    json!({
        "experiment": measured.analysis.slug,
        "figure": chart.id,
        "run": header.id,
        "started": header.started,
        "benchbook": header.benchbook,
        "seed": header.seed,
        "machine": measured.run.machine.id(),
        "metrics": "[estimate, low, high] in base units, 95 % interval",
        "samples": of_metrics(chart, samples),
        "cases": shown,
    })
    .to_string()
}

/// What is said of each metric of a figure: by metric where there are several.
fn of_metrics<T: Into<Value>>(chart: &Chart, say: impl Fn(Metric) -> T) -> Value {
    match drawn(chart).as_slice() {
        [one] => say(*one).into(),
        several => {
            several.iter().map(|metric| (metric.id().to_owned(), say(*metric).into())).collect::<Map<_, _>>().into()
        }
    }
}

fn case_json(site: &Site<'_>, measured: &Measured<'_>, case: &CaseAnalysis, chart: &Chart, amount: Amount) -> Value {
    let mut shown = json!({ "variant": case.variant, "point": case.point });
    if let Some(reason) = &case.missing {
        shown["missing"] = site.names.sentence(reason).into();
        return shown;
    }
    let of_figure = |metric: &Metric| chart.metrics().any(|shown| shown == *metric);
    let triple = |value: &stats::Interval| json!([rounded(value.estimate), rounded(value.low), rounded(value.high)]);
    let metrics = case.metrics.iter().filter(|(metric, _)| amount != Amount::Figure || of_figure(metric));
    let metrics: Map<String, Value> = metrics.map(|(metric, value)| (metric.id().to_owned(), triple(value))).collect();
    let found = measured.recorded(case);
    if amount != Amount::Figure {
        let settings = case.settings.iter().map(|(name, value)| (name.clone(), site.names.sentence(value).into()));
        shown["settings"] = settings.collect::<Map<String, Value>>().into();
        shown["facts"] = json!(found.map(|case| &case.facts));
    }
    shown["metrics"] = metrics.into();
    if let (Amount::Both, Some(recorded)) = (amount, found) {
        shown["samples"] = of_metrics(chart, |metric| {
            let launches = values(recorded, metric).into_iter();
            launches.map(|one| one.into_iter().map(rounded).collect::<Vec<_>>()).collect::<Vec<_>>()
        });
        let drawn = trials(recorded);
        if !drawn.is_empty() {
            shown["trials"] = drawn.into();
        }
    }
    let tables = found.map(|case| table::shown(site, measured, case, chart, amount)).unwrap_or_default();
    if !tables.is_empty() {
        shown["tables"] = json!(tables);
    }
    shown
}

/// What a launch says in one number: the median of its samples, the mean of its trials.
fn middle(metric: Metric, launch: &[f64]) -> Option<f64> {
    match metric {
        Metric::Own(_) => (!launch.is_empty()).then(|| launch.iter().sum::<f64>() / launch.len() as f64),
        _ => stats::median(launch),
    }
}

/// Unit of the values behind a metric.
fn unit(metric: Metric) -> &'static str {
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
fn values(case: &Case, metric: Metric) -> Vec<Vec<f64>> {
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

/// The trials of a case by name, launch and seed.
fn trials(case: &Case) -> Map<String, Value> {
    let names: BTreeSet<&String> = case.launches.iter().flat_map(|launch| launch.trials.keys()).collect();
    let rounded = |launch: Vec<f64>| Value::from(launch.into_iter().map(rounded).collect::<Vec<_>>());
    let by_launch = |name: &str| case.trials(name).unwrap_or_default().into_iter().map(rounded).collect::<Vec<_>>();
    names.into_iter().map(|name| (name.clone(), by_launch(name).into())).collect()
}

/// Six significant digits are more than any timer gives, and keep the files small.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    format!("{value:.5e}").parse::<f64>().map(|rounded| rounded.to_string()).unwrap_or_default()
}

fn rounded(value: f64) -> Value {
    number(value).parse::<f64>().map_or(Value::Null, Value::from)
}

/// A line of CSV; RFC 4180 quoting, and text that a spreadsheet would take for a formula is quoted as text.
fn line(fields: &[String]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| {
            let formula = field.starts_with(['=', '+', '@', '\t', '\r'])
                || (field.starts_with('-') && field.parse::<f64>().is_err());
            let field = if formula { format!("'{field}") } else { field.clone() };
            if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
        })
        .collect();
    fields.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_fields_stay_fields() {
        let fields = ["a,b", "\"q\"", "=1+1", "-3.5", "-x", "<b>", "é\nf"].map(str::to_owned);
        assert_eq!(line(&fields), "\"a,b\",\"\"\"q\"\"\",'=1+1,-3.5,'-x,<b>,\"é\nf\"\n");
    }

    #[test]
    fn samples_keep_six_digits() {
        assert_eq!(number(0.000_123_456_789), "0.000123457");
        assert_eq!(number(1_234_567_890.0), "1234567890");
        assert_eq!(number(12.345_678_9), "12.3457");
    }
}
