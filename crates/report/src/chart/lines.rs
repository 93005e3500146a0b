//! Lines: a metric over a numeric axis, a line for each variant with its interval as a band, labelled at its end.
//!
//! With the ends of the caches and the ceiling of the machine drawn in, the chart says not only which variant is faster
//! but what limits it.

use catalog::{Axis, Metric};

use super::canvas::{Anchor, Canvas, Type};
use super::ceilings::{self, Limit};
use super::curves::{self, Curve, Marks, Name};
use super::frame::{self, EDGE, Frame, Layout, Plot};
use super::scale::{Scale, Tick, fitting};
use super::select::{Missing, Panel, Shown};
use super::{ChartRequest, NoChart, marks, text};

const HEADING: f64 = 24.0;
const EDGE_LABELS: f64 = 16.0;
const TICKS: f64 = 24.0;
const PANEL_GAP: f64 = 14.0;
const LEGEND_GAP: f64 = 6.0;

/// What all panels of a chart share.
struct Axes<'a> {
    request: &'a ChartRequest<'a>,
    metric: Metric,
    axis: &'a Axis,
    x: std::ops::Range<f64>,
    x_log: bool,
    y: std::ops::Range<f64>,
    y_log: bool,
}

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    let name = request.chart.x.as_deref().unwrap_or_default();
    let axis = request.definition.axis(name).ok_or_else(|| NoChart {
        reason: format!(
            "The chart {:?} has lines over the axis {name:?}, and there is no such axis.",
            request.chart.id
        ),
    })?;
    let metric = request.metric()?;
    let panels = &shown.panels;
    let canvas = Canvas::new(layout.width(), 0.0);
    let lines: Vec<Vec<Curve<'_>>> = panels.iter().map(|panel| lines(panel, metric, axis)).collect();
    let limits: Vec<Vec<Limit>> = panels.iter().map(|panel| ceilings::limits(request, panel)).collect();
    let axes = axes(request, metric, axis, &lines, &limits)?;

    let names = lines.iter().flatten().map(|line| line.label).chain(limits.iter().flatten().map(|l| l.label.as_str()));
    let beside = curves::room(names, layout);
    let labels = lines.iter().zip(&limits).map(|(lines, limits)| lines.len() + limits.len()).max().unwrap_or(0);
    let height = curves::height(labels).max(if layout == Layout::Wide && panels.len() == 1 { 280.0 } else { 230.0 });
    let y_ticks = axes.y_scale().metric_ticks(metric, (height / 36.0) as usize);
    let left = y_ticks.iter().map(|tick| text::width(&tick.label, text::SMALL)).fold(0.0, f64::max) + 10.0;

    let mut top = 4.0;
    for ((panel, lines), limits) in panels.iter().zip(&lines).zip(&limits) {
        if let Some(label) = panel.label {
            canvas.label(Type::Strong, Anchor::Start, (0.0, top + HEADING / 2.0 - 4.0), layout.width(), label);
            top += HEADING;
        }
        if beside.is_none() {
            top = frame::legend(&canvas, top, &curves::keys(lines))? + LEGEND_GAP;
        }
        top += if request.chart.cache_edges { EDGE_LABELS } else { 0.0 };
        let frame = Frame { left, top, right: layout.width() - beside.unwrap_or(EDGE), bottom: top + height };
        let plot = Plot::new(&canvas, frame, axes.x_scale(), axes.y_scale());
        axes.draw_background(&canvas, &plot, &y_ticks)?;
        for limit in limits {
            plot.line("c", limit.corners(axes.x.start, axes.x.end))?;
        }
        curves::draw(&canvas, &plot, lines, Marks::Every)?;
        if beside.is_some() {
            let names: Vec<Name<'_>> =
                curves::names(lines).chain(limits.iter().filter_map(|l| axes.limit_name(l))).collect();
            curves::draw_names(&canvas, &plot, &names)?;
        }
        top = frame.bottom + TICKS + PANEL_GAP;
    }
    let notes = shown.notes(gaps(panels, metric, axis));
    let notes: Vec<String> = std::iter::once(axes.caption(&limits, layout, beside.is_none())).chain(notes).collect();
    let bottom = frame::notes(&canvas, 0.0, top - PANEL_GAP + 2.0, &notes);
    canvas.set_height(bottom + 4.0);
    Ok(canvas)
}

