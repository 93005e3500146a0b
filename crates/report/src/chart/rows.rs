//! Rows: the layout that bars and speedups share. One row for each variant, panels side by side where there is room.
//!
//! Panels side by side share their row labels and therefore one order; panels under each other are each in their own
//! order, the best on top.

use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::frame::{self, Frame, Key, Layout, Plot};
use super::palette::Marker;
use super::scale::{Scale, Tick};
use super::select::{self, Entry, Missing, Panel, Shown};
use super::{NoChart, marks, text};

const ROW: f64 = 22.0;
const HEADING: f64 = 26.0;
const TICKS: f64 = 22.0;
const GAP: f64 = 14.0;
/// Least width of a plotting area beside others.
const PLOT: f64 = 70.0;

/// From how many variants on that were measured in no panel they become notes instead of rows.
const CROWD: usize = 4;

/// Up to how many panels repeat such a row.
const FEW: usize = 3;

/// What a kind of chart does with rows.
pub(super) trait Rows {
    /// What a row shows, or why there is nothing.
    fn value(&self, entry: &Entry<'_>) -> Result<Interval, String>;
    /// Sorts the best first.
    fn badness(&self, value: &Interval) -> f64;
    /// The figure at the row's end.
    fn figure(&self, value: &Interval) -> String;
    /// Where the figure stands, in px, and which of its ends; `room` is what figures have right of the plot.
    fn figure_at(&self, plot: &Plot, value: &Interval, room: f64) -> (f64, Anchor);
    /// Marks that need an explanation.
    fn legend(&self) -> Vec<Key>;
    /// Whether the explanation stands above the rows, because they cannot be read without it.
    fn legend_first(&self) -> bool {
        false
    }
    /// The axis that all panels share.
    fn scale(&self) -> Scale;
    /// Ticks of the axis for a width in px.
    fn ticks(&self, width: f64) -> Vec<Tick>;
    /// What a panel shows behind and in its rows; [`middle`] says where a row lies.
    fn draw(&self, canvas: &Canvas, plot: &Plot, rows: &[Row<'_, '_>]) -> Result<(), NoChart>;
}

/// A row of a panel.
pub(super) struct Row<'a, 'b> {
    /// The case.
    pub(super) entry: &'b Entry<'a>,
    /// What it shows, or why there is nothing.
    pub(super) value: Result<Interval, String>,
}

/// The height of a row on the vertical axis: rows count from the top, the axis from the bottom.
pub(super) fn middle(rows: usize, row: usize) -> f64 {
    rows as f64 - row as f64 - 0.5
}

/// Draws all panels and the notes under them.
pub(super) fn draw(kind: &impl Rows, shown: &Shown<'_>, caption: String, layout: Layout) -> Result<Canvas, NoChart> {
    let canvas = Canvas::new(layout.width(), 0.0);
    let (panels, mut missing) = without_crowds(kind, &shown.panels);
    let entries = || panels.iter().flat_map(|panel| &panel.entries);
    let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max);
    let labels = widest(&mut entries().map(|entry| text::width(&entry.label, text::STRONG)));
    let labels = (labels + 12.0).min(layout.width() * 0.42);
    let figure =
        |entry: &Entry<'_>| kind.value(entry).ok().map(|value| text::width(&kind.figure(&value), text::STRONG));
    let figures = widest(&mut entries().filter_map(figure)) + 10.0;

