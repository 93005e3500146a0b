//! A site before it is text: every chapter with its definition, prose, values and answer, resolved once for all pages.

use std::ops::Deref;

use analysis::{ChapterAnalysis, Finding};
use catalog::{Definition, Folder, Metric};

use crate::markdown::{Block, Outcome, Outcomes, Parsed, Values, paragraph, parse};
use crate::measured::Measured;
use crate::names::Names;
use crate::reference::Reference;
use crate::templates::Engine;
use crate::view::Badge;
use crate::{Error, Input, format, words};

/// A site.
pub(crate) struct Site<'a> {
    /// What it is rendered from.
    pub(crate) input: &'a Input<'a>,
    /// How names from the data appear.
    pub(crate) names: Names,
    /// The templates.
    pub(crate) engine: Engine,
    /// Relative address of the logo.
    pub(crate) logo: Option<String>,
    /// The chapters in the order of the guide.
    pub(crate) chapters: Vec<Chapter<'a>>,
}

/// A chapter: what was measured, with prose around it.
pub(crate) struct Chapter<'a> {
    /// What the reader's run measured.
    measured: Measured<'a>,
    /// What other machines measured, shown beside it.
    pub(crate) references: Vec<Measured<'a>>,
    /// Its folder, if this build has it.
    pub(crate) folder: Option<&'a Folder>,
    /// Its prose without blocks.
    pub(crate) parsed: Option<Parsed>,
    /// Values that its prose may name.
    pub(crate) values: Values,
    /// The answer to its question.
    pub(crate) answer: Answer,
}

/// Most of what is said of a chapter is said of what was measured.
impl<'a> Deref for Chapter<'a> {
    type Target = Measured<'a>;

    fn deref(&self) -> &Measured<'a> {
        &self.measured
    }
}

/// The answer to a chapter's question.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The sentence, as HTML of ours.
    pub(crate) html: String,
    /// The verdict of the headline.
    pub(crate) badge: Badge,
}

impl<'a> Site<'a> {
    /// Resolves every chapter of the analysis, in whose sentences `names` are hidden already.
    ///
    /// # Errors
    /// If a template, a chapter or a recorded definition is wrong.
    pub(crate) fn new(
        input: &'a Input<'a>,
        references: &'a [Reference],
        names: Names,
        logo: Option<String>,
    ) -> Result<Self, Error> {
        let engine = Engine::new(input.settings.templates.as_deref())?;
        let mut chapters: Vec<Chapter<'a>> = Vec::new();
        for analysis in &input.analysis.chapters {
            let stem = stem(&analysis.slug, &chapters);
            chapters.push(Chapter::new(input, analysis, references, &names, stem)?);
        }
        Ok(Self { input, names, engine, logo, chapters })
    }

    /// The chapter of an experiment.
    pub(crate) fn chapter(&self, slug: &str) -> Option<&Chapter<'a>> {
        self.chapters.iter().find(|chapter| chapter.analysis.slug == slug)
    }

    /// The command that measured, without the path of the data if names are hidden.
    pub(crate) fn command(&self) -> String {
        let words = &self.input.run.header.command;
        let mut shown = Vec::with_capacity(words.len());
        let mut hide = false;
        for word in words {
            let quoted = quote(word);
            shown.push(match word.split_once('=') {
                _ if hide && !word.starts_with("--") => "…".to_owned(),
                Some((flag @ "--data", _)) if self.names.are_hidden() => format!("{flag}=…"),
                _ => quoted,
            });
            // Everything up to the next flag is data.
            hide = self.names.are_hidden() && (word == "--data" || (hide && !word.starts_with("--")));
        }
        shown.join(" ")
    }
}

/// A word as a shell reads it.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

