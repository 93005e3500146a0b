//! Reference runs: what another machine measured, recorded in the folders of the experiments (`reference/*.jsonl`).
//!
//! They are shown beside what the reader measured and enter nothing else: no answer, no verdict on a claim, no advice and no
//! figure of the start page. That holds by construction, since no page but the chapter's own ever sees them.

use std::path::Path;

use analysis::ChapterAnalysis;
use catalog::Definition;
use results::{Clock, Run};

use crate::measured::Measured;
use crate::names::Names;
use crate::{Error, Input};

/// A reference run of an experiment.
pub(crate) struct Reference {
    /// The experiment.
    pub(crate) slug: String,
    /// Name of the file without its ending.
    name: String,
    run: Run,
    analysis: ChapterAnalysis,
}

/// The reference runs of the experiments that the reader's run has.
///
/// # Errors
/// If a file cannot be read, was made with a fake clock, or holds no measurement of its experiment.
pub(crate) fn read(input: &Input<'_>) -> Result<Vec<Reference>, Error> {
    let mut found = Vec::new();
    for (folder, definition) in input.folders {
        if !input.analysis.chapters.iter().any(|chapter| chapter.slug == folder.slug) {
            continue;
        }
        for (path, text) in folder.references() {
            let file = format!("experiments/{}/{path}", folder.slug);
            let run = results::file::parse(text.as_bytes(), Path::new(&file)).map_err(|error| error.to_string());
            let reference = run.and_then(|run| {
                let name = Path::new(path).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                Reference::new(folder.slug, name, definition, run, input).map_err(|why| format!("{file}: {why}"))
            });
            found.push(reference.map_err(Error::Reference)?);
        }
    }
    Ok(found)
}

impl Reference {
    fn new(slug: &str, name: &str, definition: &Definition, run: Run, input: &Input<'_>) -> Result<Self, String> {
        if run.header.clock == Clock::Fake {
            return Err("its seconds are made up, and a reference is a measurement".to_owned());
        }
        // Without claims: they are judged by the reader's run alone.
        let catalog = [(slug.to_owned(), definition.clone(), Vec::new())];
        let analysed = analysis::analyse(&run, &catalog, input.assumptions);
        let analysis = analysed.chapters.into_iter().find(|chapter| chapter.slug == slug);
        let analysis = analysis.filter(|chapter| chapter.cases.iter().any(|case| case.missing.is_none()));
        let analysis = analysis.ok_or_else(|| format!("it holds no measurement of {slug}"))?;
        Ok(Self { slug: slug.to_owned(), name: name.to_owned(), run, analysis })
    }

    /// What it measured; `stem` is that of its chapter, whose labels it takes.
    pub(crate) fn measured(&self, definition: &Definition, stem: &str, names: &Names) -> Measured<'_> {
        let mut definition = definition.clone();
        names.fill_labels(&mut definition, &self.analysis.choices);
        let name = crate::markdown::slug(&self.name);
        Measured::new(&self.run, &self.analysis, definition, format!("{stem}-reference-{name}"))
    }
}
