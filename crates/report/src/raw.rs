//! Raw data of a figure as CSV and JSON: every sample of every case that it shows, and why others have none.

use analysis::CaseAnalysis;
use catalog::Metric;
use results::Case;
use serde_json::{Map, Value, json};

use crate::site::{Chapter, Site};

/// The CSV: one row for each launch, its samples in the columns `round_1` …; a case without measurement has one row.
pub(crate) fn csv(site: &Site<'_>, chapter: &Chapter<'_>, cases: &[&CaseAnalysis], metric: Metric) -> String {
    let axes: Vec<&str> = chapter.definition.axis.iter().map(|axis| axis.name.as_str()).collect();
    let series: Vec<_> = cases.iter().map(|case| (case, chapter.recorded(case))).collect();
    let (unit, _) = source(metric);
    let rounds = series
        .iter()
        .filter_map(|(_, case)| case.map(|case| samples(case, metric)))
        .flat_map(|launches| launches.into_iter().map(|launch| launch.len()))
        .max()
        .unwrap_or(0);

    let mut heads: Vec<String> = ["experiment", "variant"].iter().map(|head| (*head).to_owned()).collect();
    heads.extend(axes.iter().map(|axis| (*axis).to_owned()));
    heads.extend(["missing", "unit", "launch"].map(str::to_owned));
    heads.extend((1..=rounds).map(|round| format!("round_{round}")));
    let mut out = line(&heads);
    for (case, found) in series {
        let mut start = vec![chapter.analysis.slug.clone(), case.variant.clone()];
        start.extend(axes.iter().map(|axis| case.point.get(axis).unwrap_or_default().to_owned()));
        start.push(case.missing.as_deref().map(|reason| site.names.sentence(reason)).unwrap_or_default());
        start.push(unit.to_owned());
        let launches = found.map(|case| samples(case, metric)).unwrap_or_default();
        if launches.is_empty() {
            let mut row = start.clone();
            row.resize(heads.len(), String::new());
            out.push_str(&line(&row));
        }
        for (i, launch) in launches.iter().enumerate() {
            let mut row = start.clone();
            row.push((i + 1).to_string());
            row.extend(launch.iter().map(|sample| number(*sample)));
            row.resize(heads.len(), String::new());
            out.push_str(&line(&row));
        }
    }
    out
}

/// The JSON: the cases with settings, facts, medians with intervals, and their samples by launch and round.
pub(crate) fn json(site: &Site<'_>, chapter: &Chapter<'_>, cases: &[&CaseAnalysis], id: &str, metric: Metric) -> String {
    let header = &site.input.run.header;
    let (unit, _) = source(metric);
    let shown: Vec<Value> = cases
        .iter()
        .map(|case| {
            let found = chapter.recorded(case);
            let metrics: Map<String, Value> = case
                .metrics
                .iter()
                .map(|(metric, value)| {
                    (key(*metric), json!({"estimate": rounded(value.estimate), "low": rounded(value.low), "high": rounded(value.high)}))
                })
                .collect();
            let settings: Map<String, Value> =
                case.settings.iter().map(|(name, value)| (name.clone(), site.names.sentence(value).into())).collect();
            let launches: Vec<Vec<Value>> = found
                .map(|case| samples(case, metric))
                .unwrap_or_default()
                .into_iter()
                .map(|launch| launch.into_iter().map(rounded).collect())
                .collect();
            json!({
                "variant": case.variant,
                "point": case.point,
                "missing": case.missing.as_deref().map(|reason| site.names.sentence(reason)),
                "settings": settings,
                "facts": found.map(|case| &case.facts),
                "metrics": metrics,
                "samples": launches,
            })
        })
        .collect();
    let whole = json!({
        "experiment": chapter.analysis.slug,
        "figure": id,
        "run": header.id,
        "started": header.started,
        "benchbook": header.benchbook,
        "seed": header.seed,
        "machine": site.input.run.machine.id(),
        "sample_unit": unit,
        "cases": shown,
    });
    whole.to_string()
}

/// Unit of the samples behind a metric, and the counter that holds them; without a counter they are seconds.
fn source(metric: Metric) -> (&'static str, Option<&'static str>) {
    match metric {
        Metric::Cpu => ("CPU ns per sample", Some("cpu_ns")),
        Metric::DeviceBytes => ("bytes per sample", Some("device_bytes")),
        Metric::PeakMemory => ("bytes", Some("peak_rss_bytes")),
        _ => ("seconds per call", None),
    }
}

fn samples(case: &Case, metric: Metric) -> Vec<Vec<f64>> {
    match source(metric).1 {
        Some(counter) => case.counter(counter),
        None => case.seconds(),
    }
}

/// The metric as it is written in definitions.
fn key(metric: Metric) -> String {
    match serde_json::to_value(metric) {
        Ok(Value::String(key)) => key,
        _ => metric.label().to_owned(),
    }
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
