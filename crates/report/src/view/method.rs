//! The method: the protocol as prose, and what came of it in this run.

use catalog::{Advice, Metric};
use results::Clock;
use serde::Serialize;

use super::layout::budget;
use super::{Badge, Cell, Head, Layout, Table};
use crate::markdown::{Values, parse, render};
use crate::site::Site;
use crate::words::{date, margin, sentence};
use crate::{Error, format};

const METHOD: &str = include_str!("../../../../site/pages/method.md");
const GLOSSARY: &str = include_str!("../../../../site/pages/glossary.md");

/// The method page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MethodView {
    layout: Layout,
    method_html: String,
    glossary_html: String,
    run_html: String,
    controls_html: Option<String>,
    trust: TrustView,
    exclusions: Vec<Exclusion>,
    prices_html: String,
}

#[derive(Clone, Debug, Serialize)]
struct Exclusion {
    title: String,
    href: String,
    reasons: Vec<String>,
}

/// How far a run can be trusted, in figures and sentences.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TrustView {
    /// Name, figure, and what it means.
    figures: Vec<TrustFigure>,
    warnings: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct TrustFigure {
    label: &'static str,
    figure: String,
    meaning: String,
}

/// The method page.
///
/// # Errors
/// If its prose is wrong.
pub(crate) fn page(site: &Site<'_>) -> Result<MethodView, Error> {
    let values = values(site);
    let prose = |file: &str, text: &str| {
        let parsed = parse(file, text)?;
        render(&parsed, &values, &mut |line, _| {
            Err(Error::Prose { file: file.to_owned(), line: Some(line), why: "only chapters have blocks".to_owned() })
        })
    };
    let method = prose("site/pages/method.md", METHOD)?;
    let glossary = prose("site/pages/glossary.md", GLOSSARY)?;
    let entry = |id: &str, title: &str| crate::markdown::Entry { id: id.to_owned(), title: title.to_owned() };
    let mut contents = vec![entry("run", "This run")];
    contents.extend(method.contents);
    contents
        .extend([entry("exclusions", "What was left out on purpose"), entry("assumptions", "Prices and frequencies")]);
    contents.extend(glossary.contents);
    let exclusions = site
        .chapters
        .iter()
        .filter(|chapter| !chapter.definition.except.is_empty())
        .map(|chapter| Exclusion {
            title: chapter.definition.title.clone(),
            href: chapter.page(),
            reasons: chapter.definition.except.iter().map(|except| except.reason.clone()).collect(),
        })
        .collect();
    Ok(MethodView {
        layout: Layout::new(
            site,
            "method.html",
            "Method",
            "How the numbers were made, and how far to trust them.",
            contents,
        ),
        method_html: method.html,
        glossary_html: glossary.html,
        run_html: run(site).html(),
        controls_html: controls(site).map(|table| table.html()),
        trust: trust(site),
        exclusions,
        prices_html: prices(site).html(),
    })
}

fn values(site: &Site<'_>) -> Values {
    let mut values = Values::default();
    values.text("margin", &margin(site.input.run.header.margin));
    values.text("seed", &site.input.run.header.seed.to_string());
    values
}

/// How far this run can be trusted.
pub(crate) fn trust(site: &Site<'_>) -> TrustView {
    let trust = &site.input.analysis.trust;
    let n = |n: usize| format::count(n as f64);
    let margin = margin(site.input.run.header.margin);
    let figures = vec![
        TrustFigure {
            label: "False alarms",
            figure: if trust.controls.is_empty() {
                "no control".to_owned()
            } else {
                format!("{} of {}", n(trust.false_alarms), n(trust.controls.len()))
            },
            meaning: match trust.controls.len() {
                0 => {
                    "No variant was compared with itself in this run, so its false-alarm rate is not known.".to_owned()
                }
                _ => "Controls: a variant compared with itself. Any difference that is found there is a false alarm."
                    .to_owned(),
            },
        },
        TrustFigure {
            label: "Smallest visible effect",
            figure: trust.smallest_effect.map_or_else(|| "not known".to_owned(), format::share),
            meaning: format!(
                "A smaller difference could not have been told from noise here. Differences within {margin} count as none."
            ),
        },
        TrustFigure {
            label: "Cannot tell",
            figure: format!("{} of {}", n(trust.cannot_tell), n(trust.judged)),
            meaning: "Comparisons whose interval is too wide for a verdict. A longer budget settles more of them."
                .to_owned(),
        },
        TrustFigure {
            label: "Taken back",
            figure: n(trust.taken_back),
            meaning: "Verdicts that did not survive the control of the false discovery rate over all comparisons."
                .to_owned(),
        },
        TrustFigure {
            label: "Cases measured",
            figure: n(trust.measured),
            meaning: format!(
                "Beside {} skipped, {} failed or out of time, and {} unfinished: each is listed in its chapter with the reason.",
                n(trust.skipped),
                n(trust.failed),
                n(trust.unfinished)
            ),
        },
    ];
    TrustView { figures, warnings: trust.warnings.iter().map(|warning| sentence(warning)).collect() }
}