impl<'a> Chapter<'a> {
    fn new(
        input: &'a Input<'a>,
        analysis: &'a ChapterAnalysis,
        references: &'a [Reference],
        names: &Names,
        stem: String,
    ) -> Result<Self, Error> {
        let known = input.folders.iter().find(|(folder, _)| folder.slug == analysis.slug);
        let (folder, mut definition) = match known {
            Some((folder, definition)) => (Some(folder), definition.clone()),
            None => (None, recorded(input, &analysis.slug)?),
        };
        let references = references
            .iter()
            .filter(|reference| reference.slug == analysis.slug)
            .map(|reference| reference.measured(&definition, &stem, names))
            .collect();
        names.fill_labels(&mut definition, &analysis.choices);
        let file = format!("experiments/{}/chapter.md", analysis.slug);
        let parsed = match folder.map(|folder| folder.chapter()) {
            None | Some("") => None,
            Some(text) => Some(parse(&file, text)?),
        };
        let mut values = common_values(input);
        for (name, value) in &analysis.values {
            values.named(name, value, &definition);
        }
        let mut chapter = Self {
            measured: Measured::new(input.run, analysis, definition, stem),
            references,
            folder,
            parsed,
            values,
            answer: Answer { html: String::new(), badge: Badge::verdict(None, Metric::Time) },
        };
        chapter.answer = chapter.find_answer()?;
        Ok(chapter)
    }

    /// The page (from 0) with every case.
    pub(crate) fn cases_page(&self, page: usize) -> String {
        match page {
            0 => format!("{}-cases.html", self.stem),
            n => format!("{}-cases-{}.html", self.stem, n + 1),
        }
    }

    /// Whether `href` is one of its pages: its own, one with its cases, or one of a reference run.
    pub(crate) fn has_page(&self, href: &str) -> bool {
        let own = std::iter::once(&self.measured).chain(&self.references).any(|measured| measured.page() == href);
        own || self.is_cases_page(href)
    }

    /// Whether `href` is one of the pages with every case.
    fn is_cases_page(&self, href: &str) -> bool {
        href.strip_prefix(&self.measured.stem).is_some_and(|rest| {
            rest == "-cases.html"
                || rest
                    .strip_prefix("-cases-")
                    .and_then(|n| n.strip_suffix(".html"))
                    .is_some_and(|n| n.parse::<u32>().is_ok())
        })
    }

