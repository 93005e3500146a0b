//! Series: lines through the rows of a table that a case recorded: a loss over steps, a queue over seconds.
//!
//! With one column there is a line for each variant. With several there is a panel for each variant and unit, so that every
//! axis has one unit, and a line for each column. A recorded table comes from one launch, so there is no interval.

use catalog::Chart;
use results::{Case, Cell, RecordedTable, Role, Unit};
use stats::Interval;

use super::canvas::{Anchor, Canvas, Type};
use super::curves::{self, Curve, Marks};
use super::frame::{self, EDGE, Frame, Layout, Plot};
use super::palette::{self, Series};
use super::scale::{Scale, fitting};
use super::select::{self, Entry, Panel, Shown};
use super::{ChartRequest, NoChart, text};
use crate::words::capital;

const HEADING: f64 = 24.0;
const TICKS: f64 = 24.0;
const GAP: f64 = 14.0;

/// What a case recorded for a chart.
pub(crate) struct Recorded<'a> {
    /// Label and unit of the column along the bottom.
    pub(crate) x: (&'a str, Unit),
    /// The columns of the lines, in the order of the chart.
    pub(crate) columns: Vec<Column<'a>>,
}

/// A column of a recorded table: a line.
pub(crate) struct Column<'a> {
    /// Label.
    pub(crate) label: &'a str,
    /// Unit.
    pub(crate) unit: Unit,
    /// Places and values in the order of the places; where the table has no number is a gap.
    pub(crate) points: Vec<(f64, Option<f64>)>,
}

/// What a case recorded, or why there is nothing to draw.
pub(super) fn recorded<'a>(request: &ChartRequest<'a>, entry: &Entry<'_>) -> Result<Recorded<'a>, String> {
    if let Some(reason) = &entry.case.missing {
        return Err(reason.clone());
    }
    let here = |case: &&Case| {
        case.role == Role::Measure
            && case.experiment == request.chapter.slug
            && case.variant == entry.case.variant
            && case.point == entry.case.point
    };
    let name = request.chart.table.as_deref().unwrap_or_default();
    let table = request.cases.iter().find(here).and_then(|case| case.tables.get(name));
    read(request.chart, table.ok_or_else(|| format!("the table {name:?} was not recorded"))?)
}

/// The columns of a table that a chart draws.
///
/// # Errors
/// A clause if a column is not there or holds no number.
pub(crate) fn read<'a>(chart: &'a Chart, table: &'a RecordedTable) -> Result<Recorded<'a>, String> {
    let find = |label: &str| {
        let found = table.columns.iter().position(|column| column.label == label);
        found.ok_or_else(|| {
            let known: Vec<&str> = table.columns.iter().map(|column| column.label.as_str()).collect();
            format!("the recorded table has no column {label:?}; it has: {}", known.join(", "))
        })
    };
    let number = |row: &[Cell], i: usize| match row.get(i) {
        Some(Cell::Number(number)) if number.is_finite() => Some(*number),
        _ => None,
    };
    let x = find(chart.x_column.as_deref().unwrap_or_default())?;
    let column = |label: &'a String| {
        let y = find(label)?;
        let mut points: Vec<(f64, Option<f64>)> =
            table.rows.iter().filter_map(|row| Some((number(row, x)?, number(row, y)))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if points.iter().all(|(_, value)| value.is_none()) {
            return Err(format!("the column {label:?} of the recorded table holds no number"));
        }
        Ok(Column { label, unit: table.columns[y].unit, points })
    };
    let columns = chart.y_columns.iter().map(column).collect::<Result<Vec<_>, String>>()?;
    Ok(Recorded { x: (&table.columns[x].label, table.columns[x].unit), columns })
}

/// A plotting area: lines of one unit.
struct Area<'a> {
    heading: String,
    unit: Unit,
    curves: Vec<Curve<'a>>,
}

