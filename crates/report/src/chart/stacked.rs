//! Stacked bars: one row for each variant, a segment for each of several metrics that add up: where the time goes, what the
//! memory holds.
//!
//! A bar of which a part is missing is not drawn: its length would be wrong. The total has no interval, since intervals of
//! parts that vary together do not add up; each part's own is drawn at its segment's end.

use analysis::CaseAnalysis;
use catalog::Metric;
use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::frame::{Key, Layout, Plot};
use super::palette::{self, Marker};
use super::rows::{self, Row, Rows, middle};
use super::scale::{Scale, Tick, fitting};
use super::select::{Entry, Shown};
use super::{ChartRequest, NoChart, marks, text};
use crate::format;
use crate::words::capital;

/// The values of a bar's parts, in the order of the chart, or why there is no bar.
pub(super) fn parts(request: &ChartRequest<'_>, entry: &Entry<'_>) -> Result<Vec<Interval>, String> {
    let part = |metric: &Metric| {
        let value = entry.value(*metric)?;
        let below = || format!("{} is below zero, and no part of a whole", metric.label());
        if value.estimate < 0.0 { Err(below()) } else { Ok(value) }
    };
    request.chart.parts.iter().map(part).collect()
}

/// What the parts of a case add up to; `None` if one was not measured.
pub(crate) fn sum(parts: &[Metric], case: &CaseAnalysis) -> Option<f64> {
    parts.iter().map(|part| case.metrics.get(part).map(|value| value.estimate)).sum()
}

/// What parts add up to.
pub(super) fn total(parts: &[Interval]) -> f64 {
    parts.iter().map(|part| part.estimate).sum()
}

/// Which way the whole is better: less, more, or neither if its parts do not agree.
pub(super) fn better(parts: &[Metric]) -> Option<bool> {
    let less = parts.first()?.lower_is_better();
    parts.iter().all(|part| part.lower_is_better() == less).then_some(less)
}

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    let first = *request.chart.parts.first().ok_or_else(|| NoChart {
        reason: format!("The chart {:?} stacks metrics and names none.", request.chart.id),
    })?;
    let found: Vec<Vec<Interval>> = shown.entries().filter_map(|entry| parts(request, entry).ok()).collect();
    let stacked = Stacked { request, first, high: high(&found) };
    let order = match better(&request.chart.parts) {
        Some(true) => ": shorter is better",
        Some(false) => ": longer is better",
        None => "",
    };
    let whiskers = if found.iter().flatten().any(|part| part.low < part.high) {
        " Whiskers: 95\u{a0}% interval of the part that ends there."
    } else {
        ""
    };
    let names: Vec<&str> = request.chart.parts.iter().map(|part| part.label()).collect();
    let caption = format!("{}{order}. The figure is the sum.{whiskers}", capital(&names.join(" + ")));
    rows::draw(&stacked, shown, caption, layout)
}

/// How far a bar and its whiskers reach.
fn reach(parts: &[Interval]) -> f64 {
    let (mut start, mut reach) = (0.0, 0.0_f64);
    for part in parts {
        reach = reach.max(start + part.high);
        start += part.estimate;
    }
    reach.max(start)
}

/// The end of the axis. One very wide interval must not squeeze all bars: it is cut, and an arrow head says so.
fn high(bars: &[Vec<Interval>]) -> f64 {
    let longest = bars.iter().map(|parts| total(parts)).fold(0.0, f64::max);
    bars.iter().map(|parts| reach(parts)).fold(longest, f64::max).min(longest * 1.6)
}

struct Stacked<'a> {
    request: &'a ChartRequest<'a>,
    /// The first part: all have its unit.
    first: Metric,
    /// End of the axis.
    high: f64,
}

impl Rows for Stacked<'_> {
    /// The sum; its high end is how far the whiskers reach.
    fn value(&self, entry: &Entry<'_>) -> Result<Interval, String> {
        let parts = parts(self.request, entry)?;
        let total = total(&parts);
        Ok(Interval { estimate: total, low: total, high: reach(&parts) })
    }

    fn badness(&self, value: &Interval) -> f64 {
        match better(&self.request.chart.parts) {
            Some(true) => value.estimate,
            Some(false) => -value.estimate,
            // All alike: the order of the definition stays.
            None => 0.0,
        }
    }

    fn figure(&self, value: &Interval) -> String {
        format::metric(self.first, value.estimate)
    }

    fn figure_at(&self, plot: &Plot, value: &Interval, _room: f64) -> (f64, Anchor) {
        (plot.at_x(value.high) + 6.0, Anchor::Start)
    }

    fn legend(&self) -> Vec<Key> {
        let key = |(i, part): (usize, &Metric)| Key {
            class: palette::nth(i).class("b"),
            marker: Marker::Square,
            meaning: part.label().to_owned(),
        };
        self.request.chart.parts.iter().enumerate().map(key).collect()
    }

    fn legend_first(&self) -> bool {
        true
    }

    fn scale(&self) -> Scale {
        Scale::linear(0.0, self.high)
    }

    fn ticks(&self, width: f64) -> Vec<Tick> {
        fitting(width, |most| self.scale().metric_ticks(self.first, most))
    }

    fn draw(&self, canvas: &Canvas, plot: &Plot, rows: &[Row<'_, '_>]) -> Result<(), NoChart> {
        let bars: Vec<(f64, Vec<Segment>)> = rows
            .iter()
            .enumerate()
            .filter_map(|(i, row)| {
                let parts = parts(self.request, row.entry).ok()?;
                Some((middle(rows.len(), i), segments(&parts)))
            })
            .collect();
        // Marks of one class after each other share a path.
        for part in 0..self.request.chart.parts.len() {
            let class = palette::nth(part).class("b");
            for (y, segments) in &bars {
                let Some(segment) = segments.get(part) else { continue };
                plot.rectangle(&class, [(segment.start, y + 0.34), (segment.end, y - 0.34)])?;
            }
        }
        for (y, segments) in &bars {
            for Segment { start, value, .. } in segments {
                plot.bar_whisker((start + value.low, start + value.high), *y)?;
            }
        }
        marks::stroke(canvas, "x", &[(plot.frame.left, plot.frame.top), (plot.frame.left, plot.frame.bottom)])?;
        for (y, segments) in &bars {
            for (i, segment) in segments.iter().enumerate() {
                let (from, to) = segment.free(i.checked_sub(1).and_then(|before| segments.get(before)));
                let (from, to) = (plot.at_x(from), plot.at_x(to));
                let figure = format::metric(self.first, segment.value.estimate);
                // A part without room for its figure has it in the table.
                if text::width(&figure, text::BODY) + 8.0 <= to - from {
                    canvas.text(Type::Body, Anchor::Middle, ((from + to) / 2.0, plot.at_y(*y)), &figure);
                }
            }
        }
        Ok(())
    }
}

/// A part of a bar: where it lies on the axis.
struct Segment {
    start: f64,
    end: f64,
    value: Interval,
}

fn segments(parts: &[Interval]) -> Vec<Segment> {
    let mut start = 0.0;
    parts
        .iter()
        .map(|value| {
            let segment = Segment { start, end: start + value.estimate, value: *value };
            start = segment.end;
            segment
        })
        .collect()
}

impl Segment {
    /// What of it lies between the whiskers of the part before it and its own.
    fn free(&self, before: Option<&Self>) -> (f64, f64) {
        let from = before.map_or(self.start, |before| before.start + before.value.high);
        (from.max(self.start), (self.start + self.value.low).min(self.end))
    }
}
