//! What every page has: navigation, banners, footer.

use results::{BudgetName, Clock};
use serde::Serialize;

use super::Badge;
use crate::markdown::Entry;
use crate::site::Site;
use crate::words::date;

/// The frame of a page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Layout {
    /// Name of the site.
    site: String,
    /// Relative address of the logo.
    logo: Option<String>,
    /// Title of the page.
    title: String,
    /// One sentence for search and previews.
    description: String,
    /// What a reader must know before any figure.
    banners: Vec<Banner>,
    /// Chapters by part.
    parts: Vec<Part>,
    /// The other pages.
    links: Vec<Link>,
    /// Headings of this page.
    contents: Vec<Entry>,
    /// Whether this page is a chapter, in whose place of the navigation its headings stand.
    in_chapter: bool,
    /// Where the numbers come from.
    footer: Footer,
}

/// Something that a reader must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Banner {
    /// Class: `alarm` or `note`.
    kind: &'static str,
    /// First words.
    head: &'static str,
    /// The rest.
    text: &'static str,
    /// What to run.
    command: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
struct Part {
    label: String,
    chapters: Vec<ChapterLink>,
}

#[derive(Clone, Debug, Serialize)]
struct ChapterLink {
    title: String,
    href: String,
    current: bool,
    badge: Badge,
}

#[derive(Clone, Debug, Serialize)]
struct Link {
    label: &'static str,
    href: &'static str,
    current: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Footer {
    run: String,
    started: String,
    benchbook: String,
    measured_with: String,
    schema: u32,
    seed: u64,
    budget: &'static str,
    command: String,
    machine: String,
}

/// Every page beside the chapters, in the order of the navigation.
const LINKS: [(&str, &str); 6] = [
    ("Start", "index.html"),
    ("Claims", "claims.html"),
    ("Method", "method.html"),
    ("Machine", "machine.html"),
    ("Data", "data.html"),
    ("Glossary", "method.html#s-glossary"),
];

impl Layout {
    /// The frame of the page `href`.
    pub(crate) fn new(site: &Site<'_>, href: &str, title: &str, description: &str, contents: Vec<Entry>) -> Self {
        let parts = parts(site, href);
        Self {
            site: site.input.settings.title.clone(),
            logo: site.logo.clone(),
            title: title.to_owned(),
            description: description.to_owned(),
            banners: banners(site),
            in_chapter: parts.iter().flat_map(|part| &part.chapters).any(|chapter| chapter.current),
            parts,
            links: LINKS
                .into_iter()
                .filter(|(_, to)| site.input.run.dataset.is_some() || *to != "data.html")
                .map(|(label, to)| Link { label, href: to, current: to == href })
                .collect(),
            contents,
            footer: footer(site),
        }
    }
}

/// The name of a budget.
pub(crate) fn budget(name: BudgetName) -> &'static str {
    match name {
        BudgetName::Quick => "quick",
        BudgetName::Standard => "standard",
        BudgetName::Thorough => "thorough",
    }
}

fn banners(site: &Site<'_>) -> Vec<Banner> {
    let run = site.input.run;
    let mut banners = Vec::new();
    if run.header.clock == Clock::Fake {
        banners.push(Banner {
            kind: "alarm",
            head: "Not measured.",
            text: "The seconds on this page were made up from a seed, to test the pages. They say nothing about any machine.",
            command: None,
        });
    }
    let partial = match &run.end {
        Some(end) if !end.interrupted => None,
        Some(_) => Some(
            "It was stopped before every planned case was measured; what is missing is listed in each chapter. \
             The next run goes on where it stopped.",
        ),
        None => Some(
            "It has no end: it was under way when this page was written, or was cut off. What is missing is listed in each \
             chapter. A report that is still running writes these pages again; otherwise the next run goes on where it stopped.",
        ),
    };
    banners.extend(partial.map(|text| Banner { kind: "note", head: "Partial run.", text, command: None }));
    if run.header.budget == BudgetName::Quick {
        banners.push(Banner {
            kind: "note",
            head: "Preliminary.",
            text: "Measured with the quick budget: few launches, small data, wide intervals. Before you act on a figure, run",
            command: Some("benchbook report --budget standard"),
        });
    }
    banners
}

fn parts(site: &Site<'_>, href: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for chapter in &site.chapters {
        let link = ChapterLink {
            title: chapter.definition.title.clone(),
            href: chapter.page(),
            current: chapter.has_page(href),
            badge: chapter.answer.badge.clone(),
        };
        match parts.iter_mut().find(|part| part.label == chapter.definition.part) {
            Some(part) => part.chapters.push(link),
            None => parts.push(Part { label: chapter.definition.part.clone(), chapters: vec![link] }),
        }
    }
    parts
}

fn footer(site: &Site<'_>) -> Footer {
    let header = &site.input.run.header;
    Footer {
        run: header.id.clone(),
        started: date(&header.started),
        benchbook: site.input.version.to_owned(),
        measured_with: header.benchbook.clone(),
        schema: header.schema,
        seed: header.seed,
        budget: budget(header.budget),
        command: site.command(),
        machine: site.input.run.machine.id(),
    }
}
