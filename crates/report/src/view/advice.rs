//! The recommendation of a chapter, with what it saves and how to do it.

use std::collections::BTreeMap;

use analysis::Recommendation;
use catalog::Metric;
use serde::Serialize;
use stats::Interval;

use super::words::sentence;
use super::{Badge, Cell, Head, Table};
use crate::site::{Chapter, Site};
use crate::snippet::{self, SnippetContext};
use crate::{Error, format, markdown};

/// A recommendation, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AdviceView {
    /// What to do.
    recommendation: Option<RecommendationView>,
    /// Why there is nothing to do.
    none: Option<String>,
}

/// A recommendation in words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RecommendationView {
    /// What to do.
    action: String,
    /// When not to.
    unless: String,
    /// Title and page of the chapter.
    title: String,
    href: String,
    current: String,
    advised: String,
    /// Saved per working day, and its interval.
    per_day: String,
    per_day_interval: String,
    /// Saved per month, and its interval.
    per_month: String,
    per_month_interval: String,
    /// Size on disk now and then.
    disk: Option<String>,
    confirmed: Option<Badge>,
    workloads_html: String,
    /// Work that could not be counted in, with the reason.
    left_out: Vec<String>,
    snippets_html: Vec<String>,
}

/// The advice of a chapter.
///
/// # Errors
/// If a snippet's template is wrong.
pub(crate) fn advice(site: &Site<'_>, chapter: &Chapter<'_>) -> Result<AdviceView, Error> {
    Ok(match &chapter.analysis.recommendation {
        Some(found) => {
            let snippets_html = snippets(site, chapter, found)?;
            AdviceView { recommendation: Some(recommendation(site, chapter, found, snippets_html)), none: None }
        }
        None => {
            let none = chapter.analysis.no_recommendation.as_deref().or(chapter.analysis.skipped.as_deref());
            AdviceView {
                recommendation: None,
                none: Some(sentence(&site.names.sentence(none.unwrap_or("this chapter gives no advice")))),
            }
        }
    })
}

/// A recommendation in words; without snippets for the start page.
pub(crate) fn recommendation(
    site: &Site<'_>,
    chapter: &Chapter<'_>,
    found: &Recommendation,
    snippets_html: Vec<String>,
) -> RecommendationView {
    RecommendationView {
        action: sentence(&found.action),
        unless: sentence(&found.unless),
        title: chapter.definition.title.clone(),
        href: chapter.page(),
        current: chapter.variant(&found.current).to_owned(),
        advised: chapter.variant(&found.advised).to_owned(),
        per_day: format::metric(Metric::Time, found.seconds_per_day.estimate),
        per_day_interval: format::interval(Metric::Time, &found.seconds_per_day),
        per_month: format::money(found.money_per_month.estimate),
        per_month_interval: format::interval(Metric::Money, &found.money_per_month),
        disk: found.disk_bytes.map(|(now, then)| format!("{} now, {} then", format::bytes(now), format::bytes(then))),
        confirmed: Badge::confirmed(found.confirmed),
        workloads_html: workloads(found).html(),
        left_out: found.left_out.iter().map(|left| sentence(&site.names.sentence(left))).collect(),
        snippets_html,
    }
}

fn workloads(found: &Recommendation) -> Table {
    let heads = vec![
        Head::text("Work"),
        Head::number("Times a day"),
        Head::number("Now"),
        Head::number("Then"),
        Head::number("Saved each time (95 % interval)"),
        Head::number("Saved per day"),
        Head::number("Bytes billed, saved each time"),
    ];
    let rows = found
        .workloads
        .iter()
        .map(|work| {
            let day: Interval = work.saved_seconds.scaled(work.per_day);
            vec![
                Cell::header(work.label.as_str()),
                Cell::number(format::plain(work.per_day, 2)),
                Cell::number(format::seconds(work.now_seconds)),
                Cell::number(format::seconds(work.then_seconds)),
                Cell::measured(Metric::Time, Some(&work.saved_seconds)),
                Cell::measured(Metric::Time, Some(&day)),
                Cell::number(format::money(work.saved_money)),
            ]
        })
        .collect();
    Table { caption: "What it saves, by work".to_owned(), heads, rows }
}

/// The snippets of the folder, filled for this table, in order of file name.
fn snippets(site: &Site<'_>, chapter: &Chapter<'_>, found: &Recommendation) -> Result<Vec<String>, Error> {
    let Some(folder) = chapter.folder else { return Ok(Vec::new()) };
    let context = context(site, chapter, found);
    let mut html = Vec::new();
    for (path, text) in folder.files {
        let Some(name) = path.strip_prefix("snippets/").filter(|name| !name.contains('/')) else { continue };
        let (label, language) = name.rsplit_once('.').unwrap_or((name, ""));
        let file = format!("experiments/{}/{path}", chapter.analysis.slug);
        let filled = snippet::render(&file, text, &context)?;
        // A snippet that has nothing to say about this variant comes out empty.
        if !filled.trim().is_empty() {
            html.push(markdown::code(language, &label.replace('_', " "), &filled));
        }
    }
    Ok(html)
}

fn context(site: &Site<'_>, chapter: &Chapter<'_>, found: &Recommendation) -> SnippetContext {
    let format = site.input.run.dataset.as_ref().and_then(|dataset| dataset.format.clone());
    let input_format = format.unwrap_or_else(|| "csv".to_owned());
    let columns: BTreeMap<String, String> = chapter
        .analysis
        .choices
        .iter()
        .map(|choice| (choice.purpose.clone(), site.names.whole_column(&choice.column)))
        .collect();
    let output = found.params.get("extension").or(found.params.get("format")).map_or("parquet", String::as_str);
    SnippetContext {
        variant: found.advised.clone(),
        params: found.params.clone(),
        input: format!("your_table.{input_format}"),
        output: format!("converted.{output}"),
        input_format,
        columns,
    }
}