/// Draws the chart in a layout.
pub(super) fn draw(request: &ChartRequest<'_>, shown: &Shown<'_>, layout: Layout) -> Result<Canvas, NoChart> {
    let chart = request.chart;
    let found = |entry| recorded(request, entry).ok();
    let (x_label, x_unit) = shown.entries().find_map(found).map_or(("", Unit::Number), |first| first.x);
    let areas: Vec<Area<'_>> = shown.panels.iter().flat_map(|panel| areas(request, panel)).collect();
    let places = || areas.iter().flat_map(|area| &area.curves).flat_map(|curve| &curve.points).map(|(x, _)| *x);
    let (from, to) = (places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max));
    let x_log = chart.x_log() && from > 0.0;
    let x_scale = || if x_log { Scale::log(from, to) } else { Scale::linear(from, to) };

    let canvas = Canvas::new(layout.width(), 0.0);
    let names = areas.iter().flat_map(|area| &area.curves).map(|curve| curve.label);
    // On a phone names beside many values would leave them no room: they stand above.
    let right = match layout {
        Layout::Wide => layout.width() - curves::room(names, layout).unwrap_or(EDGE),
        Layout::Narrow => layout.width() - EDGE,
    };
    let least = match (areas.len(), layout) {
        (1, Layout::Wide) => 280.0,
        (1, Layout::Narrow) => 230.0,
        (2, _) => 190.0,
        _ => 130.0,
    };
    let height = |area: &Area<'_>| curves::height(area.curves.len()).max(least);
    let axis = |area: &Area<'_>| Range::of(&areas, area.unit, chart.log);
    let ticks = |area: &Area<'_>| axis(area).scale().quantity_ticks(area.unit, (height(area) / 36.0) as usize);
    let widest = |area| ticks(area).iter().map(|tick| text::width(&tick.label, text::SMALL)).fold(0.0, f64::max);
    let left = areas.iter().map(widest).fold(0.0, f64::max) + 10.0;

    let mut top = 8.0;
    for area in &areas {
        if !area.heading.is_empty() {
            canvas.label(Type::Strong, Anchor::Start, (0.0, top + HEADING / 2.0 - 8.0), layout.width(), &area.heading);
            top += HEADING;
        }
        if layout == Layout::Narrow {
            top = frame::legend(&canvas, top - 6.0, &curves::keys(&area.curves))? + 6.0;
        }
        let frame = Frame { left, top, right, bottom: top + height(area) };
        let plot = Plot::new(&canvas, frame, x_scale(), axis(area).scale());
        plot.y_ticks(&ticks(area))?;
        plot.x_ticks(&fitting(frame.width(), |most| x_scale().quantity_ticks(x_unit, most)))?;
        curves::draw(&canvas, &plot, &area.curves, Marks::Few)?;
        if layout == Layout::Wide {
            curves::draw_names(&canvas, &plot, &curves::names(&area.curves).collect::<Vec<_>>())?;
        }
        top = frame.bottom + TICKS + GAP;
    }
    let log = match (x_log, areas.iter().any(|area| axis(area).log)) {
        (true, true) => "; both axes logarithmic",
        (true, false) => "; horizontal axis logarithmic",
        (false, true) => "; vertical axis logarithmic",
        (false, false) => "",
    };
    let what = match chart.y_columns.as_slice() {
        [one] => capital(one),
        _ => "Each line".to_owned(),
    };
    let caption = format!("{what} over {x_label}{log}. As the first launch recorded it, without an interval.");
    let mut notes = vec![caption];
    notes.extend(gaps(&areas));
    notes.extend(shown.notes(select::missing(&shown.panels, |entry| recorded(request, entry))));
    let bottom = frame::notes(&canvas, 0.0, top - GAP + 2.0, &notes);
    canvas.set_height(bottom + 4.0);
    Ok(canvas)
}

/// The areas of a panel: one with a line for each variant, or one for each variant and unit with a line for each column.
fn areas<'b>(request: &'b ChartRequest<'_>, panel: &'b Panel<'_>) -> Vec<Area<'b>> {
    let found = |entry: &'b Entry<'_>| Some((entry, recorded(request, entry).ok()?));
    let cases: Vec<(&Entry<'_>, Recorded<'_>)> = panel.entries.iter().filter_map(found).collect();
    let heading = panel.label.unwrap_or_default();
    if request.chart.y_columns.len() == 1 {
        let unit = cases.iter().flat_map(|(_, found)| &found.columns).map(|column| column.unit).next();
        let lines = cases.into_iter().flat_map(|(entry, found)| {
            let line = |column| curve(column, &entry.label, entry.series, entry.baseline);
            found.columns.into_iter().map(line).collect::<Vec<_>>()
        });
        return vec![Area { heading: heading.to_owned(), unit: unit.unwrap_or_default(), curves: lines.collect() }];
    }
    let several = panel.entries.len() > 1;
    let mut areas: Vec<Area<'b>> = Vec::new();
    for (entry, found) in cases {
        let first = areas.len();
        let place: Vec<&str> =
            [heading, if several { &entry.label } else { "" }].into_iter().filter(|part| !part.is_empty()).collect();
        for (i, column) in found.columns.into_iter().enumerate() {
            let (unit, line) = (column.unit, curve(column, &request.chart.y_columns[i], palette::nth(i), false));
            match areas[first..].iter_mut().find(|area| area.unit == unit) {
                Some(area) => area.curves.push(line),
                None => {
                    let heading = if areas.len() == first { place.join(", ") } else { String::new() };
                    areas.push(Area { heading, unit, curves: vec![line] });
                }
            }
        }
    }
    areas
}

fn curve<'b>(column: Column<'_>, label: &'b str, series: Series, strong: bool) -> Curve<'b> {
    let exact = |value| Interval { estimate: value, low: value, high: value };
    let points = column.points.into_iter().map(|(x, value)| (x, value.map(exact))).collect();
    Curve { label, series, strong, points }
}

/// The vertical axis of a unit, the same wherever the unit is.
struct Range {
    low: f64,
    high: f64,
    log: bool,
}

impl Range {
    fn of(areas: &[Area<'_>], unit: Unit, log: bool) -> Self {
        let curves = areas.iter().filter(|area| area.unit == unit).flat_map(|area| &area.curves);
        let values: Vec<f64> = curves.flat_map(Curve::values).map(|value| value.estimate).collect();
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        if log && least > 0.0 {
            return Self { low: least / 1.2, high: most * 1.2, log: true };
        }
        // A share of more than half is seen best beside the whole.
        let high = if unit == Unit::Share && (0.5..=1.0).contains(&most) { 1.0 } else { most.max(0.0) * 1.04 };
        Self { low: least.min(0.0) * 1.04, high, log: false }
    }

    fn scale(&self) -> Scale {
        if self.log { Scale::log(self.low, self.high) } else { Scale::linear(self.low, self.high) }
    }
}

/// Lines that break off or are broken, since the table has no number there.
fn gaps(areas: &[Area<'_>]) -> Option<String> {
    let gap = |curve: &Curve<'_>| {
        let missing = curve.points.iter().filter(|(_, value)| value.is_none()).count();
        (missing > 0).then(|| format!("{} in {missing} of {} rows", curve.label, curve.points.len()))
    };
    let found: Vec<String> = areas.iter().flat_map(|area| &area.curves).filter_map(gap).collect();
    (!found.is_empty()).then(|| format!("No number was recorded for {}: gaps in the lines.", found.join("; ")))
}
