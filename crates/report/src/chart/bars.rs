//! Bars: one row for each variant with its value, the best on top, with interval and baseline.
//!
//! On a logarithmic axis the bars become dots, since a bar's length means nothing without a zero.

use catalog::Metric;
use plotters::coord::ranged1d::Ranged;
use stats::Interval;

use super::canvas::{Anchor, Canvas};
use super::frame::{Key, Layout, Plot};
use super::rows::{self, Row, Rows, middle};
use super::scale::{Scale, Tick, fitting};
use super::select::{Entry, Shown};
use super::{ChartRequest, NoChart, marks};
use crate::format;
use crate::words::capital;

struct Bars {
    metric: Metric,
    /// The axis.
    low: f64,
    high: f64,
    log: bool,
}

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    let metric = request.metric()?;
    let values: Vec<Interval> = shown.entries().filter_map(|entry| entry.value(metric).ok()).collect();
    let bars = Bars::new(metric, &values, request.chart.log);
    let better = match (bars.log, metric.lower_is_better()) {
        (false, true) => "shorter is better",
        (false, false) => "longer is better",
        (true, true) => "logarithmic axis, further left is better",
        (true, false) => "logarithmic axis, further right is better",
    };
    let whiskers = if values.iter().any(|v| v.low < v.high) { " Whiskers: 95\u{a0}% interval." } else { "" };
    let baseline = shown.entries().find(|entry| entry.baseline && entry.value(metric).is_ok());
    let baseline = baseline.map_or_else(String::new, |entry| format!(" Dotted line: the baseline, {}.", entry.label));
    let caption = format!("{}: {better}.{whiskers}{baseline}", capital(metric.label()));
    rows::draw(&bars, shown, caption, layout)
}

impl Bars {
    fn new(metric: Metric, values: &[Interval], log: bool) -> Self {
        let estimates = || values.iter().map(|value| value.estimate);
        let largest = estimates().fold(0.0, f64::max);
        // One very wide interval must not squeeze all bars: it is cut, and an arrow head says so.
        let high = values.iter().map(|value| value.high).fold(largest, f64::max).min(largest * 1.6);
        let smallest = estimates().filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
        if !log || !smallest.is_finite() {
            return Self { metric, low: 0.0, high, log: false };
        }
        let low = values.iter().map(|value| value.low).filter(|v| *v > 0.0).fold(smallest, f64::min);
        Self { metric, low: low.max(smallest / 3.0) / 1.25, high: high * 1.15, log: true }
    }
}

impl Rows for Bars {
    fn value(&self, entry: &Entry<'_>) -> Result<Interval, String> {
        entry.value(self.metric)
    }

    fn badness(&self, value: &Interval) -> f64 {
        if self.metric.lower_is_better() { value.estimate } else { -value.estimate }
    }

    fn figure(&self, value: &Interval) -> String {
        format::metric(self.metric, value.estimate)
    }

    fn figure_at(&self, plot: &Plot, value: &Interval, _room: f64) -> (f64, Anchor) {
        let mark = plot.at_x(value.estimate) + if self.log { marks::RADIUS + 4.0 } else { 6.0 };
        (mark.max(plot.at_x(value.high) + 6.0), Anchor::Start)
    }

    fn legend(&self) -> Vec<Key> {
        Vec::new()
    }

    fn scale(&self) -> Scale {
        if self.log { Scale::log(self.low, self.high) } else { Scale::linear(self.low, self.high) }
    }

    fn ticks(&self, width: f64) -> Vec<Tick> {
        fitting(width, |most| self.scale().metric_ticks(self.metric, most))
    }

    fn draw(&self, canvas: &Canvas, plot: &Plot, rows: &[Row<'_, '_>]) -> Result<(), NoChart> {
        let frame = plot.frame;
        let measured = |(i, row): (usize, &'_ Row<'_, '_>)| {
            Some((middle(rows.len(), i), row.value.as_ref().ok().copied()?, row.entry.series))
        };
        let mut measured: Vec<_> = rows.iter().enumerate().filter_map(measured).collect();
        // Rows do not touch, so their order is free: marks of one colour after each other share a path.
        measured.sort_by_key(|(_, _, series)| series.hue);
        if self.log {
            for (y, value, _) in &measured {
                plot.line("e", vec![(plot.x().range().start, *y), (value.estimate, *y)])?;
            }
            for (y, value, _) in &measured {
                plot.x_whisker("w", (value.low, value.high), *y)?;
            }
        }
        for (y, value, series) in &measured {
            if self.log {
                marks::point(canvas, &series.class("m"), series.marker, plot.at(value.estimate, *y))?;
            } else {
                plot.rectangle(&series.class("b"), [(0.0, y + 0.34), (value.estimate, y - 0.34)])?;
            }
        }
        if !self.log {
            for (y, value, _) in &measured {
                plot.bar_whisker((value.low, value.high), *y)?;
            }
            marks::stroke(canvas, "x", &[(frame.left, frame.top), (frame.left, frame.bottom)])?;
        }
        for row in rows.iter().filter(|row| row.entry.baseline) {
            if let Ok(value) = &row.value {
                let x = plot.at_x(value.estimate);
                marks::stroke(canvas, "e", &[(x, frame.top), (x, frame.bottom)])?;
            }
        }
        Ok(())
    }
}
