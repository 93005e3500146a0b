//! Curves: what lines and series share. Each is named where it ends, and the names are pushed apart where they would meet.

use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::frame::{Key, Layout, Plot};
use super::palette::Series;
use super::{NoChart, labels, marks, text};

/// Distance between names.
const NAME: f64 = 16.0;
/// Room between the plotting area and the names.
const LEADER: f64 = 32.0;

/// A line: what was measured along the horizontal axis, in order; `None` is a gap.
pub(super) struct Curve<'a> {
    /// Its name.
    pub(super) label: &'a str,
    /// How it is drawn.
    pub(super) series: Series,
    /// Whether it is what the others are compared with.
    pub(super) strong: bool,
    /// Places and values.
    pub(super) points: Vec<(f64, Option<Interval>)>,
}

impl Curve<'_> {
    /// The values, without the gaps.
    pub(super) fn values(&self) -> impl Iterator<Item = Interval> {
        self.points.iter().filter_map(|(_, value)| *value)
    }

    /// The last place with a value.
    fn end(&self) -> Option<(f64, f64)> {
        self.points.iter().rev().find_map(|(x, value)| Some((*x, (*value)?.estimate)))
    }
}

/// Something with a name at the right edge: a curve, or a level that the machine does not pass.
pub(super) struct Name<'a> {
    /// Where what it names ends, in the values of the axes.
    pub(super) end: (f64, f64),
    /// The name.
    pub(super) text: &'a str,
    /// How it is set.
    pub(super) kind: Type,
    /// Class attribute of the line that leads to it.
    pub(super) leader: String,
    /// The mark beside it.
    pub(super) series: Option<Series>,
}

/// The names of curves.
pub(super) fn names<'b>(curves: &'b [Curve<'_>]) -> impl Iterator<Item = Name<'b>> {
    curves.iter().filter_map(|curve| {
        let kind = if curve.strong { Type::Strong } else { Type::Body };
        let leader = curve.series.class("j");
        Some(Name { end: curve.end()?, text: curve.label, kind, leader, series: Some(curve.series) })
    })
}

/// How much of the width names take; `None` if they would be cut, so that they stand above the plotting area instead.
pub(super) fn room<'b>(names: impl Iterator<Item = &'b str>, layout: Layout) -> Option<f64> {
    let widest = names.map(|name| text::width(name, text::STRONG)).fold(0.0, f64::max) + LEADER + 4.0;
    let most = layout.width() * 0.43;
    (widest <= most || layout == Layout::Wide).then_some(widest.min(most))
}

/// The curves' marks with their names, to stand above the plotting area.
pub(super) fn keys(curves: &[Curve<'_>]) -> Vec<Key> {
    let key = |curve: &Curve<'_>| Key {
        class: curve.series.class("m"),
        marker: curve.series.marker,
        meaning: curve.label.to_owned(),
    };
    curves.iter().map(key).collect()
}

/// The least height in which as many names stand under each other.
pub(super) fn height(names: usize) -> f64 {
    names as f64 * NAME + 8.0
}

/// Where a curve has marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// At every value: each was measured for itself.
    Every,
    /// At a few of many, each curve at places of its own, so that curves upon each other are told apart.
    Few,
}

impl Marks {
    /// Whether the `i`th of `n` values has a mark, on the curve at `place`.
    fn at(self, i: usize, n: usize, place: usize) -> bool {
        const FEW: usize = 5;
        let step = n.div_ceil(FEW).max(1);
        self == Self::Every || i % step == (place % FEW * step / FEW + step / (2 * FEW)) % step
    }

    /// Class letter of the lines: thin ones where there are many values.
    fn line(self) -> &'static str {
        if self == Self::Every { "l" } else { "o" }
    }
}

/// Draws curves: intervals as bands.
pub(super) fn draw(canvas: &Canvas, plot: &Plot, curves: &[Curve<'_>], marks: Marks) -> Result<(), NoChart> {
    for curve in curves {
        // A gap in the measurements is a gap in the line.
        for run in curve.points.split(|(_, value)| value.is_none()) {
            let run: Vec<(f64, Interval)> = run.iter().filter_map(|(x, value)| Some((*x, (*value)?))).collect();
            match run.as_slice() {
                [] => {}
                [(x, value)] => plot.y_whisker(&curve.series.class("j"), (value.low, value.high), *x)?,
                run => {
                    if run.iter().any(|(_, value)| value.low < value.high) {
                        let lows = run.iter().map(|(x, value)| (*x, value.low));
                        let highs = run.iter().rev().map(|(x, value)| (*x, value.high));
                        plot.fill(&curve.series.class("n"), lows.chain(highs).collect())?;
                    }
                    plot.line(
                        &curve.series.line_class(marks.line()),
                        run.iter().map(|(x, value)| (*x, value.estimate)).collect(),
                    )?;
                }
            }
        }
    }
    for (place, curve) in curves.iter().enumerate() {
        let n = curve.points.len();
        let value = |i: usize| curve.points.get(i).and_then(|(_, value)| *value);
        for (i, (x, found)) in curve.points.iter().enumerate() {
            // A value between two gaps is no line, and would not be seen without its mark.
            let alone = || i.checked_sub(1).and_then(value).is_none() && value(i + 1).is_none();
            if let Some(found) = found
                && (marks.at(i, n, place) || alone())
            {
                marks::point(canvas, &curve.series.class("m"), curve.series.marker, plot.at(*x, found.estimate))?;
            }
        }
    }
    Ok(())
}

/// Sets names right of the plotting area, each beside where its line ends, pushed apart where they would meet.
pub(super) fn draw_names(canvas: &Canvas, plot: &Plot, names: &[Name<'_>]) -> Result<(), NoChart> {
    let frame = plot.frame;
    let ends: Vec<(f64, f64)> = names.iter().map(|name| plot.at(name.end.0, name.end.1)).collect();
    let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let places = labels::column(&wanted, NAME, frame.top + 2.0, frame.bottom - 2.0);
    let x = frame.right + LEADER;
    for ((name, end), y) in names.iter().zip(ends).zip(&places) {
        // From the last point straight to the edge, then slanting to the name. A line that ended earlier goes on dotted,
        // lest it look measured.
        let edge = (frame.right + 4.0, end.1);
        let dotted = format!("{} d2", name.leader);
        let early = frame.right - end.0 > frame.width() * 0.06;
        marks::stroke(canvas, if early { &dotted } else { &name.leader }, &[end, edge])?;
        marks::stroke(canvas, &name.leader, &[edge, (x - 9.0, *y)])?;
        if let Some(series) = name.series {
            marks::point(canvas, &series.class("m"), series.marker, (x - 9.0, *y))?;
        }
        canvas.label(name.kind, Anchor::Start, (x, *y), canvas.size().0 - x, name.text);
    }
    Ok(())
}
