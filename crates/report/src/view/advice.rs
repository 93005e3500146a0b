//! The recommendation of a chapter, with what it saves and how to do it.

use std::collections::BTreeMap;

use analysis::{Gain, Recommendation, RuledOut};
use catalog::Metric;
use serde::Serialize;
use stats::Interval;

use super::{Badge, Cell, Head, Table, recorded};
use crate::site::{Chapter, Site};
use crate::snippet::{self, SnippetContext};
use crate::words::{capital, sentence};
use crate::{Error, format, markdown};

/// A recommendation, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AdviceView {
    /// What to do.
    recommendation: Option<RecommendationView>,
    /// Why there is nothing to do.
    none: Option<String>,
    /// Variants that a condition rules out, each as a sentence.
    ruled_out: Vec<String>,
}

/// Something that is saved.
#[derive(Clone, Debug, Serialize)]
struct SavingView {
    what: String,
    amount: String,
    /// Its interval, and what else belongs to it.
    small: String,
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
    savings: Vec<SavingView>,
    /// Whether prices and frequencies enter.
    priced: bool,
    /// Size on disk now and then.
    disk: Option<String>,
    confirmed: Option<Badge>,
    workloads_html: String,
    /// What the experiment has to say in detail.
    details_html: Option<String>,
    /// Work that could not be counted in, with the reason.
    left_out: Vec<String>,
    snippets_html: Vec<String>,
}

/// The advice of a chapter.
///
/// # Errors
/// If a snippet's template is wrong.
pub(crate) fn advice(site: &Site<'_>, chapter: &Chapter<'_>) -> Result<AdviceView, Error> {
    let ruled_out: Vec<String> = chapter.analysis.ruled_out.iter().map(|out| ruled(chapter, out)).collect();
    Ok(match &chapter.analysis.recommendation {
        Some(found) => {
            let snippets_html = snippets(site, chapter, found)?;
            let recommendation = recommendation(site, chapter, found, snippets_html);
            AdviceView { recommendation: Some(recommendation), none: None, ruled_out }
        }
        None => {
            let none = chapter.analysis.no_recommendation.as_deref().or(chapter.analysis.skipped.as_deref());
            AdviceView {
                recommendation: None,
                none: Some(sentence(none.unwrap_or("this chapter gives no advice"))),
                ruled_out,
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
        current: found.current_label.clone(),
        advised: chapter.variant(&found.advised).to_owned(),
        savings: savings(&found.gain),
        priced: matches!(found.gain, Gain::Time { .. }),
        disk: found.disk_bytes.map(|(now, then)| format!("{} now, {} then", format::bytes(now), format::bytes(then))),
        confirmed: Badge::confirmed(found.confirmed),
        workloads_html: workloads(found).html(),
        details_html: found.details.as_ref().map(|details| recorded::html(site, details, "In detail")),
        left_out: found.left_out.iter().map(|left| sentence(left)).collect(),
        snippets_html,
    }
}

fn savings(gain: &Gain) -> Vec<SavingView> {
    match gain {
        Gain::Time { seconds_per_day, money_per_month } => vec![
            SavingView {
                what: "Time saved per day".to_owned(),
                amount: format::metric(Metric::Time, seconds_per_day.estimate),
                small: format::interval(Metric::Time, seconds_per_day),
            },
            SavingView {
                what: "Money saved per month".to_owned(),
                amount: format::money(money_per_month.estimate),
                small: format::interval(Metric::Money, money_per_month),
            },
        ],
        Gain::Metric { metric, now, then, saved } => {
            let more_or_less = if metric.lower_is_better() { "Less" } else { "More" };
            let sides = format!("{} now, {} then", format::metric(*metric, *now), format::metric(*metric, *then));
            let exact = saved.low == saved.high;
            vec![SavingView {
                what: format!("{more_or_less} {}", metric.label()),
                amount: format::amount(*metric, saved.estimate),
                small: if exact { sides } else { format!("{}; {sides}", format::difference_interval(*metric, saved)) },
            }]
        }
    }
}

/// Which condition a variant is not shown to keep, as a sentence.
fn ruled(chapter: &Chapter<'_>, out: &RuledOut) -> String {
    let metric = out.require.metric;
    let measured =
        out.measured.as_ref().map_or_else(|| "not measured".to_owned(), |m| format::with_interval(metric, m));
    let bounds = [("at most", out.require.at_most), ("at least", out.require.at_least)];
    let bounds =
        bounds.into_iter().filter_map(|(word, bound)| Some(format!("{word} {}", format::bound(metric, bound?))));
    let place = match chapter.point(&out.point, &[]) {
        empty if empty.is_empty() => empty,
        place => format!(" ({place})"),
    };
    format!(
        "{}: {}{place} {measured}; required: {}.",
        chapter.variant(&out.variant),
        metric.label(),
        bounds.collect::<Vec<_>>().join(", ")
    )
}

fn workloads(found: &Recommendation) -> Table {
    let caption = "What it saves, by work".to_owned();
    if let Gain::Metric { metric, .. } = found.gain {
        let saved = if metric.lower_is_better() { "Saved" } else { "Gained" };
        let heads = vec![
            Head::text("Work"),
            Head::number(format!("{} now", capital(metric.label()))),
            Head::number("Then"),
            Head::number(format!("{saved} (95 % interval)")),
        ];
        let rows = found.workloads.iter().map(|work| {
            let exact = work.saved.low == work.saved.high;
            vec![
                Cell::header(work.label.as_str()),
                Cell::number(format::metric(metric, work.now)),
                Cell::number(format::metric(metric, work.then)),
                Cell {
                    sub: (!exact).then(|| format::difference_interval(metric, &work.saved)),
                    ..Cell::number(format::amount(metric, work.saved.estimate))
                },
            ]
        });
        return Table { caption, heads, rows: rows.collect() };
    }
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
            let day: Interval = work.saved.scaled(work.per_day);
            vec![
                Cell::header(work.label.as_str()),
                Cell::number(format::plain(work.per_day, 2)),
                Cell::number(format::seconds(work.now)),
                Cell::number(format::seconds(work.then)),
                Cell::measured(Metric::Time, Some(&work.saved)),
                Cell::measured(Metric::Time, Some(&day)),
                Cell::number(format::money(work.saved_money)),
            ]
        })
        .collect();
    Table { caption, heads, rows }
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
