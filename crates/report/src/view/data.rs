//! The data's profile: the shape of every column, never a value.

use results::{Column, ColumnRole, Dataset, Sortedness, Source};
use serde::Serialize;

use super::cases::PageLink;
use super::chapter::choice_table;
use super::index::data_line;
use super::{Cell, Head, Layout, Table};
use crate::format;
use crate::markdown::Entry;
use crate::site::Site;

/// Columns on a page, so that a page stays small with names of any length.
const COLUMNS: usize = 250;

/// A page of the profile.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DataView {
    layout: Layout,
    summary: String,
    source: &'static str,
    redacted: bool,
    notes: Vec<String>,
    /// Columns by type.
    types_html: String,
    columns_html: String,
    range: String,
    pages: Vec<PageLink>,
    /// What each experiment chose; on the first page only.
    choices: Vec<ChoiceView>,
}

#[derive(Clone, Debug, Serialize)]
struct ChoiceView {
    title: String,
    href: String,
    table_html: String,
}

/// The pages of the profile, with their names; none without a table.
pub(crate) fn pages(site: &Site<'_>) -> Vec<(String, DataView)> {
    let Some(dataset) = &site.input.run.dataset else { return Vec::new() };
    let count = dataset.columns.len().div_ceil(COLUMNS).max(1);
    let href = |page: usize| if page == 0 { "data.html".to_owned() } else { format!("data-{}.html", page + 1) };
    let contents = [("profile", "Profile"), ("columns", "Columns"), ("choices", "What each experiment used")]
        .map(|(id, title)| Entry { id: id.to_owned(), title: title.to_owned() });
    (0..count)
        .map(|page| {
            let from = page * COLUMNS;
            let to = (from + COLUMNS).min(dataset.columns.len());
            let contents = if page == 0 { contents.to_vec() } else { Vec::new() };
            let title = if page == 0 { "Data".to_owned() } else { format!("Data, page {}", page + 1) };
            let view = DataView {
                layout: Layout::new(site, &href(page), &title, "The shape of the table that was measured.", contents),
                summary: data_line(site).unwrap_or_default(),
                source: source(dataset.source),
                redacted: site.names.are_hidden(),
                notes: dataset.notes.iter().map(|note| site.names.sentence(note)).collect(),
                types_html: types(dataset).html(),
                columns_html: columns(site, dataset, from, to).html(),
                range: format!("Columns {} to {to} of {}.", (from + 1).min(to), dataset.columns.len()),
                pages: (0..count)
                    .map(|other| PageLink {
                        label: format!("Page {}", other + 1),
                        href: href(other),
                        current: other == page,
                    })
                    .collect(),
                choices: if page == 0 { choices(site) } else { Vec::new() },
            };
            (href(page), view)
        })
        .collect()
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Default => "The default table, made from a seed.",
        Source::Tpch => "TPC-H, made by its generator.",
        Source::User => "Your files. They were read and never modified; no value of them is on this site.",
    }
}

fn types(dataset: &Dataset) -> Table {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for column in &dataset.columns {
        match counts.iter_mut().find(|(dtype, _)| *dtype == column.dtype) {
            Some((_, n)) => *n += 1,
            None => counts.push((&column.dtype, 1)),
        }
    }
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    Table {
        caption: "Columns by type".to_owned(),
        heads: vec![Head::text("Type"), Head::number("Columns")],
        rows: counts.into_iter().map(|(dtype, n)| vec![Cell::header(dtype), Cell::number(n.to_string())]).collect(),
    }
}

fn columns(site: &Site<'_>, dataset: &Dataset, from: usize, to: usize) -> Table {
    let heads = vec![
        Head::number("#"),
        Head::text("Column"),
        Head::text("Type"),
        Head::number("Nulls"),
        Head::number("Distinct (estimate)"),
        Head::text("Order"),
        Head::number("Zero or empty"),
        Head::number("Mean length"),
        Head::text("Can serve as"),
    ];
    let unknown = || Cell::missing(None);
    let row = |(i, column): (usize, &Column)| {
        // The profile is that of the rows that were used.
        let share = |part: u64| format::share(part as f64 / dataset.rows_used.max(1) as f64);
        vec![
            Cell::number((from + i + 1).to_string()),
            Cell::name(site.names.column(&column.name)).naming_row(),
            Cell::text(column.dtype.as_str()),
            column.nulls.map_or_else(unknown, |nulls| Cell::number(share(nulls))),
            column.distinct.map_or_else(unknown, |distinct| Cell::number(format::count(distinct as f64))),
            column.sorted.map_or_else(unknown, |sorted| Cell::text(order(sorted))),
            column.zero_share.map_or_else(unknown, |zero| Cell::number(format::share(zero))),
            column.mean_bytes.map_or_else(unknown, |mean| Cell::number(format::bytes(mean))),
            Cell::text(column.roles.iter().map(|role| role_name(*role)).collect::<Vec<_>>().join(", ")),
        ]
    };
    let rows = dataset.columns[from.min(to)..to].iter().enumerate().map(row).collect();
    Table { caption: "Every column".to_owned(), heads, rows }
}

fn order(sorted: Sortedness) -> &'static str {
    match sorted {
        Sortedness::Ascending => "ascending",
        Sortedness::Descending => "descending",
        Sortedness::Unsorted => "unsorted",
    }
}

fn role_name(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Time => "time",
        ColumnRole::Key => "key",
        ColumnRole::Category => "category",
        ColumnRole::Measure => "measure",
        ColumnRole::Filter => "filter",
        ColumnRole::Text => "text",
        ColumnRole::Sparse => "sparse feature",
        ColumnRole::Label => "label",
        ColumnRole::Vector => "vector",
    }
}

fn choices(site: &Site<'_>) -> Vec<ChoiceView> {
    site.chapters
        .iter()
        .filter(|chapter| !chapter.analysis.choices.is_empty())
        .map(|chapter| ChoiceView {
            title: chapter.definition.title.clone(),
            href: chapter.page(),
            table_html: choice_table(site, chapter).html(),
        })
        .collect()
}
