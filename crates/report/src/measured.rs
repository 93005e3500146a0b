//! What an experiment measured in one run, with the words for it: what figures, tables and raw data are made from.

use std::collections::HashMap;

use analysis::{CaseAnalysis, ChapterAnalysis};
use catalog::{Axis, Chart, Contrast, Crossing, Definition};
use results::{Case, Point, RecordedTable, Role, Run};

/// An experiment in a run: the reader's, or a reference.
pub(crate) struct Measured<'a> {
    /// The run with its raw samples.
    pub(crate) run: &'a Run,
    /// Its measurements.
    pub(crate) analysis: &'a ChapterAnalysis,
    /// Its definition: this build's, or the one that the run recorded.
    pub(crate) definition: Definition,
    /// Its pages' names without `.html`.
    pub(crate) stem: String,
    /// Its recorded cases by variant and point.
    recorded: HashMap<(&'a str, &'a Point), &'a Case>,
}

impl<'a> Measured<'a> {
    /// The cases of an experiment in a run.
    pub(crate) fn new(run: &'a Run, analysis: &'a ChapterAnalysis, definition: Definition, stem: String) -> Self {
        let here =
            |case: &&Case| case.experiment == analysis.slug && case.role == Role::Measure && case.outcome.is_measured();
        let recorded = run.cases.iter().filter(here).map(|case| ((case.variant.as_str(), &case.point), case)).collect();
        Self { run, analysis, definition, stem, recorded }
    }

    /// The recorded case behind an analysed one, if it was measured.
    pub(crate) fn recorded(&self, case: &CaseAnalysis) -> Option<&'a Case> {
        self.recorded.get(&(case.variant.as_str(), &case.point)).copied()
    }

    /// The table that a case recorded for a chart.
    pub(crate) fn table(&self, case: &CaseAnalysis, chart: &Chart) -> Option<&'a RecordedTable> {
        self.recorded(case)?.tables.get(chart.table.as_deref()?)
    }

    /// The chapter's page.
    pub(crate) fn page(&self) -> String {
        format!("{}.html", self.stem)
    }

    /// The labels of a point's values on some axes, empty where it has none.
    pub(crate) fn places<'b>(&'b self, axes: impl IntoIterator<Item = &'b Axis>, point: &'b Point) -> Vec<&'b str> {
        let label = |axis: &'b Axis| self.definition.value_label(&axis.name, point.get(&axis.name).unwrap_or_default());
        axes.into_iter().map(label).collect()
    }

    /// Label of a variant.
    pub(crate) fn variant<'b>(&'b self, id: &'b str) -> &'b str {
        self.definition.variant(id).map_or(id, |variant| variant.label.as_str())
    }

    /// A point in words: the values' labels, axes in the order of the definition, without those in `fixed`.
    pub(crate) fn point(&self, point: &Point, without: &[&str]) -> String {
        let labels: Vec<&str> = self
            .definition
            .axis
            .iter()
            .filter(|axis| !without.contains(&axis.name.as_str()))
            .filter_map(|axis| point.get(&axis.name).map(|id| self.definition.value_label(&axis.name, id)))
            .collect();
        labels.join(", ")
    }

    /// A comparison in words.
    pub(crate) fn contrast(&self, contrast: &Contrast) -> String {
        let against = contrast.against.as_deref().unwrap_or(&self.definition.baseline);
        let mut other = contrast.point.clone();
        for (axis, value) in contrast.against_point.iter().flat_map(|point| &point.0) {
            other = other.with(axis, value);
        }
        let place = |point| self.aside(point);
        let (here, there) = (self.variant(&contrast.variant), self.variant(against));
        if other == contrast.point {
            format!("{here} against {there}{}", place(&other))
        } else {
            format!("{here}{} against {there}{}", place(&contrast.point), place(&other))
        }
    }

    /// What a crossing compares, in words.
    pub(crate) fn crossing(&self, crossing: &Crossing) -> String {
        let against = crossing.against.as_deref().unwrap_or(&self.definition.baseline);
        let place = self.aside(&crossing.point);
        format!("{} against {}{place}", self.variant(&crossing.variant), self.variant(against))
    }

    /// A point in brackets behind what is said of it; nothing if it has no values.
    fn aside(&self, point: &Point) -> String {
        match self.point(point, &[]) {
            empty if empty.is_empty() => empty,
            place => format!(" ({place})"),
        }
    }
}