    let columns = columns(panels.len(), labels, figures, layout);
    let column = (layout.width() - labels + GAP) / columns as f64;
    let order = (columns > 1).then(|| common_order(kind, &panels));
    let mut top = 2.0;
    let legend = kind.legend();
    if kind.legend_first() {
        top = frame::legend(&canvas, top, &legend)? + GAP / 2.0;
    }
    for group in panels.chunks(columns) {
        let room = if columns == 1 { layout.width() } else { column - GAP };
        let headings: Vec<Vec<String>> = group.iter().map(|panel| heading(panel, room)).collect();
        let lines = headings.iter().map(Vec::len).max().unwrap_or(0);
        let heading = if lines == 0 { 0.0 } else { HEADING + text::LEADING * (lines - 1) as f64 };
        let mut bottom = top;
        for (i, panel) in group.iter().enumerate() {
            let rows = rows(kind, panel, order.as_deref());
            let left = labels + column * i as f64;
            let (upper, lower) = (top + heading, top + heading + ROW * rows.len() as f64);
            let frame = Frame { left, top: upper, right: left + column - GAP - figures, bottom: lower };
            let x = if columns == 1 { 0.0 } else { left };
            for (line, words) in headings[i].iter().rev().enumerate() {
                let y = frame.top - HEADING / 2.0 - text::LEADING * line as f64;
                canvas.label(Type::Strong, Anchor::Start, (x, y), room, words);
            }
            let plot = Plot::new(&canvas, frame, kind.scale(), Scale::linear(0.0, rows.len() as f64));
            plot.x_ticks(&kind.ticks(frame.width()))?;
            kind.draw(&canvas, &plot, &rows)?;
            let cut = draw_texts(kind, &canvas, &plot, &rows, i == 0, figures)?;
            let missed =
                |(what, reason)| Missing { what, at: Vec::new(), panel: panel.label.map(str::to_owned), reason };
            missing.extend(cut.into_iter().map(missed));
            bottom = bottom.max(frame.bottom + TICKS);
        }
        top = bottom + GAP / 2.0;
    }
    let notes: Vec<String> = std::iter::once(caption).chain(shown.notes(missing)).collect();
    let top = if kind.legend_first() { top } else { frame::legend(&canvas, top - 2.0, &legend)? };
    let bottom = frame::notes(&canvas, 0.0, top, &notes);
    canvas.set_height(bottom + 4.0);
    Ok(canvas)
}

/// A panel's label in at most two lines.
fn heading(panel: &Panel<'_>, room: f64) -> Vec<String> {
    let mut lines = panel.label.map_or_else(Vec::new, |label| text::wrap(label, text::STRONG, room));
    if lines.len() > 2 {
        let rest = lines.split_off(1).join(" ");
        lines.push(rest);
    }
    lines
}

/// How many panels stand side by side, each with room to draw beside its figures.
fn columns(panels: usize, labels: f64, figures: f64, layout: Layout) -> usize {
    let tidy: &[usize] = match (layout, panels) {
        (Layout::Narrow, _) | (_, 1) => &[],
        (Layout::Wide, 2) => &[2],
        (Layout::Wide, 3) => &[3],
        (Layout::Wide, 5 | 6 | 9) => &[3, 2],
        (Layout::Wide, 4) => &[4, 2],
        (Layout::Wide, _) => &[4, 3, 2],
    };
    let plot = |columns: usize| (layout.width() - labels + GAP) / columns as f64 - GAP - figures;
    tidy.iter().copied().find(|columns| plot(*columns) >= PLOT).unwrap_or(1)
}

/// Takes out variants that were measured in no panel, if they or the panels are many: they become notes.
fn without_crowds<'a>(kind: &impl Rows, panels: &[Panel<'a>]) -> (Vec<Panel<'a>>, Vec<Missing>) {
    let entries = || panels.iter().flat_map(|panel| &panel.entries);
    let mut absent: Vec<&str> = Vec::new();
    for entry in entries() {
        let measured = entries().any(|other| other.label == entry.label && kind.value(other).is_ok());
        if !measured && !absent.contains(&entry.label.as_str()) {
            absent.push(&entry.label);
        }
    }
    if absent.len() < if panels.len() > FEW { 1 } else { CROWD } {
        return (panels.to_vec(), Vec::new());
    }
    let missing = select::missing(panels, |entry| kind.value(entry));
    let missing = missing.into_iter().filter(|one| absent.contains(&one.what.as_str())).collect();
    let thin = |panel: &Panel<'a>| {
        let kept = panel.entries.iter().filter(|entry| !absent.contains(&entry.label.as_str()));
        Panel { entries: kept.cloned().collect(), ..*panel }
    };
    (panels.iter().map(thin).filter(|panel| !panel.entries.is_empty()).collect(), missing)
}

