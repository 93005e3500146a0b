//! Bars: one row for each variant, the best on top, with interval and value.
//!
//! On a logarithmic axis the bars become dots, since a bar's length means nothing without a zero.

use catalog::Metric;
use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::frame::{self, Frame, Layout, Plot};
use super::palette::Marker;
use super::scale::Scale;
use super::select::{Entry, Panel, missing_notes};
use super::{ChartRequest, NoChart, marks, text};
use crate::format;

const ROW: f64 = 22.0;
const HEADING: f64 = 26.0;
const TICKS: f64 = 22.0;
const GAP: f64 = 14.0;

/// From how many variants on that miss every panel for one reason they become a note instead of rows.
const CROWD: usize = 4;

/// One row of a panel: what was measured, or why not.
type Row<'a, 'b> = (&'b Entry<'a>, Result<Interval, String>);

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, panels: &[Panel<'_>], layout: Layout) -> Result<Canvas, NoChart> {
    let metric = request.chart.metric;
    let canvas = Canvas::new(layout.width(), 0.0);
    let (panels, notes) = without_crowds(panels, metric);
    let values: Vec<Interval> =
        panels.iter().flat_map(|panel| panel.entries.iter().filter_map(|entry| entry.value(metric).ok())).collect();
    let log = request.chart.log && values.iter().any(|value| value.estimate > 0.0);
    let labels = panels.iter().flat_map(|panel| &panel.entries).map(|entry| text::width(&entry.label, text::BODY));
    let label_room = (labels.fold(0.0, f64::max) + 12.0).min(layout.width() * 0.36);
    let value_room =
        values.iter().map(|value| text::width(&format::metric(metric, value.estimate), text::BODY)).fold(0.0, f64::max)
            + 10.0;

    let columns = columns(panels.len(), layout);
    let column = (layout.width() - label_room + GAP) / columns as f64;
    let mut top = 2.0;
    for group in panels.chunks(columns) {
        let order = (columns > 1).then(|| common_order(group, metric));
        let mut bottom = top;
        for (i, panel) in group.iter().enumerate() {
            let rows = rows(panel, metric, order.as_deref());
            let heading = if panel.label.is_some() { HEADING } else { 0.0 };
            let left = label_room + column * i as f64;
            let frame = Frame {
                left,
                top: top + heading,
                right: left + column - GAP - value_room,
                bottom: top + heading + ROW * rows.len() as f64,
            };
            if let Some(label) = panel.label {
                let (x, room) = if columns == 1 { (0.0, layout.width()) } else { (left, column - GAP) };
                canvas.label(Type::Strong, Anchor::Start, (x, top + HEADING / 2.0), room, label);
            }
            let plot = Plot::new(&canvas, frame, value_scale(&values, log), Scale::linear(0.0, rows.len() as f64));
            draw_panel(&canvas, &plot, &rows, metric, i == 0, value_room)?;
            bottom = bottom.max(frame.bottom + TICKS);
        }
        top = bottom + GAP / 2.0;
    }
    let caption = caption(request, &panels, log);
    let bottom = frame::notes(&canvas, 0.0, top - 2.0, &[caption].into_iter().chain(notes).collect::<Vec<_>>());
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
fn without_crowds<'a>(panels: &[Panel<'a>], metric: Metric) -> (Vec<Panel<'a>>, Vec<String>) {
    let mut absent: Vec<(String, String)> = Vec::new();
    for entry in panels.iter().flat_map(|panel| &panel.entries) {
        let everywhere = panels.iter().flat_map(|panel| &panel.entries).filter(|other| other.label == entry.label);
        let mut reasons = everywhere.map(|other| other.value(metric).err());
        let reason = entry.value(metric).err();
        if let Some(text) = reason.clone()
            && reasons.all(|other| other == reason)
            && !absent.iter().any(|(label, _)| *label == entry.label)
        {
            absent.push((entry.label.clone(), text));
        }
    }
    let crowd = |reason: &String| absent.iter().filter(|(_, other)| other == reason).count() >= CROWD;
    let crowds: Vec<(String, String)> = absent.iter().filter(|(_, reason)| crowd(reason)).cloned().collect();
    let kept = |entry: &&Entry<'a>| !crowds.iter().any(|(label, _)| *label == entry.label);
    let thin = |panel: &Panel<'a>| Panel {
        label: panel.label,
        value: panel.value,
        entries: panel.entries.iter().filter(kept).cloned().collect(),
    };
    (panels.iter().map(thin).filter(|panel| !panel.entries.is_empty()).collect(), missing_notes(&crowds))
}

/// The value axis that all panels share.
fn value_scale(values: &[Interval], log: bool) -> Scale {
    let largest = values.iter().map(|value| value.estimate).fold(0.0, f64::max);
    // One very wide interval must not squeeze all bars: it is cut, and an arrow head says so.
    let high = values.iter().map(|value| value.high).fold(largest, f64::max).min(largest * 1.6);
    if !log {
        return Scale::linear(0.0, high);
    }
    let smallest = values.iter().map(|value| value.estimate).filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
    let low = values.iter().map(|value| value.low).filter(|v| *v > 0.0).fold(smallest, f64::min).max(smallest / 3.0);
    Scale::log(low / 1.25, high * 1.15)
}

