//! Speedups: for each variant how many times faster than the baseline, with interval, margin and verdict.
//!
//! The axis goes by factors, so that twice as fast lies as far from 1× as half as fast. The verdict is a shape and a
//! colour; the band around 1× is the margin within which a difference is called none.

use catalog::Metric;
use stats::{Interval, Verdict};

use super::canvas::{Anchor, Canvas};
use super::frame::{Key, Layout, Plot};
use super::palette::Marker;
use super::rows::{self, Row, Rows, middle};
use super::scale::{Scale, Tick, fitting};
use super::select::{Entry, Panel, Shown};
use super::{ChartRequest, NoChart, marks};
use crate::format;

struct Speedups {
    margin: f64,
    words: Words,
    /// The axis.
    low: f64,
    high: f64,
}

/// The speedup of a case over the baseline, or why there is none.
pub(super) fn factor(entry: &Entry<'_>) -> Result<Interval, String> {
    // The finding would say the same with the variant's name before it, and so give every case another reason.
    entry.usable(Metric::Time)?;
    let finding = entry.case.against_baseline.as_ref();
    let missing = finding.and_then(|finding| finding.missing.clone());
    let usable = |factor: &Interval| factor.estimate > 0.0 && factor.estimate.is_finite();
    let factor = finding.and_then(|finding| finding.factor).filter(usable);
    factor.ok_or_else(|| missing.unwrap_or_else(|| "the baseline was not measured here".to_owned()))
}

/// The panels without the baseline, which is 1× by definition.
pub(super) fn others(mut panels: Vec<Panel<'_>>) -> Vec<Panel<'_>> {
    for panel in &mut panels {
        panel.entries.retain(|entry| !entry.baseline);
    }
    panels.retain(|panel| !panel.entries.is_empty());
    panels
}

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    let values: Vec<Interval> = shown.entries().filter_map(|entry| factor(entry).ok()).collect();
    let words = words(shown.entries());
    let baseline = request.definition.variant(&request.definition.baseline);
    let baseline = baseline.map_or(request.definition.baseline.as_str(), |variant| variant.label.as_str());
    let caption = format!(
        "Times {} than the baseline, {baseline}; logarithmic axis. Whiskers: 95\u{a0}% interval.",
        words.better
    );
    rows::draw(&Speedups::new(request.margin, words, &values), shown, caption, layout)
}

/// What an improvement is called.
#[derive(Clone, Copy)]
struct Words {
    better: &'static str,
    worse: &'static str,
}

fn words<'b, 'a: 'b>(mut entries: impl Iterator<Item = &'b Entry<'a>>) -> Words {
    let metric = entries.find_map(|entry| entry.case.against_baseline.as_ref().map(|finding| finding.contrast.metric));
    match metric {
        None | Some(Metric::Time | Metric::Cpu) => Words { better: "faster", worse: "slower" },
        Some(_) => Words { better: "better", worse: "worse" },
    }
}

impl Speedups {
    fn new(margin: f64, words: Words, values: &[Interval]) -> Self {
        let margin = if margin.is_finite() && margin > 0.0 { margin } else { 0.0 };
        // The margin is always in sight, with a little room around it.
        let ends = |pick: fn(&Interval) -> f64| values.iter().map(pick).filter(|v| *v > 0.0 && v.is_finite());
        let estimate_low = ends(|v| v.estimate).fold(1.0 / (1.0 + margin).powi(2), f64::min);
        let estimate_high = ends(|v| v.estimate).fold((1.0 + margin).powi(2), f64::max);
        let low = ends(|v| v.low).fold(estimate_low, f64::min).max(estimate_low / 2.0);
        let high = ends(|v| v.high).fold(estimate_high, f64::max).min(estimate_high * 2.0);
        let pad = (high / low).powf(0.03);
        Self { margin, words, low: low / pad, high: high * pad }
    }
}

impl Rows for Speedups {
    fn value(&self, entry: &Entry<'_>) -> Result<Interval, String> {
        factor(entry)
    }

    fn badness(&self, value: &Interval) -> f64 {
        -value.estimate
    }

    fn figure(&self, value: &Interval) -> String {
        format::factor(value.estimate)
    }

    fn figure_at(&self, plot: &Plot, _value: &Interval, room: f64) -> (f64, Anchor) {
        (plot.frame.right + room, Anchor::End)
    }

    fn legend(&self) -> Vec<Key> {
        let Words { better, worse } = self.words;
        let margin = format::plain(self.margin * 100.0, 1);
        let key = |verdict, meaning: String| {
            let (letter, color, marker) = look(Some(verdict));
            Key { class: format!("{letter} {color}"), marker, meaning }
        };
        vec![
            key(Verdict::Faster, better.to_owned()),
            key(Verdict::Slower, worse.to_owned()),
            key(Verdict::Same, format!("same within {margin}\u{a0}% (the band)")),
            key(Verdict::CannotTell, "cannot tell".to_owned()),
        ]
    }

    fn scale(&self) -> Scale {
        Scale::log(self.low, self.high)
    }

    fn ticks(&self, width: f64) -> Vec<Tick> {
        fitting(width, |most| self.scale().factor_ticks(most))
    }

    fn draw(&self, canvas: &Canvas, plot: &Plot, rows: &[Row<'_, '_>]) -> Result<(), NoChart> {
        let height = rows.len() as f64;
        plot.rectangle("q", [(1.0 / (1.0 + self.margin), height), (1.0 + self.margin, 0.0)])?;
        plot.line("x", vec![(1.0, 0.0), (1.0, height)])?;
        let measured = |(i, row): (usize, &'_ Row<'_, '_>)| {
            let verdict = row.entry.case.against_baseline.as_ref().and_then(|finding| finding.verdict);
            Some((middle(rows.len(), i), row.value.as_ref().ok().copied()?, look(verdict)))
        };
        let mut measured: Vec<_> = rows.iter().enumerate().filter_map(measured).collect();
        // Rows do not touch, so their order is free: marks of one class after each other share a path.
        measured.sort_by_key(|(_, _, (letter, color, _))| (*color, *letter));
        for (y, value, (_, color, _)) in &measured {
            plot.x_whisker(&format!("j {color}"), (value.low, value.high), *y)?;
        }
        for (y, value, (letter, color, marker)) in &measured {
            marks::point(canvas, &format!("{letter} {color}"), *marker, plot.at(value.estimate, *y))?;
        }
        Ok(())
    }
}

/// Classes and shape of a verdict's mark.
fn look(verdict: Option<Verdict>) -> (&'static str, &'static str, Marker) {
    match verdict {
        Some(Verdict::Faster) => ("b", "vf", Marker::Right),
        Some(Verdict::Slower) => ("b", "vs", Marker::Left),
        Some(Verdict::Same) => ("b", "mi", Marker::Circle),
        Some(Verdict::CannotTell) | None => ("h", "mi", Marker::Circle),
    }
}
