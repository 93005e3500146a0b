//! A chapter's page: its prose with every block in place, and what the prose did not place at the end.

use std::collections::BTreeSet;

use catalog::Chart;
use serde::Serialize;

use super::figure::{Detail, Spot, figure, raw_name, selected};
use super::missing::{Group, groups};
use super::{Badge, Cell, Head, Layout, Table, advice, claims, recorded, reference};
use crate::Error;
use crate::markdown::{Block, Entry, Rendered, Values, parse, render};
use crate::measured::Measured;
use crate::raw::{Amount, Raw};
use crate::site::{Chapter, Site};
use crate::words::sentence;

/// A chapter.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ChapterView {
    layout: Layout,
    part: String,
    title: String,
    question: String,
    badge: Badge,
    answer_html: String,
    /// Why nothing was measured, if the whole experiment was skipped.
    skipped: Option<String>,
    body_html: String,
    /// What the prose did not place.
    rest: Rest,
    /// What other machines measured.
    references_html: Vec<String>,
    /// Columns that the experiment chose, with the reason.
    choices_html: Option<String>,
    /// Why answers were not compared, where that is by design.
    answers: Vec<String>,
    cases_href: String,
    cases: usize,
    measured: usize,
    reproduce: String,
    /// The chapters before and after.
    previous: Option<Neighbour>,
    next: Option<Neighbour>,
}

/// What the prose did not place, in the order of the template.
#[derive(Clone, Debug, Default, Serialize)]
struct Rest {
    figures_html: Vec<String>,
    advice_html: Option<String>,
    claims_html: Option<String>,
    missing_html: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Neighbour {
    title: String,
    href: String,
}

/// For `verdict.html`.
#[derive(Clone, Debug, Serialize)]
struct VerdictView {
    badge: Badge,
    text_html: String,
    /// What is compared.
    compared: String,
    confirmed: Option<Badge>,
}

/// For `missing.html`.
#[derive(Clone, Debug, Serialize)]
struct MissingView {
    groups: Vec<Group>,
    planned: usize,
    measured: usize,
}

/// For `try.html`.
#[derive(Clone, Debug, Serialize)]
struct TryView {
    body_html: String,
}

/// The page of the chapter at `place` in the guide.
///
/// # Errors
/// If its prose names something that is not there, or a template fails.
pub(crate) fn page(site: &Site<'_>, place: usize, chapter: &Chapter<'_>, detail: Detail) -> Result<ChapterView, Error> {
    let (placed, styled) = (BTreeSet::new(), false);
    let mut blocks = Blocks { site, chapter, detail, placed, styled, advice: false, claims: false, missing: false };
    let body = match &chapter.parsed {
        Some(parsed) => render(parsed, &chapter.values, &mut |line, block| blocks.html(line, block))?,
        None => Rendered::default(),
    };
    let mut contents = body.contents;
    let rest = blocks.rest(&mut contents)?;
    let mut references_html = Vec::new();
    for measured in &chapter.references {
        let (entry, html) = reference::section(site, chapter, measured, detail, &mut blocks.styled)?;
        contents.push(entry);
        references_html.push(html);
    }

    let analysis = chapter.analysis;
    let measured = analysis.cases.iter().filter(|case| case.missing.is_none()).count();
    let neighbour = |at: Option<usize>| {
        let chapter = site.chapters.get(at?)?;
        Some(Neighbour { title: chapter.definition.title.clone(), href: chapter.page() })
    };
    contents.push(Entry { id: "measurements".to_owned(), title: "The measurements".to_owned() });
    Ok(ChapterView {
        layout: Layout::new(site, &chapter.page(), &chapter.definition.title, &chapter.definition.question, contents),
        part: chapter.definition.part.clone(),
        title: chapter.definition.title.clone(),
        question: chapter.definition.question.clone(),
        badge: chapter.answer.badge.clone(),
        answer_html: chapter.answer.html.clone(),
        skipped: analysis.skipped.as_deref().map(sentence),
        body_html: body.html,
        rest,
        references_html,
        choices_html: choices(site, chapter),
        answers: answers(chapter),
        cases_href: chapter.cases_page(0),
        cases: analysis.cases.len(),
        measured,
        reproduce: format!("benchbook reproduce {}", analysis.slug),
        previous: neighbour(place.checked_sub(1)),
        next: neighbour(Some(place + 1)),
    })
}

/// The raw data of a chapter's figures and of those of its references: path and content of each file.
pub(crate) fn raw_data(site: &Site<'_>, chapter: &Chapter<'_>, amount: Amount) -> Vec<(String, String)> {
    let of_reader = chapter.definition.chart.iter().map(|chart| (&**chapter, chart));
    let of_others =
        chapter.references.iter().flat_map(|measured| reference::charts(measured).map(move |chart| (measured, chart)));
    let files = |(measured, chart): (&Measured<'_>, &Chart)| {
        let cases = selected(measured, chart);
        let name = raw_name(measured, chart);
        let raw = Raw { site, measured, chart, cases: &cases, amount };
        [(format!("data/{name}.csv"), raw.csv()), (format!("data/{name}.json"), raw.json())]
    };
    of_reader.chain(of_others).flat_map(files).collect()
}

/// Why answers differ by design, a sentence for the experiment and for each variant.
fn answers(chapter: &Chapter<'_>) -> Vec<String> {
    let definition = &chapter.definition;
    let own = definition.variant.iter().filter_map(|variant| {
        let reason = variant.answers_differ.as_deref()?;
        Some(format!("{}: {}", variant.label, sentence(reason)))
    });
    definition.answers_differ.iter().map(|reason| sentence(reason)).chain(own).collect()
}

fn choices(site: &Site<'_>, chapter: &Chapter<'_>) -> Option<String> {
    let choices = &chapter.analysis.choices;
    (!choices.is_empty()).then(|| choice_table(site, chapter).html())
}

/// Columns that an experiment took, for which purpose, and why.
pub(crate) fn choice_table(site: &Site<'_>, chapter: &Chapter<'_>) -> Table {
    let row = |choice: &results::Choice| {
        vec![
            Cell::header(choice.purpose.as_str()),
            Cell::name(site.names.column(&choice.column)),
            Cell::text(choice.why.as_str()),
        ]
    };
    Table {
        caption: format!("Columns used for {}", chapter.definition.title),
        heads: ["Purpose", "Column", "Why this one"].map(Head::text).into(),
        rows: chapter.analysis.choices.iter().map(row).collect(),
    }
}

/// Turns blocks into HTML and remembers what was placed.
struct Blocks<'s, 'a> {
    site: &'s Site<'a>,
    chapter: &'s Chapter<'a>,
    detail: Detail,
    placed: BTreeSet<String>,
    /// Whether a chart has brought the style sheet of charts to the page.
    styled: bool,
    advice: bool,
    claims: bool,
    missing: bool,
}

impl Blocks<'_, '_> {
    fn html(&mut self, line: usize, block: &Block) -> Result<String, Error> {
        match block {
            // It stands under the question.
            Block::Answer(_) => Ok(String::new()),
            Block::Verdict(outcomes) => {
                let name = outcomes.finding.as_deref().unwrap_or_default();
                let finding = self.chapter.finding(name, line)?;
                let view = VerdictView {
                    badge: Badge::verdict(finding.verdict, finding.contrast.metric),
                    text_html: self.chapter.outcome(outcomes, finding, line)?,
                    compared: format!(
                        "{}: {}",
                        crate::words::capital(finding.contrast.metric.label()),
                        self.chapter.contrast(&finding.contrast)
                    ),
                    confirmed: Badge::confirmed(finding.confirmed),
                };
                self.site.engine.render("verdict.html", &view)
            }
            Block::Chart(id) => {
                let Some(chart) = self.chapter.definition.chart.iter().find(|chart| chart.id == *id) else {
                    let known: Vec<&str> =
                        self.chapter.definition.chart.iter().map(|chart| chart.id.as_str()).collect();
                    return Err(self
                        .chapter
                        .error(line, format!("there is no [[chart]] {id:?}; there are: {}", known.join(", "))));
                };
                if !self.placed.insert(id.clone()) {
                    return Err(self.chapter.error(line, format!("the chart {id:?} stands twice")));
                }
                self.chart(chart)
            }
            Block::Table(block) => recorded::block(self.site, self.chapter, block)
                .map_err(|why| self.chapter.error(line, format!("`table` block {:?}: {why}", block.name))),
            Block::Advice => {
                self.advice = true;
                self.advice_html()
            }
            Block::Claims => {
                self.claims = true;
                self.site.engine.render("ledger.html", &claims::ledger(self.chapter))
            }
            Block::Missing => {
                self.missing = true;
                self.missing_html()
            }
            Block::Try(text) => {
                // Code in an exercise is code; other blocks have no place there.
                let parsed = parse("an exercise", text)?;
                let body = render(&parsed, &Values::default(), &mut |_, _| {
                    Err(self.chapter.error(line, "an exercise holds text and code only".to_owned()))
                })?;
                self.site.engine.render("try.html", &TryView { body_html: body.html })
            }
            Block::Code { .. } => Ok(String::new()),
        }
    }

