//! Every planned case of a chapter, measured or not, with every metric that was read off it.

use analysis::CaseAnalysis;
use catalog::{Definition, Metric, OwnMetric};
use serde::Serialize;

use super::figure::{comparison, per_launch};
use super::{Cell, Head, Layout, Table};
use crate::site::{Chapter, Site};
use crate::words::{capital, clause};

/// Rows on a page, and cells: one takes about 45 bytes, and a page must stay below 200 KB.
const ROWS: usize = 200;
const CELLS: usize = 3600;

/// The setting that says which fact of a case was not the same in every launch.
const FACTS_NOTE: &str = "facts note";

/// How much the pages with all cases hold; a site must stay small whatever was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Every planned case, measured or not.
    All,
    /// The measured ones; the chapter lists the others by reason.
    Measured,
    /// These without intervals and without rates, which the raw data of the figures have.
    Estimates,
    /// And of their metrics those alone that the chapter speaks of; the results file has the others.
    Told,
}

impl Depth {
    /// From the most to the least.
    pub(crate) const LEVELS: [Self; 4] = [Self::All, Self::Measured, Self::Estimates, Self::Told];

    /// Whether estimates stand with their intervals.
    fn has_intervals(self) -> bool {
        matches!(self, Self::All | Self::Measured)
    }

    /// Whether a table of this depth has a column for a metric that some case has.
    fn shows(self, metric: Metric, definition: &Definition) -> bool {
        (self.has_intervals() || !metric.unit().ends_with("/s"))
            && (self != Self::Told || definition.told_metrics().any(|told| told == metric))
    }
}

/// One page of cases.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CasesView {
    layout: Layout,
    /// Title of the chapter and its page.
    chapter: String,
    chapter_href: String,
    /// Which cases of how many.
    range: String,
    /// What they are.
    what: &'static str,
    table_html: String,
    /// Whether it has metrics of its own, which are exact or means.
    own: bool,
    /// The other pages.
    pages: Vec<PageLink>,
}

/// A link to a page of a list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageLink {
    /// What stands there.
    pub(crate) label: String,
    /// Where.
    pub(crate) href: String,
    /// Whether it is this page.
    pub(crate) current: bool,
}

/// The pages with every case of a chapter, with their names.
pub(crate) fn pages(site: &Site<'_>, chapter: &Chapter<'_>, depth: Depth) -> Vec<(String, CasesView)> {
    let shown = |case: &&CaseAnalysis| depth == Depth::All || case.missing.is_none();
    let cases: Vec<&CaseAnalysis> = chapter.analysis.cases.iter().filter(shown).collect();
    let what = match depth {
        Depth::All => "Every planned case, measured or not. Estimates are medians with 95 % intervals",
        Depth::Measured => {
            "Every measured case; the chapter lists the others by reason. Estimates are medians with 95 % intervals"
        }
        Depth::Estimates => {
            "Every measured case; the chapter lists the others by reason. Estimates are medians; intervals, and \
             rates per second, are with the figures"
        }
        Depth::Told => {
            "Every measured case, with the metrics that the chapter speaks of; the results file has all. Estimates are \
             medians; intervals are with the figures"
        }
    };
    let rows = (CELLS / columns(chapter, &cases, depth)).clamp(1, ROWS);
    let count = cases.len().div_ceil(rows).max(1);
    (0..count)
        .map(|page| {
            let href = chapter.cases_page(page);
            let title = format!("{}: all measurements", chapter.definition.title);
            let description = format!("Every planned case of the chapter {}.", chapter.definition.title);
            let from = page * rows;
            let rows = &cases[from.min(cases.len())..(from + rows).min(cases.len())];
            let view = CasesView {
                layout: Layout::new(site, &href, &title, &description, Vec::new()),
                chapter: chapter.definition.title.clone(),
                chapter_href: chapter.page(),
                range: match cases.len() {
                    0 => "No case was planned.".to_owned(),
                    all => format!("Cases {} to {} of {all}.", from + 1, from + rows.len()),
                },
                what,
                table_html: table(chapter, rows, depth).html(),
                own: !chapter.definition.metric.is_empty(),
                pages: (0..count)
                    .map(|other| PageLink {
                        label: format!("Page {}", other + 1),
                        href: chapter.cases_page(other),
                        current: other == page,
                    })
                    .collect(),
            };
            (href, view)
        })
        .collect()
}

