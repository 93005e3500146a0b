//! Raw data of a figure as CSV and JSON: every sample of every case that it shows, and why others have none.

mod json;
mod line;
mod samples;
mod table;

use analysis::CaseAnalysis;
use catalog::{Chart, ChartKind, Metric};

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

/// The raw data of a figure.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'b> {
    /// The site: how names appear.
    pub(crate) site: &'b Site<'b>,
    /// Whose figure it is.
    pub(crate) measured: &'b Measured<'b>,
    /// The figure.
    pub(crate) chart: &'b Chart,
    /// The cases that it shows.
    pub(crate) cases: &'b [&'b CaseAnalysis],
    /// How much of them.
    pub(crate) amount: Amount,
}

impl Raw<'_> {
    /// As CSV.
    pub(crate) fn csv(&self) -> String {
        match self.chart.kind {
            ChartKind::Series => table::csv(self),
            _ => samples::csv(self),
        }
    }

    /// As JSON.
    pub(crate) fn json(&self) -> String {
        json::json(self)
    }

    /// The metrics whose samples are the raw data.
    fn metrics(&self) -> Vec<Metric> {
        self.chart.metric.into_iter().chain(self.chart.parts.iter().copied()).collect()
    }

    /// The heads of what every row of a CSV starts with.
    fn start_heads(&self) -> Vec<String> {
        let axes = self.measured.definition.axis.iter().map(|axis| axis.name.clone());
        ["experiment".to_owned(), "variant".to_owned()].into_iter().chain(axes).collect()
    }

    /// What every row of a case starts with: experiment, variant, the values on the axes.
    fn start(&self, case: &CaseAnalysis) -> Vec<String> {
        let axes = self.measured.definition.axis.iter();
        let values = axes.map(|axis| case.point.get(&axis.name).unwrap_or_default().to_owned());
        [self.measured.analysis.slug.clone(), case.variant.clone()].into_iter().chain(values).collect()
    }
}
