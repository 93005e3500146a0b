//! Recorded tables in the raw data: all of a figure's own, and in the JSON those that no figure draws.

use std::collections::BTreeMap;

use results::{Case, Cell, RecordedTable};

use super::line::{line, number};
use super::{Amount, Raw};
use crate::names::Names;

/// A row for each row of each case's table, in the columns that the figure draws; a case without it has one row with the reason.
pub(super) fn csv(raw: &Raw<'_>) -> String {
    let labels: Vec<&String> = raw.chart.x_column.iter().chain(&raw.chart.y_columns).collect();
    let mut heads = raw.start_heads();
    heads.push("missing".to_owned());
    heads.extend(labels.iter().map(|label| (*label).clone()));
    let mut out = line(&heads);
    for case in raw.cases {
        let mut start = raw.start(case);
        let Some(table) = raw.measured.table(case, raw.chart) else {
            start.push(case.missing.clone().unwrap_or_else(|| "the table was not recorded".to_owned()));
            start.resize(heads.len(), String::new());
            out.push_str(&line(&start));
            continue;
        };
        start.push(String::new());
        let place = |label: &&String| table.columns.iter().position(|column| column.label == **label);
        let places: Vec<Option<usize>> = labels.iter().map(place).collect();
        for row in &table.rows {
            let mut fields = start.clone();
            fields.extend(places.iter().map(|place| text(&raw.site.names, place.and_then(|i| row.get(i)))));
            out.push_str(&line(&fields));
        }
    }
    out
}

fn text(names: &Names, cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Number(value)) => number(*value),
        Some(Cell::Text(text)) => text.clone(),
        Some(Cell::Column(name)) => names.whole_column(name),
        Some(Cell::Missing) | None => String::new(),
    }
}

/// The tables in the JSON of a figure, column names as the pages show them: of a series its own, of another figure those that
/// are drawn nowhere, if there is room.
pub(super) fn shown(raw: &Raw<'_>, case: &Case) -> BTreeMap<String, RecordedTable> {
    let charts = &raw.measured.definition.chart;
    let drawn = |name: &String| charts.iter().any(|chart| chart.table.as_ref() == Some(name));
    let wanted = |name: &String| match &raw.chart.table {
        Some(own) => own == name,
        None => raw.amount == Amount::Both && !drawn(name),
    };
    let cell = |cell: &Cell| match cell {
        Cell::Column(name) => Cell::Column(raw.site.names.whole_column(name)),
        other => other.clone(),
    };
    let table = |table: &RecordedTable| RecordedTable {
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        ..table.clone()
    };
    case.tables.iter().filter(|(name, _)| wanted(name)).map(|(name, found)| (name.clone(), table(found))).collect()
}