/// The ranges that hold every line and ceiling, the same for all panels.
fn axes<'a>(
    request: &'a ChartRequest<'a>,
    metric: Metric,
    axis: &'a Axis,
    lines: &[Vec<Curve<'_>>],
    limits: &[Vec<Limit>],
) -> Result<Axes<'a>, NoChart> {
    let points = || lines.iter().flatten().flat_map(|line| &line.points);
    let values = || lines.iter().flatten().flat_map(Curve::values);
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
    let (from, to) = (least(&mut points().map(|p| p.0)), most(&mut points().map(|p| p.0)));
    if from > to {
        return Err(NoChart { reason: format!("No case of this chart has a place on the axis {:?}.", axis.label) });
    }
    // Sizes that span more than a factor of twenty are read by factors.
    let x_log = request.chart.x_log() && numeric(axis) && from > 0.0 && to / from > 20.0;
    let x = if x_log {
        let pad = (to / from).powf(0.02);
        from / pad..to * pad
    } else {
        let pad = ((to - from) * 0.02).max(f64::from(u8::from(from == to)));
        from - pad..to + pad
    };
    let estimates = || values().map(|value| value.estimate);
    let rates = limits.iter().flatten().flat_map(|limit| limit.corners(x.start, x.end)).map(|(_, rate)| rate);
    let largest = most(&mut estimates());
    // One very wide interval must not squeeze all lines.
    let highest = most(&mut values().map(|value| value.high)).min(largest * 1.6).max(largest);
    let highest = rates.fold(highest, f64::max);
    let smallest = least(&mut estimates().filter(|v| *v > 0.0));
    let y_log = request.chart.log && smallest.is_finite();
    let y = if y_log {
        let low = least(&mut values().map(|value| value.low).filter(|v| *v > 0.0)).max(smallest / 3.0).min(smallest);
        low / 1.2..highest * 1.2
    } else {
        0.0..highest * 1.04
    };
    Ok(Axes { request, metric, axis, x, x_log, y, y_log })
}

impl Axes<'_> {
    fn x_scale(&self) -> Scale {
        if self.x_log { Scale::log(self.x.start, self.x.end) } else { Scale::linear(self.x.start, self.x.end) }
    }

    fn y_scale(&self) -> Scale {
        if self.y_log { Scale::log(self.y.start, self.y.end) } else { Scale::linear(self.y.start, self.y.end) }
    }

    fn in_bytes(&self) -> bool {
        self.axis.unit.as_deref() == Some("B")
    }

    fn x_ticks(&self, width: f64) -> Vec<Tick> {
        if !numeric(self.axis) {
            let label = |(i, value): (usize, &catalog::AxisValue)| Tick { at: i as f64, label: value.label.clone() };
            let seen = |tick: &Tick| self.x.contains(&tick.at);
            return self.axis.values.iter().enumerate().map(label).filter(seen).collect();
        }
        let scale = self.x_scale();
        fitting(width, |most| match (self.axis.unit.as_deref(), self.x_log) {
            (Some("B"), true) => scale.size_ticks(most),
            (Some("B"), false) => scale.metric_ticks(Metric::DiskBytes, most),
            (Some("%"), _) => scale.share_ticks(most),
            _ => scale.number_ticks(most),
        })
    }

    /// Grid, ticks and the ends of the caches.
    fn draw_background(&self, canvas: &Canvas, plot: &Plot, y_ticks: &[Tick]) -> Result<(), NoChart> {
        let frame = plot.frame;
        plot.y_ticks(y_ticks)?;
        plot.x_ticks(&self.x_ticks(frame.width()))?;
        for (x, label) in self.edge_labels(plot) {
            marks::stroke(canvas, "e", &[(x, frame.top), (x, frame.bottom)])?;
            canvas.text(Type::Small, Anchor::Middle, (x, frame.top - EDGE_LABELS / 2.0), &label);
        }
        Ok(())
    }

    /// Where the caches end, in px, with the size if there is room for it.
    fn edge_labels(&self, plot: &Plot) -> Vec<(f64, String)> {
        if !self.request.chart.cache_edges || !self.in_bytes() {
            return Vec::new();
        }
        let edges = ceilings::edges(self.request.machine).into_iter().filter(|edge| self.x.contains(&edge.at));
        let full: Vec<(f64, String)> = edges.map(|edge| (plot.at_x(edge.at), edge.label)).collect();
        let half = |label: &str| text::width(label, text::SMALL) / 2.0;
        let fits = full.windows(2).all(|pair| pair[0].0 + half(&pair[0].1) + 6.0 <= pair[1].0 - half(&pair[1].1));
        let inside = full.iter().all(|(x, label)| x - half(label) >= 0.0);
        if fits && inside {
            return full;
        }
        let level = |label: String| label.split(' ').next().unwrap_or_default().to_owned();
        full.into_iter().map(|(x, label)| (x, level(label))).collect()
    }

    /// The name of a ceiling at the right edge.
    fn limit_name<'b>(&self, limit: &'b Limit) -> Option<Name<'b>> {
        let (_, level) = limit.corners(f64::MIN_POSITIVE, self.x.end).last().copied()?;
        let end = (self.x.end, level);
        Some(Name { end, text: &limit.label, kind: Type::Small, leader: "c".to_owned(), series: None })
    }

    /// What the axes and marks are; `named` says that the ceilings have no names beside them.
    fn caption(&self, limits: &[Vec<Limit>], layout: Layout, named: bool) -> String {
        let metric = self.metric;
        let axes = match (self.x_log, self.y_log) {
            (true, true) => ", both axes logarithmic",
            (true, false) => ", horizontal axis logarithmic",
            (false, true) => ", vertical axis logarithmic",
            (false, false) => "",
        };
        // Of sizes and shares the unit stands at every tick.
        let unit = self.axis.unit.as_deref().filter(|unit| !matches!(*unit, "B" | "%"));
        let unit = unit.map_or_else(String::new, |unit| format!(" ({unit})"));
        let better = if metric.lower_is_better() { "lower" } else { "higher" };
        let mut caption = format!(
            "{} over {}{unit}{axes}; {better} is better. Bands: 95\u{a0}% interval.",
            crate::words::capital(metric.label()),
            self.axis.label.to_lowercase(),
        );
        if limits.iter().any(|limits| !limits.is_empty()) {
            let mut names: Vec<&str> = limits.iter().flatten().map(|limit| limit.label.as_str()).collect();
            names.dedup();
            let names = if named { format!(" ({})", names.join("; ")) } else { String::new() };
            caption.push_str(&format!(" Dashed: the most that this machine was seen to do{names}."));
        }
        let edges = ceilings::edges(self.request.machine);
        if self.request.chart.cache_edges && self.in_bytes() && !edges.is_empty() {
            // Where the sizes do not fit beside the lines, they stand here.
            let names: Vec<&str> = edges.iter().map(|edge| edge.label.as_str()).collect();
            let sizes = if layout == Layout::Narrow { format!(" ({})", names.join(", ")) } else { String::new() };
            caption.push_str(&format!(" Dotted: where the caches of one core end{sizes}."));
        }
        caption
    }
}