    fn chart(&mut self, chart: &Chart) -> Result<String, Error> {
        let spot = Spot {
            number: self.placed.len().to_string(),
            prefix: String::new(),
            of: None,
            cases: Some(self.chapter.cases_page(0)),
        };
        let mut view = figure(self.chapter, chart, &spot, self.detail);
        view.share_style(&mut self.styled);
        self.site.engine.render("figure.html", &view)
    }

    fn advice_html(&self) -> Result<String, Error> {
        self.site.engine.render("advice.html", &advice::advice(self.site, self.chapter)?)
    }

    fn missing_html(&self) -> Result<String, Error> {
        let cases = &self.chapter.analysis.cases;
        let view = MissingView {
            groups: groups(self.chapter),
            planned: cases.len(),
            measured: cases.iter().filter(|case| case.missing.is_none()).count(),
        };
        self.site.engine.render("missing.html", &view)
    }

    /// What the prose did not place, with its headings added to the table of contents.
    fn rest(&mut self, contents: &mut Vec<Entry>) -> Result<Rest, Error> {
        let mut rest = Rest::default();
        let mut note = |id: &str, title: &str| contents.push(Entry { id: id.to_owned(), title: title.to_owned() });
        for chart in &self.chapter.definition.chart {
            if self.placed.insert(chart.id.clone()) {
                rest.figures_html.push(self.chart(chart)?);
            }
        }
        if !rest.figures_html.is_empty() {
            note("figures", "More figures");
        }
        if !self.advice && (self.chapter.definition.advice.is_some() || self.chapter.analysis.recommendation.is_some())
        {
            rest.advice_html = Some(self.advice_html()?);
            note("advice", "What to do");
        }
        if !self.claims && !self.chapter.analysis.claims.is_empty() {
            rest.claims_html = Some(self.site.engine.render("ledger.html", &claims::ledger(self.chapter))?);
            note("claims", "Claims");
        }
        if !self.missing {
            rest.missing_html = Some(self.missing_html()?);
            note("missing", "What was not measured here");
        }
        Ok(rest)
    }
}
