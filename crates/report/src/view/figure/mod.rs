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
use crate::measured::Measured;

pub(crate) use tables::{comparison, per_launch};

/// A figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FigureView {
    /// Anchor on the page.
    anchor: String,
    /// Its number on its page: `1`, `R1`.
    number: String,
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
    cases_href: Option<String>,
    /// Raw data.
    csv: String,
    /// Raw data.
    json: String,
    /// The command.
    reproduce: String,
}

/// How much of its figures a page holds; a page must stay small whatever was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Everything.
    Full,
    /// Reference runs have pages of their own.
    Apart,
    /// The tables behind the figures stand with all other cases on a page of their own.
    NoTables,
    /// And each chart has one layout, in which a phone scrolls.
    WideOnly,
}

impl Detail {
    /// From the most to the least.
    pub(crate) const ALL: [Self; 4] = [Self::Full, Self::Apart, Self::NoTables, Self::WideOnly];

    /// The same for a page that is one of those apart.
    pub(crate) const ALONE: [Self; 3] = [Self::Apart, Self::NoTables, Self::WideOnly];
}

/// Whose figure it is, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    /// Its number on its page: `1`, `R1`.
    pub(crate) number: String,
    /// Before the anchor, so that it is unique on its page.
    pub(crate) prefix: String,
    /// Whose it is, before the title, if it is not the reader's.
    pub(crate) of: Option<String>,
    /// The page with all cases, if there is one.
    pub(crate) cases: Option<String>,
}

/// The cases that a chart shows, in order.
pub(crate) fn selected<'b>(measured: &'b Measured<'_>, chart: &Chart) -> Vec<&'b CaseAnalysis> {
    let shown = |case: &&CaseAnalysis| {
        case.point.matches(&chart.point) && (chart.variants.is_empty() || chart.variants.contains(&case.variant))
    };
    measured.analysis.cases.iter().filter(shown).collect()
}

/// The view of a chart.
pub(crate) fn figure(measured: &Measured<'_>, chart: &Chart, spot: &Spot, detail: Detail) -> FigureView {
    let cases = selected(measured, chart);
    let raw = raw_name(measured, chart);
    let anchor = format!("{}{}", spot.prefix, anchor(chart));
    let mut chart = chart.clone();
    if let Some(of) = &spot.of {
        chart.title = format!("{of}: {}", chart.title);
    }
    let chart = &chart;
    let (svg_html, no_chart) = match draw(measured, chart, &anchor, detail) {
        Ok(svg) => (svg, None),
        Err(why) => (String::new(), Some(why)),
    };
    FigureView {
        anchor,
        number: spot.number.clone(),
        title: chart.title.clone(),
        svg_html,
        no_chart,
        caption: caption::caption(measured, chart, &cases),
        notes: notes(&cases),
        tables_html: match (chart.kind, detail) {
            // What stands here of a recorded table is short.
            (ChartKind::Series, _) => rows::tables(measured, chart, &cases).iter().map(Table::html).collect(),
            (_, Detail::Full | Detail::Apart) => {
                tables::tables(measured, chart, &cases).iter().map(Table::html).collect()
            }
            (_, Detail::NoTables | Detail::WideOnly) => Vec::new(),
        },
        // No page of cases has a recorded table.
        cases_href: spot.cases.clone().filter(|_| chart.kind != ChartKind::Series),
        csv: format!("data/{raw}.csv"),
        json: format!("data/{raw}.json"),
        reproduce: format!("benchbook reproduce {}/{}", measured.analysis.slug, chart.id),
    }
}

impl FigureView {
    /// Every chart brings the same style sheet, and a page needs it once: leaves it to an earlier chart, if the page is
    /// `styled`; else the page is from now on, if there is a chart.
    pub(crate) fn share_style(&mut self, styled: &mut bool) {
        while *styled && let Some((start, rest)) = self.svg_html.split_once("<style>") {
            let end = rest.split_once("</style>").map_or("", |(_, end)| end);
            self.svg_html = format!("{start}{end}");
        }
        *styled |= self.svg_html.contains("<style>");
    }
}

/// Name of a chart's raw data files, without folder and extension.
pub(crate) fn raw_name(measured: &Measured<'_>, chart: &Chart) -> String {
    format!("{}-{}", measured.stem, crate::markdown::slug(&chart.id))
}

/// The anchor of a figure.
fn anchor(chart: &Chart) -> String {
    format!("fig-{}", crate::markdown::slug(&chart.id))
}

fn draw(measured: &Measured<'_>, chart: &Chart, anchor: &str, detail: Detail) -> Result<String, String> {
    let run = measured.run;
    let request = ChartRequest {
        chart,
        definition: &measured.definition,
        chapter: measured.analysis,
        cases: &run.cases,
        ceilings: &run.ceilings,
        machine: &run.machine,
        margin: run.header.margin,
        id_prefix: anchor,
    };
    let svg = chart::svg(&request).map_err(|none| none.reason)?;
    Ok(match detail {
        Detail::Full | Detail::Apart | Detail::NoTables => svg.markup,
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
