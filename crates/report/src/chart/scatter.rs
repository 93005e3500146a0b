//! Scatter: a point for each variant on two metrics, named beside it, with intervals both ways and the Pareto front:
//! the variants that no other beats on both.

use catalog::Metric;
use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::frame::{self, Frame, Layout, Plot};
use super::scale::{Scale, fitting};
use super::select::{self, Entry, Panel, Shown};
use super::{ChartRequest, NoChart, labels, marks, text};
use crate::words::capital;

const HEADING: f64 = 24.0;
const TITLE: f64 = 18.0;
const TICKS: f64 = 22.0;

/// A point: its horizontal and its vertical value.
type Place = (Interval, Interval);

/// The metrics of a chart: horizontal and vertical. Without a horizontal one it is the size on disk.
pub(super) fn metrics(request: &ChartRequest<'_>) -> Result<(Metric, Metric), NoChart> {
    Ok((request.chart.x_metric.unwrap_or(Metric::DiskBytes), request.metric()?))
}

/// Both values of a case, or why one is missing.
pub(super) fn place(request: &ChartRequest<'_>, entry: &Entry<'_>) -> Result<Place, String> {
    let (x, y) = metrics(request).map_err(|none| none.reason)?;
    Ok((entry.value(x)?, entry.value(y)?))
}

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    let metrics = metrics(request)?;
    let places: Vec<Place> = shown.entries().filter_map(|entry| place(request, entry).ok()).collect();
    let xs: Vec<Interval> = places.iter().map(|place| place.0).collect();
    let ys: Vec<Interval> = places.iter().map(|place| place.1).collect();
    // A share is read evenly: between half and all, factors say nothing.
    let log = |metric: Metric| request.chart.log && metric.unit() != "%";
    let (x_range, y_range) = (range(&xs, log(metrics.0)), range(&ys, log(metrics.1)));

    let canvas = Canvas::new(layout.width(), 0.0);
    let height = if layout == Layout::Wide { 380.0 } else { 340.0 };
    let y_ticks = y_range.scale().metric_ticks(metrics.1, (height / 40.0) as usize);
    let left = y_ticks.iter().map(|tick| text::width(&tick.label, text::SMALL)).fold(0.0, f64::max) + 10.0;
    let mut top = 2.0;
    let mut stepped = false;
    for panel in &shown.panels {
        if let Some(label) = panel.label {
            canvas.label(Type::Strong, Anchor::Start, (0.0, top + HEADING / 2.0), layout.width(), label);
            top += HEADING;
        }
        let frame = Frame { left, top: top + TITLE, right: layout.width() - 6.0, bottom: top + TITLE + height };
        let plot = Plot::new(&canvas, frame, x_range.scale(), y_range.scale());
        plot.y_ticks(&y_ticks)?;
        plot.x_ticks(&fitting(frame.width(), |most| plot.x().metric_ticks(metrics.0, most)))?;
        // Names of an experiment's own metrics may be longer than a phone is wide.
        let width = layout.width();
        canvas.label(Type::Small, Anchor::Start, (0.0, top + TITLE / 2.0 - 2.0), width, &capital(metrics.1.label()));
        let below = (frame.right, frame.bottom + TICKS + 6.0);
        canvas.label(Type::Small, Anchor::End, below, frame.right, &capital(metrics.0.label()));
        stepped |= draw_points(request, &canvas, &plot, panel)?;
        top = frame.bottom + TICKS + TITLE;
    }
    let notes = shown.notes(select::missing(&shown.panels, |entry| place(request, entry)));
    let notes = std::iter::once(caption(metrics, (x_range.log, y_range.log), stepped)).chain(notes);
    let bottom = frame::notes(&canvas, 0.0, top, &notes.collect::<Vec<_>>());
    canvas.set_height(bottom + 4.0);
    Ok(canvas)
}

struct Range {
    low: f64,
    high: f64,
    log: bool,
}

impl Range {
    fn scale(&self) -> Scale {
        if self.log { Scale::log(self.low, self.high) } else { Scale::linear(self.low, self.high) }
    }
}

/// The range of an axis; intervals that would squeeze the points are cut.
fn range(values: &[Interval], log: bool) -> Range {
    let estimates = || values.iter().map(|value| value.estimate);
    let (smallest, largest) = (estimates().fold(f64::INFINITY, f64::min), estimates().fold(0.0, f64::max));
    let high = values.iter().map(|value| value.high).fold(largest, f64::max).min(largest * 1.6);
    if log && smallest > 0.0 {
        let low = values.iter().map(|value| value.low).fold(smallest, f64::min).max(smallest / 2.0);
        let pad = (high / low).powf(0.06).max(1.1);
        return Range { low: low / pad, high: high * pad, log: true };
    }
    Range { low: 0.0, high: high * 1.06, log: false }
}

