//! A reference run beside the reader's: a section of the chapter, or a page of its own where the chapter has no room for it.

use catalog::Chart;
use serde::Serialize;

use super::Layout;
use super::figure::{Detail, Spot, figure, selected};
use super::layout::budget;
use super::recorded;
use crate::Error;
use crate::markdown::{Block, Entry};
use crate::measured::Measured;
use crate::site::{Chapter, Site};
use crate::words::date;

/// A reference run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReferenceView {
    id: String,
    /// `A reference run: NVIDIA H100, 2026-11-22`.
    title: String,
    /// The machine in one line.
    machine: String,
    /// How it was measured.
    run: String,
    /// Where it stands, if that is not here.
    href: Option<String>,
    figures_html: Vec<String>,
    tables_html: Vec<String>,
}

/// A page with a reference run alone.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReferencePage {
    layout: Layout,
    /// Title of the chapter and its page.
    chapter: String,
    chapter_href: String,
    reference: ReferenceView,
}

/// The section of a chapter, and its entry in the table of contents; `styled` is whether the page has the charts' style sheet.
///
/// # Errors
/// If a template fails.
pub(crate) fn section(
    site: &Site<'_>,
    chapter: &Chapter<'_>,
    measured: &Measured<'_>,
    detail: Detail,
    styled: &mut bool,
) -> Result<(Entry, String), Error> {
    let mut view = head(measured);
    if detail == Detail::Full {
        fill(&mut view, site, chapter, measured, detail, styled)?;
    } else {
        view.href = Some(measured.page());
    }
    let entry = Entry { id: view.id.clone(), title: view.title.clone() };
    Ok((entry, site.engine.render("reference.html", &view)?))
}

/// The page of a reference run.
///
/// # Errors
/// If a template fails.
pub(crate) fn page(
    site: &Site<'_>,
    chapter: &Chapter<'_>,
    measured: &Measured<'_>,
    detail: Detail,
) -> Result<ReferencePage, Error> {
    let mut reference = head(measured);
    fill(&mut reference, site, chapter, measured, detail, &mut false)?;
    let title = format!("{}: {}", chapter.definition.title, reference.title);
    Ok(ReferencePage {
        layout: Layout::new(site, &measured.page(), &title, &reference.machine, Vec::new()),
        chapter: chapter.definition.title.clone(),
        chapter_href: chapter.page(),
        reference,
    })
}

/// The charts of which a reference run measured anything.
pub(crate) fn charts<'b>(measured: &'b Measured<'_>) -> impl Iterator<Item = &'b Chart> {
    let any = |chart: &&Chart| selected(measured, chart).iter().any(|case| case.missing.is_none());
    measured.definition.chart.iter().filter(any)
}

/// Whose run it is, without what it measured.
fn head(measured: &Measured<'_>) -> ReferenceView {
    let (run, header) = (measured.run, &measured.run.header);
    let name = device(measured);
    let day = date(&header.started);
    let day = day.split(' ').next().unwrap_or_default();
    ReferenceView {
        id: measured.stem.clone(),
        title: format!("A reference run: {name}, {day}"),
        machine: run.machine.summary(),
        run: format!("Benchbook {}, {} budget, seed {}", header.benchbook, budget(header.budget), header.seed),
        href: None,
        figures_html: Vec::new(),
        tables_html: Vec::new(),
    }
}

/// What a reference run is known by: the GPU, without one the processor.
fn device(measured: &Measured<'_>) -> String {
    let machine = &measured.run.machine;
    machine.gpus.first().map_or_else(|| machine.cpu.model.clone(), |gpu| gpu.name.clone())
}

/// What a reference run measured: figures, and the recorded tables that the chapter shows.
fn fill(
    view: &mut ReferenceView,
    site: &Site<'_>,
    chapter: &Chapter<'_>,
    measured: &Measured<'_>,
    detail: Detail,
    styled: &mut bool,
) -> Result<(), Error> {
    let of = device(measured);
    for (i, chart) in charts(measured).enumerate() {
        let spot = Spot {
            number: format!("R{}", i + 1),
            prefix: format!("{}-", measured.stem),
            of: Some(of.clone()),
            cases: None,
        };
        let mut figure = figure(measured, chart, &spot, detail);
        figure.share_style(styled);
        view.figures_html.push(site.engine.render("figure.html", &figure)?);
    }
    let blocks = chapter.parsed.iter().flat_map(|parsed| &parsed.blocks);
    for (_, block) in blocks {
        if let Block::Table(block) = block
            && let Some(table) = recorded::find(measured, block)
        {
            view.tables_html.push(recorded::html(site, table, &format!("{of}: {}", block.caption)));
        }
    }
    Ok(())
}
