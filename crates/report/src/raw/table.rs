//! Recorded tables in the raw data: all of a figure's own, and in the JSON those that no figure draws.

use std::collections::BTreeMap;

use analysis::CaseAnalysis;
use catalog::Chart;
use results::{Case, Cell, RecordedTable};

use super::{Amount, line, number, reason, start, start_heads};
use crate::measured::Measured;
use crate::site::Site;

/// A row for each row of each case's table, in the columns that the figure draws; a case without it has one row with the reason.
pub(super) fn csv(site: &Site<'_>, measured: &Measured<'_>, cases: &[&CaseAnalysis], chart: &Chart) -> String {
    let labels: Vec<&String> = chart.x_column.iter().chain(&chart.y_columns).collect();
    let mut heads = start_heads(measured);
    heads.push("missing".to_owned());
    heads.extend(labels.iter().map(|label| (*label).clone()));
    let mut out = line(&heads);
    for case in cases {
        let mut start = start(measured, case);
        start.push(reason(site, case));
        let Some(table) = measured.table(case, chart) else {
            start.resize(heads.len(), String::new());
            out.push_str(&line(&start));
            continue;
        };
        let places: Vec<Option<usize>> =
            labels.iter().map(|label| table.columns.iter().position(|column| column.label == **label)).collect();
        for row in &table.rows {
            let mut fields = start.clone();
            fields.extend(places.iter().map(|place| text(site, place.and_then(|i| row.get(i)))));
            out.push_str(&line(&fields));
        }
    }
    out
}

fn text(site: &Site<'_>, cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Number(value)) => number(*value),
        Some(Cell::Text(text)) => text.clone(),
        Some(Cell::Column(name)) => site.names.whole_column(name),
        Some(Cell::Missing) | None => String::new(),
    }
}

/// The tables in the JSON of a figure, column names as the pages show them: of a series its own, of another figure those that
/// are drawn nowhere, if there is room.
pub(super) fn shown(
    site: &Site<'_>,
    measured: &Measured<'_>,
    case: &Case,
    chart: &Chart,
    amount: Amount,
) -> BTreeMap<String, RecordedTable> {
    let drawn = |name: &String| measured.definition.chart.iter().any(|chart| chart.table.as_ref() == Some(name));
    let wanted = |name: &String| match &chart.table {
        Some(own) => own == name,
        None => amount == Amount::Both && !drawn(name),
    };
    let cell = |cell: &Cell| match cell {
        Cell::Column(name) => Cell::Column(site.names.whole_column(name)),
        other => other.clone(),
    };
    let table = |table: &RecordedTable| RecordedTable {
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        ..table.clone()
    };
    case.tables.iter().filter(|(name, _)| wanted(name)).map(|(name, found)| (name.clone(), table(found))).collect()
}
