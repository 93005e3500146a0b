//! The two layouts of a chart, and the pieces that every kind is made of: a plotting area, ticks, marks, notes.

use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::Ranged;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle};

use super::canvas::{Anchor, Canvas, TENTHS, Type, tenths};
use super::palette::Marker;
use super::scale::{Scale, Tick};
use super::{NoChart, marks, text};

/// What is free right of a plotting area without names beside it, in px: half of a tick's label.
pub(super) const EDGE: f64 = 8.0;

/// For how much width a chart is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A desktop page, a slide, paper.
    Wide,
    /// A phone.
    Narrow,
}

impl Layout {
    /// Width of the view box in px.
    pub(super) fn width(self) -> f64 {
        match self {
            Self::Wide => 760.0,
            Self::Narrow => 360.0,
        }
    }

    /// Class of the SVG.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// A rectangle in px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    /// Left edge.
    pub(super) left: f64,
    /// Upper edge.
    pub(super) top: f64,
    /// Right edge.
    pub(super) right: f64,
    /// Lower edge.
    pub(super) bottom: f64,
}

impl Frame {
    /// Width in px.
    pub(super) fn width(self) -> f64 {
        self.right - self.left
    }
}

/// A mistake of the drawing library is no reason to lose the page: it becomes the reason why there is no chart.
impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for NoChart {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self { reason: format!("The chart could not be drawn: {error}.") }
    }
}

/// A plotting area with its two axes.
pub(super) struct Plot {
    canvas: Canvas,
    area: DrawingArea<Canvas, Cartesian2d<Scale, Scale>>,
    /// Where it lies.
    pub(super) frame: Frame,
}

impl Plot {
    /// An area at `frame`, `x` to the right and `y` upwards.
    pub(super) fn new(canvas: &Canvas, frame: Frame, x: Scale, y: Scale) -> Self {
        let ranges = (tenths(frame.left)..tenths(frame.right), tenths(frame.bottom)..tenths(frame.top));
        let area = canvas.clone().into_drawing_area().apply_coord_spec(Cartesian2d::new(x, y, ranges));
        Self { canvas: canvas.clone(), area, frame }
    }