/// The metrics that any of these cases has and that a table of this depth shows, in the order of the columns.
fn metrics(chapter: &Chapter<'_>, cases: &[&CaseAnalysis], depth: Depth) -> Vec<Metric> {
    let all = BUILT_IN.into_iter().chain(chapter.definition.metric.iter().map(OwnMetric::metric));
    let shown = all.filter(|metric| depth.shows(*metric, &chapter.definition));
    shown.filter(|metric| cases.iter().any(|case| case.metrics.contains_key(metric))).collect()
}

/// Columns of the table of all cases, at most.
fn columns(chapter: &Chapter<'_>, cases: &[&CaseAnalysis], depth: Depth) -> usize {
    chapter.definition.axis.len() + metrics(chapter, cases, depth).len() + 6
}

fn table(chapter: &Chapter<'_>, cases: &[&CaseAnalysis], depth: Depth) -> Table {
    let axes = &chapter.definition.axis;
    let metrics = metrics(chapter, cases, depth);
    let cold = cases.iter().any(|case| case.cold_proof.is_some());
    let noted = cases.iter().any(|case| case.settings.contains_key(FACTS_NOTE));
    let mut heads: Vec<Head> = axes.iter().map(|axis| Head::text(axis.label.as_str())).collect();
    heads.push(Head::text("Variant"));
    heads.extend(metrics.iter().map(|metric| Head::number(capital(metric.label()))));
    heads.push(Head::number(format!("Speedup over {}", chapter.variant(&chapter.definition.baseline))));
    heads.push(Head::text("Verdict"));
    heads.push(Head::number("Launches × samples"));
    heads.push(Head::number("Outliers (kept)"));
    if cold {
        heads.push(Head::text("Cold proof"));
    }
    if noted {
        heads.push(Head::text("Not the same in every launch"));
    }
    let row = |case: &&CaseAnalysis| {
        let mut row: Vec<Cell> = chapter.places(axes, &case.point).into_iter().map(Cell::text).collect();
        row.push(Cell::header(chapter.variant(&case.variant)));
        if let Some(reason) = &case.missing {
            row.push(Cell::missing(Some(clause(reason).to_owned())).over(heads.len() - row.len()));
            return row;
        }
        row.extend(metrics.iter().map(|metric| Cell::measured(*metric, case.metrics.get(metric))));
        row.extend(comparison(chapter, case));
        row.push(Cell::number(format!("{} × {}", case.launches, per_launch(case))));
        row.push(Cell::number(case.outliers.to_string()));
        if cold {
            row.push(match &case.cold_proof {
                Some(proof) => Cell::text(if proof.proven { "proven" } else { "not proven" }),
                None => Cell::text(""),
            });
        }
        if noted {
            let note = case.settings.get(FACTS_NOTE);
            row.push(Cell::text(note.map_or("", String::as_str)));
        }
        if !depth.has_intervals() {
            row.iter_mut().for_each(|cell| cell.sub = None);
        }
        row
    };
    let rows = cases.iter().map(row).collect();
    Table { caption: format!("{}: every planned case", chapter.definition.title), heads, rows }
}

/// The order of the columns, before those of the experiment's own metrics.
const BUILT_IN: [Metric; 10] = [
    Metric::Time,
    Metric::Cpu,
    Metric::BytesPerSecond,
    Metric::RowsPerSecond,
    Metric::FlopPerSecond,
    Metric::CeilingShare,
    Metric::DiskBytes,
    Metric::DeviceBytes,
    Metric::PeakMemory,
    Metric::Money,
];
