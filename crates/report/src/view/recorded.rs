//! A table that an experiment recorded, as the page shows it.

use analysis::CaseAnalysis;
use results::{Cell as Recorded, Point, RecordedTable, TableColumn};

use super::{Cell, Head, Table};
use crate::escape::escape_html;
use crate::format;
use crate::markdown::TableBlock;
use crate::measured::Measured;
use crate::site::Site;
use crate::words::{clause, sentence};

/// The table of a `table` block, or why it is not there, as HTML.
///
/// Axes that the block does not name are at the first place where the variant recorded it.
///
/// # Errors
/// A clause if the block names a variant, an axis or a value that the definition does not have.
pub(crate) fn block(site: &Site<'_>, measured: &Measured<'_>, block: &TableBlock) -> Result<String, String> {
    known(measured, &block.variant, &block.point)?;
    if let Some(found) = find(measured, block) {
        return Ok(html(site, found, &block.caption));
    }
    let reason =
        measured.analysis.skipped.as_deref().or(cases(measured, block).find_map(|case| case.missing.as_deref()));
    let reason = reason.unwrap_or("this run did not record it");
    let caption = escape_html(clause(&block.caption));
    Ok(format!("<p class=\"nochart\">{caption}: not measured here. {}</p>", escape_html(&sentence(reason))))
}

/// The table of a block, if it was recorded: the fullest one, since at some places an experiment may have nothing to list.
pub(crate) fn find<'a>(measured: &Measured<'a>, block: &TableBlock) -> Option<&'a RecordedTable> {
    let tables = cases(measured, block).filter_map(|case| measured.recorded(case)?.tables.get(&block.name));
    tables.max_by_key(|table| (!table.rows.is_empty(), table.more == 0))
}

/// The cases that a block speaks of.
fn cases<'a>(measured: &Measured<'a>, block: &TableBlock) -> impl Iterator<Item = &'a CaseAnalysis> {
    let here = |case: &&CaseAnalysis| case.variant == block.variant && case.point.matches(&block.point);
    measured.analysis.cases.iter().filter(here)
}

fn known(measured: &Measured<'_>, variant: &str, point: &Point) -> Result<(), String> {
    let definition = &measured.definition;
    if definition.variant(variant).is_none() {
        return Err(format!("there is no variant {variant:?}"));
    }
    for (name, id) in &point.0 {
        let axis = definition.axis(name).ok_or_else(|| format!("there is no axis {name:?}"))?;
        if !axis.values.iter().any(|value| value.id == *id) {
            return Err(format!("the axis {name:?} has no value {id:?}"));
        }
    }
    Ok(())
}

/// A recorded table as HTML, with a word on the rows that were not kept.
pub(crate) fn html(site: &Site<'_>, recorded: &RecordedTable, caption: &str) -> String {
    let mut html = table(site, recorded, caption).html();
    if recorded.more > 0 {
        html.push_str(&format!("\n<p class=\"quiet\">And {} more rows.</p>", format::count(recorded.more as f64)));
    }
    html
}

fn table(site: &Site<'_>, recorded: &RecordedTable, caption: &str) -> Table {
    let numeric = |i: usize| {
        let cells = || recorded.rows.iter().filter_map(|row| row.get(i));
        cells().any(|cell| matches!(cell, Recorded::Number(_)))
            && cells().all(|cell| matches!(cell, Recorded::Number(_) | Recorded::Missing))
    };
    let head = |(i, column): (usize, &TableColumn)| Head { text: column.label.clone(), numeric: numeric(i) };
    let cell = |(column, cell): (&TableColumn, &Recorded)| match cell {
        Recorded::Number(number) => Cell::number(format::quantity(column.unit, *number)),
        Recorded::Text(text) => Cell::text(text.as_str()),
        Recorded::Column(name) => Cell::name(site.names.column(name)),
        Recorded::Missing => Cell::missing(None),
    };
    let row = |row: &Vec<Recorded>| {
        let mut cells: Vec<Cell> = recorded.columns.iter().zip(row).map(cell).collect();
        if let Some(first) = cells.first_mut().filter(|first| !first.numeric) {
            first.header = true;
        }
        cells
    };
    Table {
        caption: caption.to_owned(),
        heads: recorded.columns.iter().enumerate().map(head).collect(),
        rows: recorded.rows.iter().map(row).collect(),
    }
}
