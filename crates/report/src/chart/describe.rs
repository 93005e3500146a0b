//! A chart in words: the main facts as sentences, for those who cannot see it.

use catalog::{ChartKind, Metric};
use stats::{Interval, Verdict};

use super::select::{self, Entry, Panel, Shown};
use super::{ChartRequest, lines, scatter, series, speedups, stacked};
use crate::format;
use crate::words::capital;

/// The description of a chart: for each panel its main facts with values, then what is missing and why.
pub(super) fn describe(request: &ChartRequest<'_>, shown: &Shown<'_>) -> String {
    let panels = &shown.panels;
    let facts = |panel: &Panel<'_>| match request.chart.kind {
        ChartKind::Bars => {
            let metric = request.chart.metric?;
            extremes(&panel.entries, metric).map(|text| format!("{}: {text}", metric.label()))
        }
        ChartKind::Lines => ends(request, panel),
        ChartKind::Scatter => front(request, panel),
        ChartKind::Speedups => factors(panel),
        ChartKind::Stacked => sums(request, panel),
        ChartKind::Series => courses(request, panel),
    };
    let sentence = |panel: &Panel<'_>| {
        let facts = facts(panel)?;
        Some(panel.label.map_or_else(|| capital(&facts), |label| format!("{label}, {facts}")))
    };
    let missing = match request.chart.kind {
        ChartKind::Bars => {
            request.chart.metric.map_or_else(Vec::new, |metric| select::missing(panels, |entry| entry.value(metric)))
        }
        ChartKind::Lines => lines::missing(request, panels),
        ChartKind::Scatter => select::missing(panels, |entry| scatter::place(request, entry)),
        ChartKind::Speedups => select::missing(panels, speedups::factor),
        ChartKind::Stacked => select::missing(panels, |entry| stacked::parts(request, entry)),
        ChartKind::Series => select::missing(panels, |entry| series::recorded(request, entry)),
    };
    let sentences = panels.iter().filter_map(sentence);
    let all: Vec<String> = sentences.chain(shown.notes(missing)).map(|sentence| format!("{sentence}.")).collect();
    all.join(" ")
}

/// The best and the worst of some cases.
fn extremes<'b, 'a: 'b>(entries: impl IntoIterator<Item = &'b Entry<'a>>, metric: Metric) -> Option<String> {
    let measured = |entry: &'b Entry<'a>| Some((entry, entry.value(metric).ok()?));
    let mut values: Vec<(&Entry<'_>, Interval)> = entries.into_iter().filter_map(measured).collect();
    values.sort_by(|a, b| a.1.estimate.total_cmp(&b.1.estimate));
    if !metric.lower_is_better() {
        values.reverse();
    }
    let name = |(entry, value): &(&Entry<'_>, Interval)| {
        let baseline = if entry.baseline { "the baseline " } else { "" };
        format!("{baseline}{} with {}", entry.label, format::with_interval(metric, value))
    };
    match values.as_slice() {
        [] => None,
        [only] => Some(name(only)),
        [best, middle @ .., worst] => {
            let baseline = middle.iter().find(|(entry, _)| entry.baseline);
            let baseline = baseline.map_or_else(String::new, |found| format!(", {}", name(found)));
            Some(format!("best is {}{baseline}, worst is {}", name(best), name(worst)))
        }
    }
}

