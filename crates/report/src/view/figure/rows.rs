//! The tables behind a series: rows of what its cases recorded, thinned so that a page stays small; the raw data have all.

use analysis::CaseAnalysis;
use catalog::Chart;

use super::super::{Cell, Head, Table};
use super::tables::varying;
use crate::chart::series::{self, Recorded};
use crate::format;
use crate::measured::Measured;

/// About how many rows of a recorded table stand on a page.
const ROWS: usize = 25;

/// What a case recorded, under its name.
struct Named<'a> {
    label: String,
    recorded: Recorded<'a>,
}

/// A table with a column for each case if there is one column and all have the same places, else a table for each case.
pub(super) fn tables(measured: &Measured<'_>, chart: &Chart, cases: &[&CaseAnalysis]) -> Vec<Table> {
    let axes = varying(measured, cases);
    let named = |case: &&CaseAnalysis| {
        let recorded = series::read(chart, measured.table(case, chart)?).ok()?;
        let places = measured.places(axes.iter().copied(), &case.point);
        let label = [measured.variant(&case.variant)].into_iter().chain(places).collect::<Vec<_>>().join(", ");
        Some(Named { label, recorded })
    };
    let found: Vec<Named<'_>> = cases.iter().filter_map(named).collect();
    let Some(first) = found.first() else { return Vec::new() };
    let alike = |other: &Named<'_>| places(&other.recorded) == places(&first.recorded);
    if chart.y_columns.len() == 1 && found.iter().all(alike) {
        let columns = found.iter().flat_map(|named| {
            named.recorded.columns.iter().map(|column| (named.label.as_str(), column)).collect::<Vec<_>>()
        });
        let title = format!("{}: {}", chart.title, chart.y_columns[0]);
        return vec![table(title, &first.recorded, &columns.collect::<Vec<_>>())];
    }
    let of_case = |named: &Named<'_>| {
        let columns: Vec<_> = named.recorded.columns.iter().map(|column| (column.label, column)).collect();
        table(format!("{}: {}", chart.title, named.label), &named.recorded, &columns)
    };
    found.iter().map(of_case).collect()
}

fn places(recorded: &Recorded<'_>) -> Vec<f64> {
    recorded.columns.first().map_or_else(Vec::new, |column| column.points.iter().map(|(x, _)| *x).collect())
}

fn table(title: String, recorded: &Recorded<'_>, columns: &[(&str, &series::Column<'_>)]) -> Table {
    let (label, unit) = recorded.x;
    let places = places(recorded);
    let step = places.len().div_ceil(ROWS).max(1);
    let row = |(i, x): (usize, &f64)| {
        let mut row = vec![Cell::number(format::quantity(unit, *x)).naming_row()];
        row.extend(columns.iter().map(|(_, column)| match column.points.get(i) {
            Some((_, Some(value))) => Cell::number(format::quantity(column.unit, *value)),
            _ => Cell::missing(None),
        }));
        row
    };
    let shown = |i: usize| i.is_multiple_of(step) || i + 1 == places.len();
    let thinned = match step {
        1 => String::new(),
        step => format!(" (every {step}th of {} rows and the last; the raw data have all)", places.len()),
    };
    let mut heads = vec![Head::number(label)];
    heads.extend(columns.iter().map(|(label, _)| Head::number(*label)));
    Table {
        caption: format!("{title}{thinned}"),
        heads,
        rows: places.iter().enumerate().filter(|(i, _)| shown(*i)).map(row).collect(),
    }
}