/// The rows of a panel: in the common order of its group, else by its own values; what is missing comes last.
fn rows<'a, 'b>(kind: &impl Rows, panel: &'b Panel<'a>, order: Option<&[String]>) -> Vec<Row<'a, 'b>> {
    let row = |entry: &'b Entry<'a>| Row { entry, value: kind.value(entry) };
    if let Some(order) = order {
        let find = |label: &String| panel.entries.iter().find(|entry| entry.label == *label).map(row);
        return order.iter().filter_map(find).collect();
    }
    let mut rows: Vec<Row<'a, 'b>> = panel.entries.iter().map(row).collect();
    let badness = |row: &Row<'_, '_>| row.value.as_ref().map_or(f64::INFINITY, |value| kind.badness(value));
    rows.sort_by(|a, b| badness(a).total_cmp(&badness(b)));
    rows
}

/// One order of rows for panels side by side: by the mean rank over the panels, where missing is as bad as the worst.
fn common_order(kind: &impl Rows, panels: &[Panel<'_>]) -> Vec<String> {
    let mut labels: Vec<(String, f64)> = Vec::new();
    for panel in panels {
        for entry in &panel.entries {
            if !labels.iter().any(|(label, _)| *label == entry.label) {
                labels.push((entry.label.clone(), 0.0));
            }
        }
    }
    for panel in panels {
        let value = |label: &str| {
            let entry = panel.entries.iter().find(|entry| entry.label == label)?;
            kind.value(entry).ok().map(|value| kind.badness(&value))
        };
        let measured: Vec<f64> = labels.iter().filter_map(|(label, _)| value(label)).collect();
        for (label, rank) in &mut labels {
            let better = |mine: f64| measured.iter().filter(|other| **other < mine).count();
            *rank += value(label).map_or(measured.len(), better) as f64;
        }
    }
    labels.sort_by(|a, b| a.1.total_cmp(&b.1));
    labels.into_iter().map(|(label, _)| label).collect()
}

/// Labels, figures and reasons of the rows, each kind after the other, so that they share a group. Gives the variants
/// whose reason had to be cut.
fn draw_texts(
    kind: &impl Rows,
    canvas: &Canvas,
    plot: &Plot,
    rows: &[Row<'_, '_>],
    labelled: bool,
    figures: f64,
) -> Result<Vec<(String, String)>, NoChart> {
    let frame = plot.frame;
    let style = |row: &Row<'_, '_>| if row.entry.baseline { Type::Strong } else { Type::Body };
    let places = || rows.iter().enumerate().map(|(i, row)| (plot.at_y(middle(rows.len(), i)), row));
    for (y, row) in places().filter(|_| labelled) {
        canvas.label(style(row), Anchor::End, (frame.left - 8.0, y), frame.left - 8.0, &row.entry.label);
    }
    for (y, row) in places() {
        if let Ok(value) = &row.value {
            let (x, anchor) = kind.figure_at(plot, value, figures);
            canvas.text(style(row), anchor, (x, y), &kind.figure(value));
        }
    }
    let reasons = || places().filter_map(|(y, row)| Some((y, row, row.value.as_ref().err()?)));
    for (y, ..) in reasons() {
        marks::point(canvas, "h mi", Marker::Diamond, (frame.left + 6.0, y))?;
    }
    let room = frame.width() + figures - 16.0;
    let mut cut = Vec::new();
    for (y, row, reason) in reasons() {
        let short = text::fit(reason, text::SMALL, room);
        canvas.text(Type::Small, Anchor::Start, (frame.left + 16.0, y), &short);
        if short != *reason {
            cut.push((row.entry.label.clone(), reason.clone()));
        }
    }
    Ok(cut)
}
