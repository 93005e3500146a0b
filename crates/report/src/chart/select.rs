//! Which cases a chart shows: its panels, and in each the variants with what was measured or why not.

use analysis::CaseAnalysis;
use catalog::Metric;
use stats::Interval;

use super::palette::{self, Series};
use super::{ChartRequest, NoChart};
use crate::words::{clause, sentence, stopped};

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
    /// Whether the case is evidence about a metric, else why not, as a sentence.
    pub(super) fn usable(&self, metric: Metric) -> Result<(), String> {
        if let Some(reason) = &self.case.missing {
            return Err(reason.clone());
        }
        // Sizes do not depend on where the pages were; everything else says nothing about a cold cache without proof.
        match self.case.cold_proof.as_ref().filter(|proof| !proof.proven && !metric.ignores_cache()) {
            Some(proof) => Err(format!("the read is not shown to be cold: {}", proof.evidence)),
            None => Ok(()),
        }
    }

    /// What was measured, or why there is nothing, as a sentence.
    pub(super) fn value(&self, metric: Metric) -> Result<Interval, String> {
        self.usable(metric)?;
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

/// What a chart shows: panels in which something was measured, and what is missing besides.
#[derive(Clone, Debug)]
pub(super) struct Shown<'a> {
    /// The panels.
    pub(super) panels: Vec<Panel<'a>>,
    /// Panels in which nothing was measured.
    pub(super) absent: Vec<Missing>,
}

impl<'a> Shown<'a> {
    /// Every case in every panel.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.panels.iter().flat_map(|panel| &panel.entries)
    }

    /// Notes on everything that is missing: `found` beside the panels that are not there at all.
    pub(super) fn notes(&self, found: Vec<Missing>) -> Vec<String> {
        let all: Vec<Missing> = found.into_iter().chain(self.absent.iter().cloned()).collect();
        missing_notes(&all, self.panels.len())
    }
}

/// Takes out panels in which nothing was measured: they become notes.
///
/// # Errors
/// If nothing was measured at all.
pub(super) fn shown<'a, T>(
    panels: Vec<Panel<'a>>,
    value: impl Fn(&Entry<'a>) -> Result<T, String>,
) -> Result<Shown<'a>, NoChart> {
    let (mut kept, mut absent, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for panel in panels {
        let reasons: Vec<String> = panel.entries.iter().filter_map(|entry| value(entry).err()).collect();
        if reasons.len() < panel.entries.len() {
            kept.push(panel);
            continue;
        }
        let label = panel.label.map(str::to_owned);
        let same = reasons.iter().all(|reason| *reason == reasons[0]);
        for (entry, reason) in panel.entries.iter().zip(&reasons).take(if same { 1 } else { usize::MAX }) {
            let what = if same { String::new() } else { entry.label.clone() };
            absent.push(Missing { what, at: Vec::new(), panel: label.clone(), reason: reason.clone() });
        }
        all.extend(panel.entries.into_iter().map(|entry| entry.label).zip(reasons));
    }
    if kept.is_empty() { Err(nothing(&all)) } else { Ok(Shown { panels: kept, absent }) }
}

/// Why there is no chart although there are cases: the reason that all or most of them have. Where each has its own, one case
/// is named with it, lest it seem to be that of all.
fn nothing(reasons: &[(String, String)]) -> NoChart {
    let count = |reason: &str| reasons.iter().filter(|(_, other)| other == reason).count();
    // The first of the most frequent ones.
    let most = reasons.iter().rev().max_by_key(|(_, reason)| count(reason));
    let why = most.map_or_else(String::new, |(label, reason)| match (count(reason), reasons.len()) {
        (here, all) if here == all => format!(" {}", sentence(reason)),
        (1, _) => format!(" {label}: {} (each case has a reason of its own).", clause(reason)),
        (here, all) => format!(" {here} of {all} cases: {}", stopped(reason)),
    });
    NoChart { reason: format!("Nothing was measured for this chart.{why}") }
}

/// Something that a chart would show and that was not measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// The variant; empty for all variants of a panel.
    pub(super) what: String,
    /// Places on the horizontal axis, if only some of its cases are missing.
    pub(super) at: Vec<String>,
    /// The panel, if there are several.
    pub(super) panel: Option<String>,
    /// Why, as a sentence.
    pub(super) reason: String,
}