fn run(site: &Site<'_>) -> Table {
    let run = site.input.run;
    let header = &run.header;
    let mut rows: Vec<(&str, String)> = vec![
        ("Run", header.id.clone()),
        ("Started", date(&header.started)),
        ("Command", site.command()),
        ("Benchbook that measured", header.benchbook.clone()),
        ("Benchbook that rendered", site.input.version.to_owned()),
        ("Results schema", header.schema.to_string()),
        ("Seed", header.seed.to_string()),
        ("Budget", format!("{}, {}", budget(header.budget), format::seconds(header.budget_seconds as f64))),
        ("Margin of practical equivalence", margin(header.margin)),
        ("Clock", if header.clock == Clock::Real { "real".to_owned() } else { "made up, for tests".to_owned() }),
    ];
    match &run.end {
        Some(end) => {
            rows.push(("Took", format::seconds(end.elapsed_seconds)));
            rows.push(("Cases measured now, and taken from earlier runs", format!("{}, {}", end.measured, end.reused)));
            rows.push(("Ended", if end.interrupted { "interrupted" } else { "as planned" }.to_owned()));
        }
        None => rows.push(("Ended", "cut off: the results file has no end".to_owned())),
    }
    Table {
        caption: "This run".to_owned(),
        heads: vec![Head::text("What"), Head::text("Here")],
        rows: rows.into_iter().map(|(name, value)| vec![Cell::header(name), Cell::text(value)]).collect(),
    }
}

/// Every control with its interval, so that the reader need not believe the count.
fn controls(site: &Site<'_>) -> Option<Table> {
    let controls = &site.input.analysis.trust.controls;
    let row = |control: &analysis::Control| {
        let chapter = site.chapter(&control.experiment);
        let title = chapter.map_or(control.experiment.as_str(), |chapter| chapter.definition.title.as_str());
        let variant = chapter.map_or(control.variant.as_str(), |chapter| chapter.variant(&control.variant));
        let point = chapter.map_or_else(|| control.point.to_string(), |chapter| chapter.point(&control.point, &[]));
        vec![
            Cell::header(format!("{title}: {variant}")),
            Cell::text(point),
            Cell::factor(Some(&control.factor)),
            Cell::badge(Badge::verdict(Some(control.verdict), Metric::Time)),
        ]
    };
    (!controls.is_empty()).then(|| Table {
        caption: "Controls: the baseline against itself".to_owned(),
        heads: vec![
            Head::text("Measured twice"),
            Head::text("Where"),
            Head::number("Times faster (95\u{a0}% interval)"),
            Head::text("Verdict"),
        ],
        rows: controls.iter().map(row).collect(),
    })
}

/// What turns seconds and bytes into money.
fn prices(site: &Site<'_>) -> Table {
    let prices = site.input.assumptions;
    let mut rows: Vec<(String, String)> = vec![
        ("Price of a terabyte read by a query".to_owned(), format::money(prices.usd_per_tb)),
        ("Smallest amount billed per query".to_owned(), format::bytes(prices.minimum_bytes)),
        ("Price of an hour of waiting".to_owned(), format::money(prices.usd_per_hour)),
        ("Price of an hour of the machine".to_owned(), format::money(prices.usd_per_machine_hour)),
        ("Working days per month".to_owned(), format::plain(prices.days_per_month, 1)),
    ];
    for chapter in &site.chapters {
        for work in chapter.definition.advice.iter().flat_map(Advice::each).flat_map(|advice| &advice.workload) {
            let per_day = prices.frequencies.get(&work.id).copied().unwrap_or(work.per_day);
            rows.push((
                format!("{}: {}", chapter.definition.title, work.label),
                format!("{} times a day (`{}`)", format::plain(per_day, 2), work.id),
            ));
        }
    }
    Table {
        caption: "Assumptions".to_owned(),
        heads: vec![Head::text("Assumption"), Head::text("Value")],
        rows: rows.into_iter().map(|(name, value)| vec![Cell::header(name), Cell::text(value)]).collect(),
    }
}