/// Draws the points of a panel with their names; says whether there is a line along the front.
fn draw_points(request: &ChartRequest<'_>, canvas: &Canvas, plot: &Plot, panel: &Panel<'_>) -> Result<bool, NoChart> {
    let metrics = metrics(request)?;
    let found = |entry| place(request, entry).ok().map(|place| (entry, place));
    let points: Vec<(&Entry<'_>, Place)> = panel.entries.iter().filter_map(found).collect();
    let estimates: Vec<(f64, f64)> = points.iter().map(|(_, (x, y))| (x.estimate, y.estimate)).collect();
    let front = front(&estimates, (metrics.0.lower_is_better(), metrics.1.lower_is_better()));
    plot.line("f", staircase(&front))?;
    for (entry, (x, y)) in &points {
        let class = entry.series.class("j");
        plot.x_whisker(&class, (x.low, x.high), y.estimate)?;
        plot.y_whisker(&class, (y.low, y.high), x.estimate)?;
    }
    let places: Vec<(f64, f64)> = estimates.iter().map(|(x, y)| plot.at(*x, *y)).collect();

    let kind = |entry: &Entry<'_>| if entry.baseline { Type::Strong } else { Type::Body };
    let room = plot.frame.width() * 0.45;
    let name = |entry: &Entry<'_>| text::fit(&entry.label, text::STRONG, room);
    let sizes: Vec<(f64, f64)> =
        points.iter().map(|(entry, _)| (text::width(&name(entry), text::STRONG) + 2.0, 16.0)).collect();
    let bounds = labels::Box {
        left: plot.frame.left + 2.0,
        top: plot.frame.top,
        right: canvas.size().0,
        bottom: plot.frame.bottom - 1.0,
    };
    let stairs: Vec<(f64, f64)> = staircase(&front).into_iter().map(|(x, y)| plot.at(x, y)).collect();
    let lines: Vec<labels::Box> = stairs.windows(2).map(|pair| labels::Box::along(pair[0], pair[1])).collect();
    let surroundings = labels::Surroundings { points: &places, radius: marks::RADIUS, lines: &lines, bounds };
    let boxes = labels::around(&sizes, &surroundings);
    for (at, found) in places.iter().zip(&boxes) {
        if let Some(end) = found.leader(*at, marks::RADIUS + 6.0) {
            marks::stroke(canvas, "y", &[*at, end])?;
        }
    }
    for ((entry, _), at) in points.iter().zip(&places) {
        marks::point(canvas, &entry.series.class("m"), entry.series.marker, *at)?;
    }
    for ((entry, _), found) in points.iter().zip(&boxes) {
        canvas.label(kind(entry), Anchor::Middle, found.middle(), room, &entry.label);
    }
    Ok(front.len() > 1)
}

/// The points that no other beats on both metrics, from left to right.
pub(super) fn front(points: &[(f64, f64)], (x_low, y_low): (bool, bool)) -> Vec<(f64, f64)> {
    let better = |a: f64, b: f64, low: bool| if low { a < b } else { a > b };
    let beats = |a: &(f64, f64), b: &(f64, f64)| {
        !better(b.0, a.0, x_low) && !better(b.1, a.1, y_low) && (better(a.0, b.0, x_low) || better(a.1, b.1, y_low))
    };
    let mut front: Vec<(f64, f64)> =
        points.iter().filter(|point| !points.iter().any(|other| beats(other, point))).copied().collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    front.dedup();
    if !x_low {
        front.reverse();
    }
    front
}

/// The edge of what the front attains: from one point along the horizontal to the next, then along the vertical.
fn staircase(front: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let corner = |pair: &[(f64, f64)]| [pair[0], (pair[1].0, pair[0].1)];
    front.windows(2).flat_map(corner).chain(front.last().copied()).collect()
}

fn caption((x, y): (Metric, Metric), log: (bool, bool), stepped: bool) -> String {
    let side = match (x.lower_is_better(), y.lower_is_better()) {
        (true, true) => "lower left",
        (true, false) => "upper left",
        (false, true) => "lower right",
        (false, false) => "upper right",
    };
    let axes = match log {
        (true, true) => ", logarithmic axes",
        (true, false) => ", horizontal axis logarithmic",
        (false, true) => ", vertical axis logarithmic",
        (false, false) => "",
    };
    let line = if stepped { " Stepped line: nothing beats these on both." } else { "" };
    format!(
        "{} against {}{axes}; the {side} is best. Whiskers: 95\u{a0}% interval.{line}",
        capital(y.label()),
        x.label()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_holds_what_nothing_beats() {
        let points = [(1.0, 9.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0), (5.0, 1.0)];
        assert_eq!(front(&points, (true, true)), [(1.0, 9.0), (2.0, 4.0), (5.0, 1.0)]);
        assert_eq!(front(&points, (false, false)), [(5.0, 1.0), (4.0, 4.0), (3.0, 5.0), (1.0, 9.0)]);
        assert_eq!(staircase(&[(1.0, 9.0), (2.0, 4.0)]), [(1.0, 9.0), (2.0, 9.0), (2.0, 4.0)]);
        assert!(staircase(&front(&[], (true, true))).is_empty());
    }
}
