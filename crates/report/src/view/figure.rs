//! A figure: the chart, what its numbers are, the table behind it, the raw data, the command that reproduces it.

use std::collections::BTreeSet;

use analysis::CaseAnalysis;
use catalog::{Axis, Chart, ChartKind, Metric};
use serde::Serialize;

use super::words::{capital, clause};
use super::{Badge, Cell, Head, Table};
use crate::chart::{self, ChartRequest};
use crate::escape::escape_html;
use crate::site::{Chapter, Site};

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
        caption: caption(chapter, chart, &cases),
        notes: notes(&cases),
        tables_html: match detail {
            Detail::Full => tables(site, chapter, chart, &cases).iter().map(Table::html).collect(),
            Detail::NoTables | Detail::WideOnly => Vec::new(),
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

/// What the numbers are: statistic, n, what all cases share.
fn caption(chapter: &Chapter<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> String {
    let measured: Vec<&&CaseAnalysis> = cases.iter().filter(|case| case.metrics.contains_key(&chart.metric)).collect();
    if measured.is_empty() {
        return String::new();
    }
    let range = |of: fn(&CaseAnalysis) -> usize, unit: &str| {
        let (least, most) =
            measured.iter().fold((usize::MAX, 0), |(least, most), case| (least.min(of(case)), most.max(of(case))));
        counted(least, most, unit)
    };
    let trials: Vec<usize> = measured.iter().filter_map(|case| case.trials.get(&chart.metric).copied()).collect();
    let mut parts = vec![match (chart.metric, trials.iter().min(), trials.iter().max()) {
        (Metric::DiskBytes, ..) => "Exact: bytes of the files".to_owned(),
        (Metric::Own(own), Some(least), Some(most)) => format!(
            "Mean and 95 % interval of {}; n = {} ({}) per case",
            own.label,
            range(|case| case.launches, "launch"),
            counted(*least, *most, "trial"),
        ),
        (Metric::Own(own), ..) => format!("Exact: {}", own.label),
        (metric, ..) => format!(
            "Median and 95 % interval of {}; n = {} ({}) per case",
            metric.label(),
            range(|case| case.launches, "launch"),
            range(|case| case.samples, "sample"),
        ),
    }];
    for axis in &chapter.definition.axis {
        let values: BTreeSet<&str> = cases.iter().filter_map(|case| case.point.get(&axis.name)).collect();
        if let [one] = values.into_iter().collect::<Vec<_>>().as_slice() {
            parts.push(format!("{}: {}", axis.label, chapter.definition.value_label(&axis.name, one)));
        }
    }
    if chapter.definition.axis("cache").is_none() {
        parts.extend(setting(&measured, "cache").map(|cache| format!("cache: {cache}")));
    }
    parts.extend(setting(&measured, "threads").map(|threads| format!("threads: {threads}")));
    format!("{}.", parts.join("; "))
}

/// How many there are of something: `5 launches`, `1 trial`, `12 to 20 samples`.
fn counted(least: usize, most: usize, unit: &str) -> String {
    let number = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let plural = match (most, unit) {
        (1, _) => "",
        (_, "launch") => "es",
        _ => "s",
    };
    format!("{number} {unit}{plural}")
}

/// The values that a setting has in these cases, in order of appearance.
fn setting(cases: &[&&CaseAnalysis], name: &str) -> Option<String> {
    let mut values: Vec<&str> = Vec::new();
    for value in cases.iter().filter_map(|case| case.settings.get(name)) {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    (!values.is_empty()).then(|| values.join(" or "))
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

fn tables(site: &Site<'_>, chapter: &Chapter<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> Vec<Table> {
    match (chart.kind, chart.x.as_deref().and_then(|x| chapter.definition.axis(x))) {
        (ChartKind::Lines, Some(x)) => crossed(chapter, chart, cases, x),
        _ => vec![listed(site, chapter, chart, cases)],
    }
}

/// A row for each case, with the comparison to the baseline.
fn listed(site: &Site<'_>, chapter: &Chapter<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> Table {
    let axes = varying(chapter, cases);
    let mut metrics = vec![chart.metric];
    metrics.extend(chart.x_metric.filter(|other| *other != chart.metric));
    let compared = is_time(chart.metric) && cases.iter().any(|case| case.against_baseline.is_some());

    let mut heads: Vec<Head> = axes.iter().map(|axis| Head::text(axis.label.as_str())).collect();
    heads.push(Head::text("Variant"));
    heads.extend(metrics.iter().map(|metric| Head::number(metric_head(*metric, cases))));
    if compared {
        heads.push(Head::number(format!("Speedup over {}", chapter.variant(&chapter.definition.baseline))));
        heads.push(Head::text("Verdict"));
    }
    heads.push(Head::number("Launches × samples"));
    let rows = cases.iter().map(|case| {
        let mut row: Vec<Cell> = axes
            .iter()
            .map(|axis| {
                let id = case.point.get(&axis.name).unwrap_or_default();
                Cell::text(chapter.definition.value_label(&axis.name, id))
            })
            .collect();
        row.push(Cell::header(chapter.variant(&case.variant)));
        if let Some(reason) = &case.missing {
            row.push(
                Cell::missing(Some(clause(&site.names.sentence(reason)).to_owned())).over(heads.len() - row.len()),
            );
            return row;
        }
        row.extend(metrics.iter().map(|metric| level(*metric, case)));
        if compared {
            row.extend(comparison(chapter, case));
        }
        row.push(Cell::number(format!("{} × {}", case.launches, per_launch(case))));
        row
    });
    let rows = rows.collect();
    Table { caption: chart.title.clone(), heads, rows }
}

/// A metric of a case, or why it is no evidence.
pub(crate) fn level(metric: Metric, case: &CaseAnalysis) -> Cell {
    match (case.metrics.get(&metric), &case.cold_proof) {
        (None, Some(proof)) if !proof.proven => Cell::missing(Some(format!("cold is not proven: {}", proof.evidence))),
        (found, _) => Cell::measured(metric, found),
    }
}

/// The comparison of a case with the baseline: factor and verdict.
pub(crate) fn comparison(chapter: &Chapter<'_>, case: &CaseAnalysis) -> [Cell; 2] {
    match &case.against_baseline {
        Some(finding) if finding.verdict.is_none() && case.cold_proof.as_ref().is_some_and(|proof| !proof.proven) => {
            [Cell::missing(None), Cell::text("cold not proven")]
        }
        Some(finding) => {
            let badge = Badge::verdict(finding.verdict, finding.contrast.metric);
            [Cell::factor(finding.factor.as_ref()), Cell::badge(badge)]
        }
        None if case.variant == chapter.definition.baseline => [Cell::number("1×"), Cell::text("baseline")],
        None => [Cell::missing(None), Cell::missing(None)],
    }
}

/// Samples per launch, as a text: a range if launches differ.
pub(crate) fn per_launch(case: &CaseAnalysis) -> String {
    match (case.samples.checked_div(case.launches), case.samples.checked_rem(case.launches)) {
        (Some(each), Some(0)) => each.to_string(),
        (Some(each), _) => format!("{each} to {}", each + 1),
        _ => "0".to_owned(),
    }
}

/// For lines: a table for each panel, a row for each position, a column for each variant.
fn crossed(chapter: &Chapter<'_>, chart: &Chart, cases: &[&CaseAnalysis], x: &Axis) -> Vec<Table> {
    let others: Vec<&Axis> = varying(chapter, cases).into_iter().filter(|axis| axis.name != x.name).collect();
    let mut groups: Vec<(Vec<&str>, Vec<&CaseAnalysis>)> = Vec::new();
    for case in cases {
        let place: Vec<&str> = others.iter().map(|axis| case.point.get(&axis.name).unwrap_or_default()).collect();
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, group)) => group.push(case),
            None => groups.push((place, vec![case])),
        }
    }
    let table = |(place, group): (Vec<&str>, Vec<&CaseAnalysis>)| {
        let variants: Vec<&str> = chapter
            .definition
            .variant
            .iter()
            .map(|variant| variant.id.as_str())
            .filter(|id| group.iter().any(|case| case.variant == *id))
            .collect();
        let mut heads = vec![Head::text(x.label.as_str())];
        heads.extend(variants.iter().map(|id| Head::number(chapter.variant(id))));
        let rows = x.values.iter().filter_map(|value| {
            let here: Vec<_> = group.iter().filter(|case| case.point.get(&x.name) == Some(&value.id)).collect();
            if here.is_empty() {
                return None;
            }
            let mut row = vec![Cell::header(value.label.as_str())];
            row.extend(variants.iter().map(|id| match here.iter().find(|case| case.variant == *id) {
                Some(case) => Cell::measured(chart.metric, case.metrics.get(&chart.metric)),
                None => Cell::missing(None),
            }));
            Some(row)
        });
        let labels: Vec<&str> =
            place.iter().zip(&others).map(|(id, axis)| chapter.definition.value_label(&axis.name, id)).collect();
        let what = metric_head(chart.metric, cases);
        let mut caption = vec![chart.title.as_str()];
        caption.extend(labels);
        let caption = format!("{}: {what}", caption.join(", "));
        Table { caption, heads, rows: rows.collect() }
    };
    groups.into_iter().map(table).collect()
}

/// The axes on which these cases differ.
fn varying<'b>(chapter: &'b Chapter<'_>, cases: &[&CaseAnalysis]) -> Vec<&'b Axis> {
    let differ = |axis: &&Axis| cases.iter().map(|case| case.point.get(&axis.name)).collect::<BTreeSet<_>>().len() > 1;
    chapter.definition.axis.iter().filter(differ).collect()
}

/// A metric above a column of estimates with intervals.
fn metric_head(metric: Metric, cases: &[&CaseAnalysis]) -> String {
    let name = capital(metric.label());
    let exact = match metric {
        Metric::DiskBytes => true,
        Metric::Own(_) => !cases.iter().any(|case| case.trials.contains_key(&metric)),
        _ => false,
    };
    if exact { name } else { format!("{name} (95 % interval)") }
}

/// Whether a metric is time in another form, so that the speedup belongs beside it.
fn is_time(metric: Metric) -> bool {
    matches!(metric, Metric::Time | Metric::RowsPerSecond | Metric::BytesPerSecond | Metric::FlopPerSecond)
}