/// Positions on the axis: the numbers of its values, or their order if they have none.
pub(super) fn position(axis: &Axis, id: &str) -> Option<f64> {
    let place = axis.values.iter().position(|value| value.id == id)?;
    if numeric(axis) { axis.values[place].number } else { Some(place as f64) }
}

fn numeric(axis: &Axis) -> bool {
    axis.values.iter().all(|value| value.number.is_some_and(f64::is_finite))
}

fn lines<'b>(panel: &'b Panel<'_>, metric: Metric, axis: &Axis) -> Vec<Curve<'b>> {
    let mut lines: Vec<Curve<'b>> = Vec::new();
    for entry in &panel.entries {
        let Some(x) = entry.case.point.get(&axis.name).and_then(|id| position(axis, id)) else { continue };
        let point = (x, entry.value(metric).ok());
        match lines.iter_mut().find(|line| line.label == entry.label) {
            Some(line) => line.points.push(point),
            None => lines.push(Curve {
                label: &entry.label,
                series: entry.series,
                strong: entry.baseline,
                points: vec![point],
            }),
        }
    }
    // Where no variant was measured, the run left the place out: that is no gap in any line.
    let seen: Vec<f64> =
        lines.iter().flat_map(|line| &line.points).filter(|(_, value)| value.is_some()).map(|(x, _)| *x).collect();
    for line in &mut lines {
        line.points.retain(|(x, _)| seen.contains(x));
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    lines.retain(|line| line.points.iter().any(|(_, value)| value.is_some()));
    lines
}

/// What the chart misses.
pub(super) fn missing(request: &ChartRequest<'_>, panels: &[Panel<'_>]) -> Vec<Missing> {
    let axis = request.chart.x.as_deref().and_then(|name| request.definition.axis(name));
    let named = request.chart.metric.zip(axis);
    named.map_or_else(Vec::new, |(metric, axis)| gaps(panels, metric, axis))
}

/// What is missing, each variant with the places where it is, and why.
fn gaps(panels: &[Panel<'_>], metric: Metric, axis: &Axis) -> Vec<Missing> {
    let mut gaps: Vec<Missing> = Vec::new();
    for panel in panels {
        let mut found: Vec<(&str, String, Vec<&str>)> = Vec::new();
        for entry in &panel.entries {
            let Err(reason) = entry.value(metric) else { continue };
            let id = entry.case.point.get(&axis.name).unwrap_or_default();
            let at = axis.values.iter().find(|value| value.id == id).map_or(id, |value| value.label.as_str());
            match found.iter_mut().find(|(label, why, _)| *label == entry.label && *why == reason) {
                Some((_, _, places)) => places.push(at),
                None => found.push((&entry.label, reason, vec![at])),
            }
        }
        for (label, reason, places) in found {
            let planned = panel.entries.iter().filter(|entry| entry.label == label).count();
            let at = if places.len() == planned { Vec::new() } else { places.into_iter().map(str::to_owned).collect() };
            gaps.push(Missing { what: label.to_owned(), at, panel: panel.label.map(str::to_owned), reason });
        }
    }
    gaps
}