/// The best and the worst at both ends of the horizontal axis.
fn ends(request: &ChartRequest<'_>, panel: &Panel<'_>) -> Option<String> {
    let metric = request.chart.metric?;
    let axis = request.definition.axis(request.chart.x.as_deref()?)?;
    let place = |entry: &Entry<'_>| entry.case.point.get(&axis.name).and_then(|id| lines::position(axis, id));
    let places = || panel.entries.iter().filter(|entry| entry.value(metric).is_ok()).filter_map(place);
    let (first, last) = (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
    let at = |end: f64| {
        let here: Vec<&Entry<'_>> = panel.entries.iter().filter(|entry| place(entry) == Some(end)).collect();
        let id = here.first().and_then(|entry| entry.case.point.get(&axis.name))?;
        let label = request.definition.value_label(&axis.name, id);
        Some(format!("at {label} {}", extremes(here, metric)?))
    };
    let found: Vec<String> = if first == last { vec![at(first)?] } else { vec![at(first)?, at(last)?] };
    Some(format!("{}: {}", metric.label(), found.join("; ")))
}

/// The variants that nothing beats on both metrics.
fn front(request: &ChartRequest<'_>, panel: &Panel<'_>) -> Option<String> {
    let (x, y) = scatter::metrics(request).ok()?;
    let measured = |entry| scatter::place(request, entry).ok().map(|(a, b)| (entry, (a.estimate, b.estimate)));
    let points: Vec<(&Entry<'_>, (f64, f64))> = panel.entries.iter().filter_map(measured).collect();
    let places: Vec<(f64, f64)> = points.iter().map(|(_, place)| *place).collect();
    let name = |place: &(f64, f64)| {
        let (entry, _) = points.iter().find(|(_, other)| other == place)?;
        Some(format!("{} ({}, {})", entry.label, format::metric(y, place.1), format::metric(x, place.0)))
    };
    let front = scatter::front(&places, (x.lower_is_better(), y.lower_is_better()));
    let names: Vec<String> = front.iter().filter_map(name).collect();
    let both = format!("best on {} and {} together", y.label(), x.label());
    (!names.is_empty()).then(|| format!("{both}: {}", names.join(", ")))
}

/// The sum and the parts of every bar, in the order of the definition.
fn sums(request: &ChartRequest<'_>, panel: &Panel<'_>) -> Option<String> {
    let named = &request.chart.parts;
    let first = *named.first()?;
    let bar = |entry: &Entry<'_>| {
        let parts = stacked::parts(request, entry).ok()?;
        let part = |(metric, value): (&Metric, &Interval)| {
            format!("{} {}", metric.label(), format::with_interval(*metric, value))
        };
        let each: Vec<String> = named.iter().zip(&parts).map(part).collect();
        let baseline = if entry.baseline { "the baseline " } else { "" };
        let total = format::metric(first, stacked::total(&parts));
        Some(format!("{baseline}{}: {total}, of which {}", entry.label, each.join(", ")))
    };
    let bars: Vec<String> = panel.entries.iter().filter_map(bar).collect();
    (!bars.is_empty()).then(|| bars.join("; "))
}

/// Where every line starts and ends, and its range.
fn courses(request: &ChartRequest<'_>, panel: &Panel<'_>) -> Option<String> {
    let several = request.chart.y_columns.len() > 1;
    let course = |entry: &Entry<'_>| {
        let found = series::recorded(request, entry).ok()?;
        let line = |column: &series::Column<'_>| {
            let values = || column.points.iter().filter_map(|(x, value)| Some((*x, (*value)?)));
            let (first, last) = (values().next()?, values().next_back()?);
            let (low, high) =
                values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, v)| (low.min(v), high.max(v)));
            let [first_x, last_x] = [first.0, last.0].map(|x| format::quantity(found.x.1, x));
            let [start, end, low, high] = [first.1, last.1, low, high].map(|y| format::quantity(column.unit, y));
            let what = if several { format!("{}, {}", entry.label, column.label) } else { entry.label.clone() };
            let x = found.x.0;
            Some(format!("{what}: {start} at {x} {first_x}, {end} at {x} {last_x}, between {low} and {high}"))
        };
        let lines: Vec<String> = found.columns.iter().filter_map(line).collect();
        Some(lines.join("; "))
    };
    let lines: Vec<String> = panel.entries.iter().filter_map(course).collect();
    let what = if several { String::new() } else { format!("{}: ", request.chart.y_columns.first()?) };
    (!lines.is_empty()).then(|| format!("{what}{}", lines.join("; ")))
}

/// The largest and the smallest speedup, and how many verdicts of each kind.
fn factors(panel: &Panel<'_>) -> Option<String> {
    let measured = |entry| speedups::factor(entry).ok().map(|factor| (entry, factor));
    let mut found: Vec<(&Entry<'_>, Interval)> = panel.entries.iter().filter_map(measured).collect();
    found.sort_by(|a, b| b.1.estimate.total_cmp(&a.1.estimate));
    let name = |(entry, factor): &(&Entry<'_>, Interval)| {
        format!("{} with {} ({})", entry.label, format::factor(factor.estimate), format::factor_interval(factor))
    };
    let ends = match found.as_slice() {
        [] => return None,
        [only] => format!("speedup: {}", name(only)),
        [best, .., worst] => format!("speedup: largest is {}, smallest is {}", name(best), name(worst)),
    };
    let verdict = |entry: &Entry<'_>| entry.case.against_baseline.as_ref().and_then(|finding| finding.verdict);
    let kinds = [
        (Verdict::Faster, "faster"),
        (Verdict::Same, "the same"),
        (Verdict::Slower, "slower"),
        (Verdict::CannotTell, "cannot tell"),
    ];
    let count = |(kind, word): (Verdict, &str)| {
        let count = found.iter().filter(|(entry, _)| verdict(entry) == Some(kind)).count();
        (count > 0).then(|| format!("{count} {word}"))
    };
    let counts: Vec<String> = kinds.into_iter().filter_map(count).collect();
    Some(if counts.is_empty() { ends } else { format!("{ends}. Verdicts: {}", counts.join(", ")) })
}
