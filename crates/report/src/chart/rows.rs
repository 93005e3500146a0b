//! Rows: the layout that bars and speedups share. One row for each variant, panels side by side where there is room.
//!
//! Panels side by side share their row labels and therefore one order; panels under each other are each in their own
//! order, the best on top.

use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::frame::{self, Frame, Layout, Plot};
use super::palette::Marker;
use super::scale::{Scale, Tick};
use super::select::{Entry, Missing, Panel, missing_notes};
use super::{NoChart, marks, text};

const ROW: f64 = 22.0;
const HEADING: f64 = 26.0;
const TICKS: f64 = 22.0;
const GAP: f64 = 14.0;

/// From how many variants on that miss every panel for one reason they become a note instead of rows.
const CROWD: usize = 4;

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
    /// Marks that need an explanation: classes, shape, words.
    fn legend(&self) -> Vec<(&'static str, Marker, String)>;
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
pub(super) fn draw(kind: &impl Rows, panels: &[Panel<'_>], caption: String, layout: Layout) -> Result<Canvas, NoChart> {
    let canvas = Canvas::new(layout.width(), 0.0);
    let (panels, mut missing) = without_crowds(kind, panels);
    let entries = || panels.iter().flat_map(|panel| &panel.entries);
    let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max);
    let labels = widest(&mut entries().map(|entry| text::width(&entry.label, text::STRONG)));
    let labels = (labels + 12.0).min(layout.width() * 0.42);
    let figure =
        |entry: &Entry<'_>| kind.value(entry).ok().map(|value| text::width(&kind.figure(&value), text::STRONG));
    let figures = widest(&mut entries().filter_map(figure)) + 10.0;

    let columns = columns(panels.len(), layout);
    let column = (layout.width() - labels + GAP) / columns as f64;
    let mut top = 2.0;
    for group in panels.chunks(columns) {
        let order = (columns > 1).then(|| common_order(kind, group));
        let heading = if group.iter().any(|panel| panel.label.is_some()) { HEADING } else { 0.0 };
        let mut bottom = top;
        for (i, panel) in group.iter().enumerate() {
            let rows = rows(kind, panel, order.as_deref());
            let left = labels + column * i as f64;
            let (upper, lower) = (top + heading, top + heading + ROW * rows.len() as f64);
            let frame = Frame { left, top: upper, right: left + column - GAP - figures, bottom: lower };
            if let Some(label) = panel.label {
                let (x, room) = if columns == 1 { (0.0, layout.width()) } else { (left, column - GAP) };
                canvas.label(Type::Strong, Anchor::Start, (x, top + HEADING / 2.0), room, label);
            }
            let plot = Plot::new(&canvas, frame, kind.scale(), Scale::linear(0.0, rows.len() as f64));
            plot.x_ticks(&kind.ticks(frame.width()))?;
            kind.draw(&canvas, &plot, &rows)?;
            let cut = draw_texts(kind, &canvas, &plot, &rows, i == 0, figures)?;
            let missed = |(what, reason)| Missing { what, panel: panel.label.map(str::to_owned), reason };
            missing.extend(cut.into_iter().map(missed));
            bottom = bottom.max(frame.bottom + TICKS);
        }
        top = bottom + GAP / 2.0;
    }
    let notes: Vec<String> = std::iter::once(caption).chain(missing_notes(&missing, panels.len())).collect();
    let top = frame::legend(&canvas, top - 2.0, &kind.legend())?;
    let bottom = frame::notes(&canvas, 0.0, top, &notes);
    canvas.set_height(bottom + 4.0);
    Ok(canvas)
}

/// How many panels stand side by side.
fn columns(panels: usize, layout: Layout) -> usize {
    match (layout, panels) {
        (Layout::Narrow, _) => 1,
        (Layout::Wide, n @ 1..=4) => n,
        (Layout::Wide, 5 | 6 | 9) => 3,
        (Layout::Wide, _) => 4,
    }
}

/// Takes out variants that miss every panel for one and the same reason, if they are many: they become a note.
fn without_crowds<'a>(kind: &impl Rows, panels: &[Panel<'a>]) -> (Vec<Panel<'a>>, Vec<Missing>) {
    let entries = || panels.iter().flat_map(|panel| &panel.entries);
    let mut absent: Vec<Missing> = Vec::new();
    for entry in entries() {
        let Err(reason) = kind.value(entry) else { continue };
        let mut others = entries().filter(|other| other.label == entry.label).map(|other| kind.value(other).err());
        let everywhere = others.all(|other| other.as_ref() == Some(&reason));
        if everywhere && !absent.iter().any(|missing| missing.what == entry.label) {
            absent.push(Missing { what: entry.label.clone(), panel: None, reason });
        }
    }
    let crowd = |one: &&Missing| absent.iter().filter(|other| other.reason == one.reason).count() >= CROWD;
    let crowds: Vec<Missing> = absent.iter().filter(crowd).cloned().collect();
    let kept = |entry: &&Entry<'a>| !crowds.iter().any(|missing| missing.what == entry.label);
    let thin = |panel: &Panel<'a>| Panel { entries: panel.entries.iter().filter(kept).cloned().collect(), ..*panel };
    (panels.iter().map(thin).filter(|panel| !panel.entries.is_empty()).collect(), crowds)
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

/// Labels, figures and reasons of the rows. Gives the variants whose reason had to be cut.
fn draw_texts(
    kind: &impl Rows,
    canvas: &Canvas,
    plot: &Plot,
    rows: &[Row<'_, '_>],
    labelled: bool,
    figures: f64,
) -> Result<Vec<(String, String)>, NoChart> {
    let frame = plot.frame;
    let mut cut = Vec::new();
    for (i, Row { entry, value }) in rows.iter().enumerate() {
        let y = plot.at_y(middle(rows.len(), i));
        let style = if entry.baseline { Type::Strong } else { Type::Body };
        if labelled {
            canvas.label(style, Anchor::End, (frame.left - 8.0, y), frame.left - 8.0, &entry.label);
        }
        match value {
            Ok(value) => {
                let (x, anchor) = kind.figure_at(plot, value, figures);
                canvas.text(style, anchor, (x, y), &kind.figure(value));
            }
            Err(reason) => {
                marks::point(canvas, "h mi", Marker::Diamond, (frame.left + 6.0, y))?;
                let room = frame.width() + figures - 16.0;
                canvas.label(Type::Small, Anchor::Start, (frame.left + 16.0, y), room, reason);
                if text::width(reason, text::SMALL) > room {
                    cut.push((entry.label.clone(), reason.clone()));
                }
            }
        }
    }
    Ok(cut)
}
