//! A table of text cells, the one form in which figures, cases and facts are shown.
//!
//! Tables become HTML here and not in a template: a site has tens of thousands of cells, and a template engine that copies
//! each of them would take most of the time of a render. For the same reason cells and rows have no end tags, which HTML lets
//! one leave out, and a class no quotes: on all pages together that is a tenth of a site.

use std::fmt::Write as _;

use catalog::Metric;
use stats::Interval;

use super::Badge;
use crate::escape::escape_html;
use crate::format;

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// What it shows, for screen readers and above the table.
    pub(crate) caption: String,
    /// Column heads.
    pub(crate) heads: Vec<Head>,
    /// Rows of as many cells as there are heads, but for cells that span.
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The table in a frame of its own in which it scrolls.
    pub(crate) fn html(&self) -> String {
        let caption = escape_html(&self.caption);
        let mut out = format!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n<caption>{caption}</caption>\n<thead><tr>"
        );
        for head in &self.heads {
            let class = if head.numeric { " class=n" } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(out, "<th scope=col{class}>{}", escape_html(&head.text));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for cell in row {
                cell.write(&mut out);
            }
            out.push('\n');
        }
        out.push_str("</tbody>\n</table>\n</div>");
        out
    }
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Text.
    pub(crate) text: String,
    /// Whether numbers stand below it.
    pub(crate) numeric: bool,
}

impl Head {
    /// A column of words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), numeric: false }
    }

    /// A column of numbers.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), numeric: true }
    }
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Text.
    pub(crate) text: String,
    /// Smaller text behind it: an interval, a reason.
    pub(crate) sub: Option<String>,
    /// A verdict.
    pub(crate) badge: Option<Badge>,
    /// Whether it is a number.
    pub(crate) numeric: bool,
    /// Whether it names its row.
    pub(crate) header: bool,
    /// Whether it is a name from the data.
    pub(crate) name: bool,
    /// Columns that it takes, if more than one.
    pub(crate) span: Option<usize>,
    /// Whether nothing was measured.
    pub(crate) missing: bool,
}

impl Cell {
    /// Words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The name of the row.
    pub(crate) fn header(text: impl Into<String>) -> Self {
        Self { text: text.into(), header: true, ..Self::default() }
    }

    /// A name from the data, set apart so that its writing direction stays inside.
    pub(crate) fn name(text: impl Into<String>) -> Self {
        Self { text: text.into(), name: true, ..Self::default() }
    }

    /// The same cell, naming its row.
    pub(crate) fn naming_row(mut self) -> Self {
        self.header = true;
        self
    }

    /// A formatted number.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), numeric: true, ..Self::default() }
    }

    /// An estimate with its interval in a metric's unit; what is known exactly has none.
    pub(crate) fn measured(metric: Metric, value: Option<&Interval>) -> Self {
        match value {
            None => Self::missing(None),
            Some(value) if value.low < value.high => {
                Self::with_interval(format::metric(metric, value.estimate), format::interval(metric, value))
            }
            Some(value) => Self::number(format::metric(metric, value.estimate)),
        }
    }

    /// A factor with its interval.
    pub(crate) fn factor(value: Option<&Interval>) -> Self {
        match value {
            None => Self::missing(None),
            Some(value) => Self::with_interval(format::factor(value.estimate), format::factor_interval(value)),
        }
    }

    /// A number with its interval, unless that is too narrow for its digits to differ.
    fn with_interval(text: String, interval: String) -> Self {
        Self { sub: (interval != text).then_some(interval), ..Self::number(text) }
    }

    fn write(&self, out: &mut String) {
        let tag = if self.header { "th" } else { "td" };
        let scope = if self.header { " scope=row" } else { "" };
        let class = match (self.numeric, self.missing) {
            (true, true) => " class=\"n none\"",
            (true, false) => " class=n",
            (false, true) => " class=none",
            (false, false) => "",
        };
        let span = self.span.map(|columns| format!(" colspan=\"{columns}\"")).unwrap_or_default();
        let text = escape_html(&self.text);
        let inside = match &self.badge {
            Some(badge) => badge.html(),
            None if self.name => format!("<bdi>{text}</bdi>"),
            None => text,
        };
        let sub = self.sub.as_ref().map(|sub| format!(" <small>{}</small>", escape_html(sub))).unwrap_or_default();
        let _ = write!(out, "<{tag}{scope}{class}{span}>{inside}{sub}");
    }

    /// A verdict.
    pub(crate) fn badge(badge: Badge) -> Self {
        Self { badge: Some(badge), ..Self::default() }
    }

    /// Not measured, with the reason if it is said here.
    pub(crate) fn missing(reason: Option<String>) -> Self {
        let (text, numeric) = if reason.is_some() { ("not measured", false) } else { ("–", true) };
        Self { text: text.to_owned(), sub: reason, missing: true, numeric, ..Self::default() }
    }

    /// The same cell over `columns` columns.
    pub(crate) fn over(mut self, columns: usize) -> Self {
        self.span = Some(columns);
        self
    }
}