    /// Where a value lies, in px; a value beyond an axis lies at its end.
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.area.map_coordinate(&(x, y));
        (f64::from(x) / TENTHS, f64::from(y) / TENTHS)
    }

    /// Where a value of the horizontal axis lies.
    pub(super) fn at_x(&self, value: f64) -> f64 {
        self.at(value, self.y().range().start).0
    }

    /// Where a value of the vertical axis lies.
    pub(super) fn at_y(&self, value: f64) -> f64 {
        self.at(self.x().range().start, value).1
    }

    /// The horizontal axis.
    pub(super) fn x(&self) -> &Scale {
        self.area.as_coord_spec().x_spec()
    }

    /// The vertical axis.
    pub(super) fn y(&self) -> &Scale {
        self.area.as_coord_spec().y_spec()
    }

    /// Fills a rectangle between two corners.
    pub(super) fn rectangle(&self, class: &str, corners: [(f64, f64); 2]) -> Result<(), NoChart> {
        Ok(self.area.draw(&Rectangle::new(corners, self.canvas.style(class)))?)
    }

    /// Draws a line through values.
    pub(super) fn line(&self, class: &str, points: Vec<(f64, f64)>) -> Result<(), NoChart> {
        Ok(self.area.draw(&PathElement::new(points, self.canvas.style(class)))?)
    }

    /// Fills the area between values.
    pub(super) fn fill(&self, class: &str, points: Vec<(f64, f64)>) -> Result<(), NoChart> {
        Ok(self.area.draw(&Polygon::new(points, self.canvas.style(class)))?)
    }

    /// Draws an interval along the horizontal axis at `y`; where it goes beyond the axis, an arrow head says so.
    pub(super) fn x_whisker(&self, class: &str, (low, high): (f64, f64), y: f64) -> Result<(), NoChart> {
        let beyond = [low < self.x().range().start, high > self.x().range().end];
        marks::whisker(&self.canvas, class, [self.at(low, y), self.at(high, y)], beyond)
    }

    /// Draws an interval along the horizontal axis upon a bar: on an edge of paper, so that it is seen on every colour.
    pub(super) fn bar_whisker(&self, ends: (f64, f64), y: f64) -> Result<(), NoChart> {
        self.x_whisker("z", ends, y)?;
        self.x_whisker("w", ends, y)
    }

    /// Draws an interval along the vertical axis at `x`; where it goes beyond the axis, an arrow head says so.
    pub(super) fn y_whisker(&self, class: &str, (low, high): (f64, f64), x: f64) -> Result<(), NoChart> {
        let beyond = [low < self.y().range().start, high > self.y().range().end];
        marks::whisker(&self.canvas, class, [self.at(x, low), self.at(x, high)], beyond)
    }

    /// Draws vertical grid lines with their labels under the area.
    pub(super) fn x_ticks(&self, ticks: &[Tick]) -> Result<(), NoChart> {
        for tick in ticks {
            let x = self.at_x(tick.at);
            marks::stroke(&self.canvas, "g", &[(x, self.frame.top), (x, self.frame.bottom)])?;
        }
        let mut free_from = f64::NEG_INFINITY;
        for tick in ticks {
            let half = text::width(&tick.label, text::SMALL) / 2.0;
            let x = self.at_x(tick.at).min(self.canvas.size().0 - half);
            // Ticks that crowd each other lose their label, never their line.
            if x - half >= free_from {
                free_from = x + half + 6.0;
                self.canvas.text(Type::Small, Anchor::Middle, (x, self.frame.bottom + 11.0), &tick.label);
            }
        }
        Ok(())
    }

    /// Draws horizontal grid lines with their labels left of the area.
    pub(super) fn y_ticks(&self, ticks: &[Tick]) -> Result<(), NoChart> {
        for tick in ticks {
            let y = self.at_y(tick.at);
            marks::stroke(&self.canvas, "g", &[(self.frame.left, y), (self.frame.right, y)])?;
        }
        for tick in ticks {
            let at = (self.frame.left - 6.0, self.at_y(tick.at));
            self.canvas.text(Type::Small, Anchor::End, at, &tick.label);
        }
        Ok(())
    }
}

/// A mark and what it means.
pub(super) struct Key {
    /// Class attribute.
    pub(super) class: String,
    /// Shape.
    pub(super) marker: Marker,
    /// What it means.
    pub(super) meaning: String,
}

/// Sets marks with their meaning beside each other from `top` down, wrapped to the width of the canvas; gives the lower
/// edge.
pub(super) fn legend(canvas: &Canvas, top: f64, keys: &[Key]) -> Result<f64, NoChart> {
    let (mut x, mut y) = (marks::RADIUS + 1.0, top + text::LEADING / 2.0);
    for Key { class, marker, meaning } in keys {
        let width = text::width(meaning, text::SMALL) + 10.0;
        if x + width > canvas.size().0 && x > marks::RADIUS + 1.0 {
            (x, y) = (marks::RADIUS + 1.0, y + text::LEADING);
        }
        marks::point(canvas, class, *marker, (x, y))?;
        canvas.text(Type::Small, Anchor::Start, (x + 10.0, y), meaning);
        x += width + 18.0;
    }
    Ok(if keys.is_empty() { top } else { y + text::LEADING / 2.0 + 2.0 })
}

/// Sets notes under each other from `top` down, wrapped to the width of the canvas; gives the lower edge.
pub(super) fn notes(canvas: &Canvas, left: f64, top: f64, notes: &[String]) -> f64 {
    let lines = notes.iter().flat_map(|note| text::wrap(note, text::SMALL, canvas.size().0 - left - 4.0));
    let mut y = top;
    for line in lines {
        canvas.text(Type::Small, Anchor::Start, (left, y + text::LEADING / 2.0), &line);
        y += text::LEADING;
    }
    y
}
