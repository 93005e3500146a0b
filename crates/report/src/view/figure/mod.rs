//! A figure: the chart, what its numbers are, the table behind it, the raw data, the command that reproduces it.

mod caption;
mod rows;
mod tables;

use analysis::CaseAnalysis;
use catalog::{Chart, ChartKind};
use serde::Serialize;

use super::Table;
use crate::chart::{self, ChartRequest};
use crate::escape::escape_html;
use crate::site::{Chapter, Site};

pub(crate) use tables::{comparison, per_launch};

/// A figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FigureView {
    /// Anchor on the page.
    anchor: String,
    /// Place in the chapter, from 1.
    number: usize,
    /// What is seen.
    title: String,
    /// The chart, or nothing.
    svg_html: String,
    /// Why there is no chart, if there is none.
    no_chart: Option<String>,
    /// Statistic, n, cache state, threads.
    caption: String,
    /// What must be known to read it right.
    notes: Vec<String>,
    /// The numbers; without them, the page that has them.
    tables_html: Vec<String>,
    cases_href: String,
    /// Raw data.
    csv: String,
    /// Raw data.
    json: String,
    /// The command.
    reproduce: String,
}

/// How much of its figures a chapter's page holds; a page must stay small whatever was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Everything.
    Full,
    /// The tables behind the figures stand with all other cases on a page of their own.
    NoTables,
    /// And each chart has one layout, in which a phone scrolls.
    WideOnly,
}

impl Detail {
    /// From the most to the least.
    pub(crate) const ALL: [Self; 3] = [Self::Full, Self::NoTables, Self::WideOnly];
}

/// The cases that a chart shows, in order.
pub(crate) fn selected<'b>(chapter: &'b Chapter<'_>, chart: &Chart) -> Vec<&'b CaseAnalysis> {
    let shown = |case: &&CaseAnalysis| {
        case.point.matches(&chart.point) && (chart.variants.is_empty() || chart.variants.contains(&case.variant))
    };
    chapter.analysis.cases.iter().filter(shown).collect()
}

/// The view of a chart; `number` is its place in the chapter.
pub(crate) fn figure(
    site: &Site<'_>,
    chapter: &Chapter<'_>,
    chart: &Chart,
    number: usize,
    raw: &str,
    detail: Detail,
) -> FigureView {
    let cases = selected(chapter, chart);
    let (svg_html, no_chart) = match draw(site, chapter, chart, detail) {
        Ok(svg) => (svg, None),
        Err(why) => (String::new(), Some(why)),
    };
    FigureView {
        anchor: anchor(chart),
        number,
        title: chart.title.clone(),
        svg_html,
        no_chart,
        caption: caption::caption(chapter, chart, &cases),
        notes: notes(&cases),
        tables_html: match (chart.kind, detail) {
            // No page of cases has a recorded table, and what stands here of it is short.
            (ChartKind::Series, _) => rows::tables(chapter, chart, &cases).iter().map(Table::html).collect(),
            (_, Detail::Full) => tables::tables(site, chapter, chart, &cases).iter().map(Table::html).collect(),
            (_, Detail::NoTables | Detail::WideOnly) => Vec::new(),
        },
        cases_href: chapter.cases_page(0),
        csv: format!("data/{raw}.csv"),
        json: format!("data/{raw}.json"),
        reproduce: format!("benchbook reproduce {}/{}", chapter.analysis.slug, chart.id),
    }
}

impl FigureView {
    /// Whether its chart brings a style sheet.
    pub(crate) fn has_style(&self) -> bool {
        self.svg_html.contains("<style>")
    }

    /// Leaves the style sheet to an earlier chart of the page.
    pub(crate) fn drop_style(&mut self) {
        while let Some((start, rest)) = self.svg_html.split_once("<style>") {
            let end = rest.split_once("</style>").map_or("", |(_, end)| end);
            self.svg_html = format!("{start}{end}");
        }
    }
}

/// The anchor of a figure.
pub(crate) fn anchor(chart: &Chart) -> String {
    format!("fig-{}", crate::markdown::slug(&chart.id))
}

fn draw(site: &Site<'_>, chapter: &Chapter<'_>, chart: &Chart, detail: Detail) -> Result<String, String> {
    let run = site.input.run;
    let request = ChartRequest {
        chart,
        definition: &chapter.definition,
        chapter: chapter.analysis,
        cases: &run.cases,
        ceilings: &run.ceilings,
        machine: &run.machine,
        margin: run.header.margin,
        id_prefix: &anchor(chart),
    };
    let svg = chart::svg(&request).map_err(|none| site.names.sentence(&none.reason))?;
    Ok(match detail {
        Detail::Full | Detail::NoTables => svg.markup,
        Detail::WideOnly => format!(
            "<div class=\"bb-figure wide-only\" role=\"region\" aria-label=\"Chart: {}\" tabindex=\"0\">{}</div>",
            escape_html(&svg.title),
            svg.file
        ),
    })
}

/// What must be known to read the figure right.
fn notes(cases: &[&CaseAnalysis]) -> Vec<String> {
    let mut notes = Vec::new();
    let proofs: Vec<_> = cases.iter().filter_map(|case| case.cold_proof.as_ref()).collect();
    let proven = proofs.iter().filter(|proof| proof.proven).count();
    match proofs.len() {
        0 => {}
        all if proven == all => notes.push(format!(
            "Cold is proven for every cold case ({all}): the block device delivered the bytes that a cold read needs."
        )),
        all => notes.push(format!(
            "Cold is proven for {} of {all} cold cases. Without the proof a case is no evidence about a cold cache, and no \
             comparison uses it.",
            if proven == 0 { "none".to_owned() } else { proven.to_string() }
        )),
    }
    notes
}
