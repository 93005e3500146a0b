//! A chart in words: the main facts as sentences, for those who cannot see it.

use catalog::Metric;

use super::ChartRequest;
use super::select::{Entry, Panel, missing_notes};
use crate::format;

/// The description of a chart: for each panel the best and the worst variant with their values, then what is missing.
pub(super) fn describe(request: &ChartRequest<'_>, panels: &[Panel<'_>]) -> String {
    let metric = request.chart.metric;
    let mut sentences: Vec<String> = panels.iter().filter_map(|panel| extremes(panel, metric)).collect();
    let missing: Vec<(String, String)> = panels
        .iter()
        .flat_map(|panel| panel.entries.iter().map(move |entry| (panel, entry)))
        .filter_map(|(panel, entry)| entry.value(metric).err().map(|reason| (place(panel, entry), reason)))
        .collect();
    sentences.extend(missing_notes(&missing).into_iter().map(|note| format!("{note}.")));
    sentences.join(" ")
}

/// A case's name in a chart.
pub(super) fn place(panel: &Panel<'_>, entry: &Entry<'_>) -> String {
    match panel.label {
        Some(label) => format!("{} at {label}", entry.label),
        None => entry.label.clone(),
    }
}

fn extremes(panel: &Panel<'_>, metric: Metric) -> Option<String> {
    let measured = |entry: &Entry<'_>| entry.value(metric).ok().map(|value| (entry.label.clone(), value));
    let mut values: Vec<_> = panel.entries.iter().filter_map(measured).collect();
    values.sort_by(|a, b| a.1.estimate.total_cmp(&b.1.estimate));
    if !metric.lower_is_better() {
        values.reverse();
    }
    let head = panel.label.map_or_else(String::new, |label| format!("{label}: "));
    let name = |(label, value): &(String, _)| format!("{label}, {}", format::with_interval(metric, value));
    match values.as_slice() {
        [] => None,
        [only] => Some(format!("{head}{}: {}.", capital(metric.label()), name(only))),
        [best, .., worst] => {
            Some(format!("{head}{}: best {}; worst {}.", capital(metric.label()), name(best), name(worst)))
        }
    }
}

/// The text with a capital first letter.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
