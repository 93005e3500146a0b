//! Which cases a chart shows: its panels, and in each the variants with what was measured or why not.

use analysis::CaseAnalysis;
use catalog::Metric;
use stats::Interval;

use super::palette::{self, Series};
use super::{ChartRequest, NoChart};

/// A panel: one value of the chart's panel axis, or the whole chart.
#[derive(Clone, Debug)]
pub(super) struct Panel<'a> {
    /// Label of the value; `None` for a chart without panels.
    pub(super) label: Option<&'a str>,
    /// Id of the value.
    pub(super) value: Option<&'a str>,
    /// What it shows, in the order of the definition. For lines: one entry for each point of the horizontal axis.
    pub(super) entries: Vec<Entry<'a>>,
}

/// A planned case in a chart.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    /// The case.
    pub(super) case: &'a CaseAnalysis,
    /// Label of the variant, with the values of axes that the chart leaves open.
    pub(super) label: String,
    /// How it is drawn.
    pub(super) series: Series,
    /// Whether it is the baseline that the others are compared with.
    pub(super) baseline: bool,
}

impl Entry<'_> {
    /// What was measured, or why there is nothing, as a sentence.
    pub(super) fn value(&self, metric: Metric) -> Result<Interval, String> {
        if let Some(reason) = &self.case.missing {
            return Err(reason.clone());
        }
        let found = self.case.metrics.get(&metric).filter(|v| v.estimate.is_finite());
        let found = found.ok_or_else(|| format!("{} was not recorded", metric.label()))?;
        // An end that is not a number says nothing: the estimate stands alone.
        let end = |end: f64| if end.is_finite() { end } else { found.estimate };
        Ok(Interval { estimate: found.estimate, low: end(found.low), high: end(found.high) })
    }
}

/// The panels of a chart in the order of the definition; panels for which nothing was planned are left out.
///
/// # Errors
/// If there is no case at all.
pub(super) fn panels<'a>(request: &ChartRequest<'a>) -> Result<Vec<Panel<'a>>, NoChart> {
    let ChartRequest { chart, definition, chapter, .. } = *request;
    let looks = palette::series(definition);
    let shown = |id: &str| chart.variants.is_empty() || chart.variants.iter().any(|variant| variant == id);
    let cases: Vec<&CaseAnalysis> =
        chapter.cases.iter().filter(|case| shown(&case.variant) && case.point.matches(&chart.point)).collect();
    let open = open_axes(request, &cases);

    let entry = |case: &'a CaseAnalysis| {
        let place = definition.variant.iter().position(|variant| variant.id == case.variant);
        let mut label = place.map_or(case.variant.as_str(), |i| definition.variant[i].label.as_str()).to_owned();
        for axis in &open {
            if let Some(value) = case.point.get(axis) {
                label = format!("{label}, {}", definition.value_label(axis, value));
            }
        }
        // A variant that the definition no longer has takes the last look.
        let series = place.or(looks.len().checked_sub(1)).and_then(|i| looks.get(i)).copied();
        Some(Entry { case, label, series: series?, baseline: case.variant == definition.baseline })
    };

    let panels: Vec<Panel<'a>> = match &chart.panels {
        None => {
            vec![Panel { label: None, value: None, entries: cases.iter().filter_map(|case| entry(case)).collect() }]
        }
        Some(name) => {
            let values = definition.axis(name).map_or(&[][..], |axis| axis.values.as_slice());
            let of = |id: &str| {
                cases.iter().filter(|case| case.point.get(name) == Some(id)).filter_map(|c| entry(c)).collect()
            };
            let panel = |value: &'a catalog::AxisValue| Panel {
                label: Some(value.label.as_str()),
                value: Some(value.id.as_str()),
                entries: of(&value.id),
            };
            values.iter().map(panel).collect()
        }
    };
    let panels: Vec<Panel<'a>> = panels.into_iter().filter(|panel| !panel.entries.is_empty()).collect();
    if panels.is_empty() {
        let reason = chapter.skipped.clone().unwrap_or_else(|| "No case of this chart was planned.".to_owned());
        return Err(NoChart { reason });
    }
    Ok(panels)
}

/// Axes that the chart neither fixes nor draws, and on which its cases differ: their values join the labels.
fn open_axes(request: &ChartRequest<'_>, cases: &[&CaseAnalysis]) -> Vec<String> {
    let ChartRequest { chart, definition, .. } = *request;
    let names = definition.axis.iter().map(|axis| axis.name.as_str());
    let drawn = |name: &str| {
        chart.point.get(name).is_some() || chart.panels.as_deref() == Some(name) || chart.x.as_deref() == Some(name)
    };
    let differs = |name: &&str| {
        let mut values = cases.iter().filter_map(|case| case.point.get(name));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    names.filter(|name| !drawn(name)).filter(differs).map(str::to_owned).collect()
}

/// Why there is no chart although there are cases: the reason that most of them have.
pub(super) fn nothing(reasons: impl IntoIterator<Item = String>) -> NoChart {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for reason in reasons {
        match counted.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => counted.push((reason, 1)),
        }
    }
    // The first of the most frequent ones.
    let most = counted.iter().rev().max_by_key(|(_, count)| *count);
    let reason = most.map_or_else(String::new, |(reason, _)| format!(" {reason}"));
    NoChart { reason: format!("Nothing was measured for this chart.{reason}") }
}

/// What was not measured, as notes: one for each reason, naming what it concerns.
pub(super) fn missing_notes(missing: &[(String, String)]) -> Vec<String> {
    let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
    for (what, reason) in missing {
        match grouped.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) if names.contains(&what.as_str()) => {}
            Some((_, names)) => names.push(what),
            None => grouped.push((reason, vec![what])),
        }
    }
    grouped
        .iter()
        .map(|(reason, names)| format!("Not measured: {} ({})", names.join(", "), reason.trim_end_matches('.')))
        .collect()
}
