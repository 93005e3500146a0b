//! Marks at places in px: strokes, points, whiskers.

use plotters::drawing::IntoDrawingArea;
use plotters::element::{Circle, PathElement, Polygon};

use super::NoChart;
use super::canvas::{Canvas, tenths};
use super::palette::Marker;

/// Radius of a point in px.
pub(super) const RADIUS: f64 = 4.2;

fn place((x, y): (f64, f64)) -> (i32, i32) {
    (tenths(x), tenths(y))
}

/// Draws a line through places.
pub(super) fn stroke(canvas: &Canvas, class: &str, points: &[(f64, f64)]) -> Result<(), NoChart> {
    let points: Vec<(i32, i32)> = points.iter().copied().map(place).collect();
    Ok(canvas.clone().into_drawing_area().draw(&PathElement::new(points, canvas.style(class)))?)
}

/// Draws a point.
pub(super) fn point(canvas: &Canvas, class: &str, marker: Marker, at: (f64, f64)) -> Result<(), NoChart> {
    let area = canvas.clone().into_drawing_area();
    let style = canvas.style(class);
    let polygon = |corners: &[(f64, f64)]| {
        let corner = |(dx, dy): &(f64, f64)| place((at.0 + dx * RADIUS, at.1 + dy * RADIUS));
        Polygon::new(corners.iter().map(corner).collect::<Vec<_>>(), style)
    };
    // Sizes by eye, so that all shapes weigh the same.
    match marker {
        Marker::Circle => area.draw(&Circle::new(place(at), tenths(RADIUS), style))?,
        Marker::Square => area.draw(&polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]))?,
        Marker::Diamond => area.draw(&polygon(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]))?,
        Marker::Up => area.draw(&polygon(&[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)]))?,
        Marker::Down => area.draw(&polygon(&[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)]))?,
        Marker::Right => area.draw(&polygon(&[(1.3, 0.0), (-0.9, 1.15), (-0.9, -1.15)]))?,
        Marker::Left => area.draw(&polygon(&[(-1.3, 0.0), (0.9, 1.15), (0.9, -1.15)]))?,
    }
    Ok(())
}

/// Draws an interval between two places with caps; an end that goes on beyond its place gets an arrow head.
pub(super) fn whisker(canvas: &Canvas, class: &str, ends: [(f64, f64); 2], beyond: [bool; 2]) -> Result<(), NoChart> {
    let [a, b] = ends;
    let length = (b.0 - a.0).hypot(b.1 - a.1);
    // An interval that would be nothing but its caps is not seen beside the mark.
    if length < 2.5 && beyond == [false, false] {
        return Ok(());
    }
    let along = if length > 0.0 { ((b.0 - a.0) / length, (b.1 - a.1) / length) } else { (1.0, 0.0) };
    stroke(canvas, class, &[a, b])?;
    for (end, beyond, outwards) in [(a, beyond[0], -1.0), (b, beyond[1], 1.0)] {
        let back = if beyond { 4.0 * outwards } else { 0.0 };
        let wing = |side: f64| {
            let (dx, dy) = (-along.0 * back - along.1 * 3.5 * side, -along.1 * back + along.0 * 3.5 * side);
            (end.0 + dx, end.1 + dy)
        };
        let tip = if beyond { vec![wing(1.0), end, wing(-1.0)] } else { vec![wing(1.0), wing(-1.0)] };
        stroke(canvas, class, &tip)?;
    }
    Ok(())
}