/// A longer list of what is missing is counted in the note: it would bury the chart, and the chapter lists everything.
const LONGEST_LIST: usize = 160;

/// What was not measured, as notes: one for each reason, naming what it concerns. `panels` is how many the chart has:
/// what is missing in all of them is named once.
fn missing_notes(missing: &[Missing], panels: usize) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&Missing>)> = Vec::new();
    for one in missing {
        match reasons.iter_mut().find(|(known, _)| *known == one.reason) {
            Some((_, found)) => found.push(one),
            None => reasons.push((&one.reason, vec![one])),
        }
    }
    reasons
        .iter()
        .map(|(reason, found)| {
            let mut what = parts(found, panels).join("; ");
            if what.chars().count() > LONGEST_LIST {
                let cases: usize = found.iter().map(|one| one.at.len().max(1)).sum();
                what = format!("{cases} cases, listed at the end of the chapter");
            }
            format!("Not measured: {what} ({})", clause(reason))
        })
        .collect()
}

/// What is missing for one reason: things that are missing at the same places are named together.
fn parts(missing: &[&Missing], panels: usize) -> Vec<String> {
    let mut seen: Vec<(&str, &[String])> = Vec::new();
    // Names by places: on the axis, and in panels.
    let mut groups: Vec<(&[String], Vec<&str>, Vec<String>)> = Vec::new();
    for one in missing {
        let key = (one.what.as_str(), one.at.as_slice());
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let same = missing.iter().filter(|other| (other.what.as_str(), other.at.as_slice()) == key);
        let here: Vec<&str> = same.filter_map(|other| other.panel.as_deref()).collect();
        let name = if one.what.is_empty() { "everything".to_owned() } else { named(&one.what) };
        match groups.iter_mut().find(|(at, known, names)| *at == one.at && *known == here && names[0] != "everything") {
            Some((.., names)) => names.push(name),
            None => groups.push((&one.at, here, vec![name])),
        }
    }
    let part = |(at, here, names): &(&[String], Vec<&str>, Vec<String>)| {
        let at = if at.is_empty() { String::new() } else { format!(" at {}", list(at)) };
        let everywhere = here.is_empty() || (here.len() == panels && names[0] != "everything");
        let place = if everywhere { String::new() } else { format!(" for {}", list(here)) };
        format!("{}{at}{place}", names.join(", "))
    };
    groups.iter().map(part).collect()
}

/// A name in a list: one that has commas of its own stands in quotes.
fn named(what: &str) -> String {
    if what.contains(',') { format!("“{what}”") } else { what.to_owned() }
}

/// Things in a sentence: `a`, `a and b`, `a, b and c`.
fn list<S: AsRef<str>>(things: &[S]) -> String {
    let things: Vec<&str> = things.iter().map(AsRef::as_ref).collect();
    match things.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// What a chart of one value for each case misses.
pub(super) fn missing<T>(panels: &[Panel<'_>], value: impl Fn(&Entry<'_>) -> Result<T, String>) -> Vec<Missing> {
    let entries = panels.iter().flat_map(|panel| panel.entries.iter().map(move |entry| (panel, entry)));
    let found = |(panel, entry): (&Panel<'_>, &Entry<'_>)| {
        let reason = value(entry).err()?;
        let panel = panel.label.map(str::to_owned);
        Some(Missing { what: entry.label.clone(), at: Vec::new(), panel, reason })
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
            at: Vec::new(),
            panel: Some(panel.to_owned()),
            reason: reason.to_owned(),
        };
        let all = [
            missing("NumPy", "f64", "NumPy is not installed."),
            missing("NumPy", "f32", "NumPy is not installed."),
            missing("Polars", "f32", "no such expression"),
            missing("ndarray", "f32", "no such expression"),
            missing("Polars, lazy", "f32", "no such expression."),
        ];
        assert_eq!(
            missing_notes(&all, 2),
            [
                "Not measured: NumPy (NumPy is not installed)",
                "Not measured: Polars, ndarray for f32 (no such expression)",
                "Not measured: “Polars, lazy” for f32 (no such expression)"
            ]
        );
        assert!(missing_notes(&[], 2).is_empty());
    }
}
