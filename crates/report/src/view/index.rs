//! The start page: the machine, the data, what to change first, every chapter in a line, how far to trust the run.

use results::{Part, Taken};
use serde::Serialize;

use super::advice::{RecommendationView, recommendation};
use super::claims::{Tally, tally};
use super::method::{TrustView, trust};
use super::{Badge, Layout};
use crate::format;
use crate::markdown::Entry;
use crate::site::Site;
use crate::words::{date, sentence};

/// Recommendations on the start page.
const FIRST: usize = 3;

/// The start page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IndexView {
    layout: Layout,
    machine: String,
    data: Option<String>,
    when: String,
    /// The changes worth most.
    changes: Vec<RecommendationView>,
    /// Changes beyond these.
    more: usize,
    /// Whether the run came to its end, so that no change found is none there.
    complete: bool,
    /// Why a chapter gives no advice, where there is nothing to change.
    nothing: Vec<Nothing>,
    parts: Vec<PartLine>,
    claims: Vec<Tally>,
    trust: TrustView,
}

#[derive(Clone, Debug, Serialize)]
struct Nothing {
    title: String,
    href: String,
    why: String,
}

#[derive(Clone, Debug, Serialize)]
struct PartLine {
    label: String,
    chapters: Vec<ChapterLine>,
}

#[derive(Clone, Debug, Serialize)]
struct ChapterLine {
    title: String,
    href: String,
    question: String,
    badge: Badge,
    answer_html: String,
}

/// The start page.
pub(crate) fn page(site: &Site<'_>) -> IndexView {
    let analysis = site.input.analysis;
    let changes: Vec<RecommendationView> = analysis
        .recommendations
        .iter()
        .filter_map(|found| Some(recommendation(site, site.chapter(&found.slug)?, found, Vec::new())))
        .take(FIRST)
        .collect();
    let nothing = site
        .chapters
        .iter()
        .filter(|chapter| chapter.definition.advice.is_some())
        .filter_map(|chapter| {
            let why = chapter.analysis.no_recommendation.as_deref().or(chapter.analysis.skipped.as_deref())?;
            Some(Nothing { title: chapter.definition.title.clone(), href: chapter.page(), why: sentence(why) })
        })
        .collect();
    let contents =
        [("change", "What to change first"), ("chapters", "The chapters"), ("trust", "How far to trust this")]
            .map(|(id, title)| Entry { id: id.to_owned(), title: title.to_owned() });
    let title = &site.input.settings.title;
    let description = "A guide to efficient ML development in which every number was measured on this machine.";
    IndexView {
        layout: Layout::new(site, "index.html", title, description, contents.into()),
        machine: site.input.run.machine.summary(),
        data: data_line(site),
        when: date(&site.input.run.header.started),
        more: analysis.recommendations.len().saturating_sub(FIRST),
        complete: site.input.run.end.as_ref().is_some_and(|end| !end.interrupted),
        changes,
        nothing,
        parts: parts(site),
        claims: tally(site),
        trust: trust(site),
    }
}

/// The data in one line.
pub(crate) fn data_line(site: &Site<'_>) -> Option<String> {
    let dataset = site.input.run.dataset.as_ref()?;
    let mut line = format!(
        "{}: {} rows, {} columns",
        site.names.dataset(&dataset.name),
        format::count(dataset.rows as f64),
        format::count(dataset.columns.len() as f64)
    );
    if let Some(kind) = &dataset.format {
        let files = if dataset.files == 1 { "file".to_owned() } else { format!("files ({})", dataset.files) };
        line.push_str(&format!(", {} in {kind} {files}", format::bytes(dataset.bytes as f64)));
    }
    if dataset.rows_used < dataset.rows {
        line.push_str(&format!("; the experiments used {} rows", format::count(dataset.rows_used as f64)));
        line.push_str(&match dataset.part {
            Some(Part { taken: Taken::Slices, pieces, .. }) => {
                format!(", in {} slices from all over it", format::count(pieces as f64))
            }
            Some(Part { taken: Taken::Files, pieces, .. }) => {
                format!(", the first of each of {} files", format::count(pieces as f64))
            }
            Some(Part { taken: Taken::Start, .. }) | None => ", the first ones".to_owned(),
        });
    }
    Some(line)
}

fn parts(site: &Site<'_>) -> Vec<PartLine> {
    let mut parts: Vec<PartLine> = Vec::new();
    for chapter in &site.chapters {
        let line = ChapterLine {
            title: chapter.definition.title.clone(),
            href: chapter.page(),
            question: chapter.definition.question.clone(),
            badge: chapter.answer.badge.clone(),
            answer_html: chapter.answer.html.clone(),
        };
        match parts.iter_mut().find(|part| part.label == chapter.definition.part) {
            Some(part) => part.chapters.push(line),
            None => parts.push(PartLine { label: chapter.definition.part.clone(), chapters: vec![line] }),
        }
    }
    parts
}
