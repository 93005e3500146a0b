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

/// Something that a chart would show and that was not measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// The variant, for lines with the places on the axis.
    pub(super) what: String,
    /// The panel, if there are several.
    pub(super) panel: Option<String>,
    /// Why, as a sentence.
    pub(super) reason: String,
}

/// What was not measured, as notes: one for each reason, naming what it concerns. `panels` is how many the chart has:
/// what is missing in all of them is named once.
pub(super) fn missing_notes(missing: &[Missing], panels: usize) -> Vec<String> {
    /// What is missing, with the panels.
    type Name<'a> = (&'a str, Vec<&'a str>);
    let mut reasons: Vec<(&str, Vec<Name<'_>>)> = Vec::new();
    for Missing { what, panel, reason } in missing {
        let i = reasons.iter().position(|(known, _)| known == reason).unwrap_or_else(|| {
            reasons.push((reason, Vec::new()));
            reasons.len() - 1
        });
        let names = &mut reasons[i].1;
        let j = names.iter().position(|(known, _)| known == what).unwrap_or_else(|| {
            names.push((what, Vec::new()));
            names.len() - 1
        });
        names[j].1.extend(panel.as_deref());
    }
    let name = |(what, found): &Name<'_>| match found.len() {
        0 => (*what).to_owned(),
        n if n == panels => (*what).to_owned(),
        _ => format!("{what} for {}", found.join(" and ")),
    };
    let note = |(reason, names): &(&str, Vec<Name<'_>>)| {
        let names: Vec<String> = names.iter().map(name).collect();
        format!("Not measured: {} ({})", names.join(", "), reason.trim_end_matches('.'))
    };
    reasons.iter().map(note).collect()
}

/// What a chart of one value for each case misses.
pub(super) fn missing<T>(panels: &[Panel<'_>], value: impl Fn(&Entry<'_>) -> Result<T, String>) -> Vec<Missing> {
    let entries = panels.iter().flat_map(|panel| panel.entries.iter().map(move |entry| (panel, entry)));
    let found = |(panel, entry): (&Panel<'_>, &Entry<'_>)| {
        let reason = value(entry).err()?;
        Some(Missing { what: entry.label.clone(), panel: panel.label.map(str::to_owned), reason })
    };
    entries.filter_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_each_reason_once() {
        let missing = |what: &str, panel: &str, reason: &str| Missing {
            what: what.to_owned(),
            panel: Some(panel.to_owned()),
            reason: reason.to_owned(),
        };
        let all = [
            missing("NumPy", "f64", "NumPy is not installed."),
            missing("NumPy", "f32", "NumPy is not installed."),
            missing("Polars", "f32", "no such expression"),
            missing("ndarray", "f32", "no such expression"),
        ];
        assert_eq!(
            missing_notes(&all, 2),
            [
                "Not measured: NumPy (NumPy is not installed)",
                "Not measured: Polars for f32, ndarray for f32 (no such expression)"
            ]
        );
        assert!(missing_notes(&[], 2).is_empty());
    }
}
