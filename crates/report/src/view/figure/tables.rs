//! The tables behind a figure: a row for each case, or for lines a row for each place and a column for each variant.

use std::collections::BTreeSet;

use analysis::CaseAnalysis;
use catalog::{Axis, Chart, ChartKind, Metric};

use super::super::{Badge, Cell, Head, Table};
use crate::chart::stacked;
use crate::format;
use crate::measured::Measured;
use crate::words::{capital, clause};

/// The tables behind a figure of metrics.
pub(super) fn tables(measured: &Measured<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> Vec<Table> {
    match (chart.kind, chart.metric, chart.x.as_deref().and_then(|x| measured.definition.axis(x))) {
        (ChartKind::Lines, Some(metric), Some(x)) => crossed(measured, &chart.title, metric, cases, x),
        _ => vec![listed(measured, chart, cases)],
    }
}

/// A row for each case, with the comparison to the baseline.
fn listed(measured: &Measured<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> Table {
    let axes = varying(measured, cases);
    let metrics: Vec<Metric> = chart.metrics().collect();
    let compared = chart.metric.is_some_and(is_time) && cases.iter().any(|case| case.against_baseline.is_some());

    let mut heads: Vec<Head> = axes.iter().map(|axis| Head::text(axis.label.as_str())).collect();
    heads.push(Head::text("Variant"));
    heads.extend(metrics.iter().map(|metric| Head::number(metric_head(*metric, cases))));
    if !chart.parts.is_empty() {
        heads.push(Head::number("Together"));
    }
    if compared {
        heads.push(Head::number(format!("Speedup over {}", measured.variant(&measured.definition.baseline))));
        heads.push(Head::text("Verdict"));
    }
    heads.push(Head::number("Launches × samples"));
    let rows = cases.iter().map(|case| {
        let mut row: Vec<Cell> =
            measured.places(axes.iter().copied(), &case.point).into_iter().map(Cell::text).collect();
        row.push(Cell::header(measured.variant(&case.variant)));
        if let Some(reason) = &case.missing {
            row.push(Cell::missing(Some(clause(reason).to_owned())).over(heads.len() - row.len()));
            return row;
        }
        row.extend(metrics.iter().map(|metric| level(*metric, case)));
        if let Some(first) = chart.parts.first() {
            row.push(
                stacked::sum(&chart.parts, case)
                    .map_or_else(|| Cell::missing(None), |sum| Cell::number(format::metric(*first, sum))),
            );
        }
        if compared {
            row.extend(comparison(measured, case));
        }
        row.push(Cell::number(format!("{} × {}", case.launches, per_launch(case))));
        row
    });
    let rows = rows.collect();
    Table { caption: chart.title.clone(), heads, rows }
}

/// A metric of a case, or why it is no evidence.
fn level(metric: Metric, case: &CaseAnalysis) -> Cell {
    match (case.metrics.get(&metric), &case.cold_proof) {
        (None, Some(proof)) if !proof.proven => Cell::missing(Some(format!("cold is not proven: {}", proof.evidence))),
        (found, _) => Cell::measured(metric, found),
    }
}

/// The comparison of a case with the baseline: factor and verdict.
pub(crate) fn comparison(measured: &Measured<'_>, case: &CaseAnalysis) -> [Cell; 2] {
    match &case.against_baseline {
        Some(finding) if finding.verdict.is_none() && case.cold_proof.as_ref().is_some_and(|proof| !proof.proven) => {
            [Cell::missing(None), Cell::text("cold not proven")]
        }
        Some(finding) => {
            let badge = Badge::verdict(finding.verdict, finding.contrast.metric);
            [Cell::factor(finding.factor.as_ref()), Cell::badge(badge)]
        }
        None if case.variant == measured.definition.baseline => [Cell::number("1×"), Cell::text("baseline")],
        None => [Cell::missing(None), Cell::missing(None)],
    }
}

/// Samples per launch, as a text: a range if launches differ.
pub(crate) fn per_launch(case: &CaseAnalysis) -> String {
    match (case.samples.checked_div(case.launches), case.samples.checked_rem(case.launches)) {
        (Some(each), Some(0)) => each.to_string(),
        (Some(each), _) => format!("{each} to {}", each + 1),
        _ => "0".to_owned(),
    }
}

/// For lines: a table for each panel, a row for each position, a column for each variant.
fn crossed(measured: &Measured<'_>, title: &str, metric: Metric, cases: &[&CaseAnalysis], x: &Axis) -> Vec<Table> {
    let others: Vec<&Axis> = varying(measured, cases).into_iter().filter(|axis| axis.name != x.name).collect();
    let mut groups: Vec<(Vec<&str>, Vec<&CaseAnalysis>)> = Vec::new();
    for case in cases {
        let place: Vec<&str> = others.iter().map(|axis| case.point.get(&axis.name).unwrap_or_default()).collect();
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, group)) => group.push(case),
            None => groups.push((place, vec![case])),
        }
    }
    let table = |(place, group): (Vec<&str>, Vec<&CaseAnalysis>)| {
        let variants: Vec<&str> = measured
            .definition
            .variant
            .iter()
            .map(|variant| variant.id.as_str())
            .filter(|id| group.iter().any(|case| case.variant == *id))
            .collect();
        let mut heads = vec![Head::text(x.label.as_str())];
        heads.extend(variants.iter().map(|id| Head::number(measured.variant(id))));
        let rows = x.values.iter().filter_map(|value| {
            let here: Vec<_> = group.iter().filter(|case| case.point.get(&x.name) == Some(&value.id)).collect();
            if here.is_empty() {
                return None;
            }
            let mut row = vec![Cell::header(value.label.as_str())];
            row.extend(variants.iter().map(|id| match here.iter().find(|case| case.variant == *id) {
                Some(case) => Cell::measured(metric, case.metrics.get(&metric)),
                None => Cell::missing(None),
            }));
            Some(row)
        });
        let labels: Vec<&str> =
            place.iter().zip(&others).map(|(id, axis)| measured.definition.value_label(&axis.name, id)).collect();
        let what = metric_head(metric, cases);
        let mut caption = vec![title];
        caption.extend(labels);
        let caption = format!("{}: {what}", caption.join(", "));
        Table { caption, heads, rows: rows.collect() }
    };
    groups.into_iter().map(table).collect()
}

/// The axes on which these cases differ.
pub(super) fn varying<'b>(measured: &'b Measured<'_>, cases: &[&CaseAnalysis]) -> Vec<&'b Axis> {
    let differ = |axis: &&Axis| cases.iter().map(|case| case.point.get(&axis.name)).collect::<BTreeSet<_>>().len() > 1;
    measured.definition.axis.iter().filter(differ).collect()
}

/// A metric above a column of estimates with intervals.
fn metric_head(metric: Metric, cases: &[&CaseAnalysis]) -> String {
    let name = capital(metric.label());
    let exact = match metric {
        Metric::DiskBytes => true,
        Metric::Own(_) => !cases.iter().any(|case| case.trials.contains_key(&metric)),
        _ => false,
    };
    if exact { name } else { format!("{name} (95 % interval)") }
}

/// Whether a metric is time in another form, so that the speedup belongs beside it.
fn is_time(metric: Metric) -> bool {
    matches!(metric, Metric::Time | Metric::RowsPerSecond | Metric::BytesPerSecond | Metric::FlopPerSecond)
}