    /// The finding of a block.
    ///
    /// # Errors
    /// If the definition has none of that name.
    pub(crate) fn finding(&self, name: &str, line: usize) -> Result<&'a Finding, Error> {
        self.analysis.findings.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.definition.finding.iter().map(|finding| finding.name.as_str()).collect();
            self.error(line, format!("there is no [[finding]] {name:?}; there are: {}", known.join(", ")))
        })
    }

    /// The paragraph of the outcome that was measured, as HTML. All five are filled, so that a mistake in any is found.
    ///
    /// # Errors
    /// If one of them names an unknown value.
    pub(crate) fn outcome(&self, outcomes: &Outcomes, finding: &Finding, line: usize) -> Result<String, Error> {
        let reason = finding.missing.as_deref().or(self.analysis.skipped.as_deref());
        let reason = reason.unwrap_or("no reason was recorded");
        let values = self.values.with_finding(finding, &words::stopped(reason));
        let measured = Outcome::from(finding.verdict);
        let mut chosen = String::new();
        for (outcome, text) in outcomes.all() {
            let html = paragraph(&format!("{}, line {line}, `{}`", self.file(), outcome.key()), text, &values)?;
            if outcome == measured {
                chosen = html;
            }
        }
        Ok(chosen)
    }

    /// An error in the chapter's text.
    pub(crate) fn error(&self, line: usize, why: String) -> Error {
        Error::Prose { file: self.file(), line: Some(line), why }
    }

    fn file(&self) -> String {
        format!("experiments/{}/chapter.md", self.analysis.slug)
    }

    fn find_answer(&self) -> Result<Answer, Error> {
        let blocks = self.parsed.iter().flat_map(|parsed| &parsed.blocks);
        let answers: Vec<(usize, &Outcomes)> = blocks
            .filter_map(|(line, block)| match block {
                Block::Answer(outcomes) => Some((*line, outcomes)),
                _ => None,
            })
            .collect();
        match (answers.as_slice(), &self.parsed) {
            ([(line, outcomes)], _) => {
                let name = outcomes.finding.as_deref().unwrap_or(&self.definition.headline);
                let finding = self.finding(name, *line)?;
                let badge = Badge::verdict(finding.verdict, finding.contrast.metric);
                Ok(Answer { html: self.outcome(outcomes, finding, *line)?, badge })
            }
            ([], None) => Ok(self.plain_answer()),
            ([], Some(_)) => Err(self.error(1, "a chapter needs an `answer` block".to_owned())),
            ([_, (line, _), ..], _) => {
                Err(self.error(*line, "a chapter has one `answer` block, and this is the second".to_owned()))
            }
        }
    }

    /// The answer of a chapter without prose: the comparison and its figure.
    fn plain_answer(&self) -> Answer {
        let escape = crate::escape::escape_html;
        let Some(finding) = self.analysis.findings.get(&self.definition.headline) else {
            return Answer { html: "Not measured here.".to_owned(), badge: Badge::verdict(None, Metric::Time) };
        };
        let badge = Badge::verdict(finding.verdict, finding.contrast.metric);
        let metric = finding.contrast.metric;
        let figure = match (&finding.difference, &finding.factor) {
            (Some(found), _) => {
                Some((format::difference(metric, found.estimate), format::difference_interval(metric, found)))
            }
            (None, factor) => factor.as_ref().map(|f| (format::factor(f.estimate), format::factor_interval(f))),
        };
        let html = match (figure, &finding.missing) {
            (Some((figure, interval)), _) => {
                format!("{}: {}, {figure} ({interval}).", escape(&self.contrast(&finding.contrast)), badge.word)
            }
            (None, Some(reason)) => format!("Not measured here: {}", escape(&words::sentence(reason))),
            (None, None) => "Not measured here.".to_owned(),
        };
        Answer { html, badge }
    }
}

/// Values that every chapter has.
fn common_values(input: &Input<'_>) -> Values {
    let mut values = Values::default();
    values.text("margin", &words::margin(input.run.header.margin));
    values.text("cores", &format::count(f64::from(input.run.machine.cpu.logical_cores)));
    let table = input.run.dataset.as_ref().map(|dataset| (dataset.rows_used as f64, dataset.columns.len() as f64));
    let count = |n: Option<f64>| n.map_or_else(|| "— (no table)".to_owned(), format::count);
    values.text("rows", &count(table.map(|(rows, _)| rows)));
    values.text("columns", &count(table.map(|(_, columns)| columns)));
    values
}

/// The definition that the run recorded, for an experiment that this build does not have.
fn recorded(input: &Input<'_>, slug: &str) -> Result<Definition, Error> {
    let error = |why: String| catalog::Error::Dangling { slug: slug.to_owned(), why };
    let experiment = input.run.experiments.iter().find(|experiment| experiment.slug == slug);
    let value = experiment.map(|experiment| experiment.definition.clone()).unwrap_or_default();
    serde_json::from_value(value)
        .map_err(|e| error(format!("the definition in the results file cannot be read: {e}")).into())
}

/// Whether a page of the data's columns may have this name: `data-2`.
fn is_data_page(stem: &str) -> bool {
    stem.strip_prefix("data-").is_some_and(|page| page.chars().all(|c| c.is_ascii_digit()))
}

/// A file name for a chapter: a results file may come from anywhere, so its slugs are not trusted as paths.
fn stem(slug: &str, before: &[Chapter<'_>]) -> String {
    const TAKEN: [&str; 6] = ["index", "claims", "method", "machine", "data", "memo"];
    let mut stem: String =
        slug.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    if stem.is_empty() || stem.starts_with('-') || TAKEN.contains(&stem.as_str()) || is_data_page(&stem) {
        stem.insert_str(0, "chapter-");
    }
    while before.iter().any(|chapter| chapter.stem == stem) {
        stem.push('-');
    }
    stem
}