/// The rows of a panel: in the common order of its group, else by its own values.
fn rows<'a, 'b>(panel: &'b Panel<'a>, metric: Metric, order: Option<&[String]>) -> Vec<Row<'a, 'b>> {
    let mut rows: Vec<Row<'_, '_>> = panel.entries.iter().map(|entry| (entry, entry.value(metric))).collect();
    match order {
        Some(order) => order
            .iter()
            .filter_map(|label| rows.iter().position(|(entry, _)| entry.label == *label).map(|i| rows.remove(i)))
            .collect(),
        None => {
            rows.sort_by(|a, b| badness(&a.1, metric).total_cmp(&badness(&b.1, metric)));
            rows
        }
    }
}

/// Sorts the best first and what is missing last.
fn badness(value: &Result<Interval, String>, metric: Metric) -> f64 {
    match value {
        Ok(value) if metric.lower_is_better() => value.estimate,
        Ok(value) => -value.estimate,
        Err(_) => f64::INFINITY,
    }
}

/// One order of rows for panels side by side: by the geometric mean over the panels.
fn common_order(panels: &[Panel<'_>], metric: Metric) -> Vec<String> {
    let mut means: Vec<(String, f64, usize)> = Vec::new();
    for panel in panels {
        let measured = panel.entries.iter().filter_map(|entry| entry.value(metric).ok()).map(|value| value.estimate);
        let reference = measured.filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
        for entry in &panel.entries {
            let i = means.iter().position(|(label, ..)| *label == entry.label).unwrap_or_else(|| {
                means.push((entry.label.clone(), 0.0, 0));
                means.len() - 1
            });
            if let Ok(value) = entry.value(metric) {
                // A zero has no logarithm: it counts as far below everything else.
                let ratio = (value.estimate / reference).max(1e-12);
                means[i].1 += ratio.ln();
                means[i].2 += 1;
            }
        }
    }
    let sign = if metric.lower_is_better() { 1.0 } else { -1.0 };
    let key = |(_, sum, n): &(String, f64, usize)| if *n == 0 { f64::INFINITY } else { sign * sum / *n as f64 };
    means.sort_by(|a, b| key(a).total_cmp(&key(b)));
    means.into_iter().map(|(label, ..)| label).collect()
}

fn draw_panel(
    canvas: &Canvas,
    plot: &Plot,
    rows: &[Row<'_, '_>],
    metric: Metric,
    labelled: bool,
    value_room: f64,
) -> Result<(), NoChart> {
    let frame = plot.frame;
    let log = plot.x().is_log();
    let tick_room = if log { 52.0 } else { 60.0 };
    plot.x_ticks(&plot.x().metric_ticks(metric, (frame.width() / tick_room).floor().max(2.0) as usize))?;
    // Rows count from the top, the axis from the bottom.
    let middle = |row: usize| rows.len() as f64 - row as f64 - 0.5;
    let measured = || rows.iter().enumerate().filter_map(|(i, (entry, v))| v.as_ref().ok().map(|v| (i, *entry, v)));
    if log {
        for row in 0..rows.len() {
            let y = plot.at_y(middle(row));
            marks::stroke(canvas, "e", &[(frame.left, y), (frame.right, y)])?;
        }
    }
    for (i, entry, value) in measured() {
        let y = middle(i);
        if log {
            marks::point(canvas, &entry.series.class("m"), entry.series.marker, plot.at(value.estimate, y))?;
        } else {
            plot.rectangle(&entry.series.class("b"), [(0.0, y + 0.34), (value.estimate, y - 0.34)])?;
        }
    }
    for (i, _, value) in measured() {
        plot.x_whisker("w", (value.low, value.high), middle(i))?;
    }
    if !log {
        marks::stroke(canvas, "x", &[(frame.left, frame.top), (frame.left, frame.bottom)])?;
    }
    for (_, _, value) in measured().filter(|(_, entry, _)| entry.baseline) {
        let x = plot.at_x(value.estimate);
        marks::stroke(canvas, "e", &[(x, frame.top), (x, frame.bottom)])?;
    }
    for (i, (entry, value)) in rows.iter().enumerate() {
        let y = plot.at_y(middle(i));
        let kind = if entry.baseline { Type::Strong } else { Type::Body };
        if labelled {
            canvas.label(kind, Anchor::End, (frame.left - 8.0, y), frame.left - 8.0, &entry.label);
        }
        match value {
            Ok(value) => {
                let end = plot.at_x(value.high.max(value.estimate)) + if log { 7.0 } else { 6.0 };
                canvas.text(kind, Anchor::Start, (end, y), &format::metric(metric, value.estimate));
            }
            Err(reason) => {
                marks::point(canvas, "h mi", Marker::Circle, (frame.left + 6.0, y))?;
                let room = frame.width() + value_room - 16.0;
                canvas.label(Type::Small, Anchor::Start, (frame.left + 16.0, y), room, reason);
            }
        }
    }
    Ok(())
}

fn caption(request: &ChartRequest<'_>, panels: &[Panel<'_>], log: bool) -> String {
    let metric = request.chart.metric;
    let better = match (log, metric.lower_is_better()) {
        (false, true) => "shorter is better",
        (false, false) => "longer is better",
        (true, true) => "further left is better",
        (true, false) => "further right is better",
    };
    let scale = if log { ", logarithmic axis" } else { "" };
    let entries = || panels.iter().flat_map(|panel| &panel.entries);
    let baseline = entries().find(|entry| entry.baseline).map(|entry| format!(" Dotted: baseline {}.", entry.label));
    let interval = " Whiskers: 95 % interval.";
    format!("{}{scale}; {better}.{interval}{}", super::describe::capital(metric.label()), baseline.unwrap_or_default())
}
