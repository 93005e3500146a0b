//! The catalog: what each experiment asks, on which axes, and how its chapter is told.
//!
//! Place in the flow: read by *plan* (which cases to measure) and by *analyse* and *render* (labels, charts, claims).
//! Everything here comes from the folders `experiments/<slug>/`: `experiment.toml`, `chapter.md`, `claims.toml`,
//! `snippets/*` and the Python programs beside them, embedded when this crate is built. Unknown keys are errors that
//! name file and key.

pub mod advice;
pub mod chart;
mod check;
pub mod claim;
pub mod definition;
pub mod design;
pub mod metric;
pub mod story;

use std::path::Path;

pub use advice::{Advice, AdviceWorkload, Requirement};
pub use chart::{Chart, ChartKind};
pub use claim::{Claim, Claims};
pub use definition::{DataNeed, Definition};
pub use design::{Axis, AxisValue, Except, Preset, Variant};
pub use metric::{Better, Metric, OwnMetric};
pub use story::{Contrast, Crossing, FigureValue, NamedFinding, Scale, ValueKind};

/// What is wrong with a definition.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The TOML cannot be read or has an unknown key.
    #[error("experiments/{slug}/{file}: {why}")]
    Toml {
        /// The experiment's folder.
        slug: String,
        /// The file in it.
        file: String,
        /// What the parser says, with line and key.
        why: String,
    },
    /// The TOML is well formed, but names something that is not there.
    #[error("experiments/{slug}/experiment.toml: {why}")]
    Dangling {
        /// The experiment's folder.
        slug: String,
        /// What refers to what.
        why: String,
    },
    /// No such experiment.
    #[error("no experiment is called {asked:?}; there are: {known}")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// All slugs.
        known: String,
    },
}

/// An experiment's folder as embedded.
#[derive(Clone, Copy, Debug)]
pub struct Folder {
    /// Folder name.
    pub slug: &'static str,
    /// Hash of the code that its numbers depend on.
    pub code: &'static str,
    /// Relative path and text of every file but the Rust sources.
    pub files: &'static [(&'static str, &'static str)],
}

impl Folder {
    /// The text of a file in the folder.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&'static str> {
        self.files.iter().find(|(path, _)| *path == name).map(|(_, text)| *text)
    }

    /// Relative path and text of the results files of other machines, which the chapter shows beside the reader's.
    pub fn references(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let files = self.files.iter().copied();
        files.filter(|(path, _)| path.starts_with("reference/") && path.ends_with(".jsonl"))
    }

    /// The chapter's prose.
    #[must_use]
    pub fn chapter(&self) -> &'static str {
        self.file("chapter.md").unwrap_or_default()
    }

    /// The definition.
    ///
    /// # Errors
    /// If the TOML is malformed, has an unknown key, or refers to a variant, axis or value that is not there.
    pub fn definition(&self) -> Result<Definition, Error> {
        Definition::parse(self.slug, self.file("experiment.toml").unwrap_or_default())
    }

    /// The claims, empty without a `claims.toml`.
    ///
    /// # Errors
    /// If the definition is wrong, or the TOML is malformed, has an unknown key or names something that is not there.
    pub fn claims(&self) -> Result<Vec<Claim>, Error> {
        let Some(text) = self.file("claims.toml") else { return Ok(Vec::new()) };
        Claims::parse(self.slug, text, &self.definition()?)
    }
}

/// Every embedded folder, in order of slug.
pub static FOLDERS: &[Folder] = include!(concat!(env!("OUT_DIR"), "/folders.rs"));

/// Every experiment with its definition, in the order of the guide.
///
/// # Errors
/// The first definition that is wrong.
pub fn all() -> Result<Vec<(Folder, Definition)>, Error> {
    let mut all = FOLDERS.iter().map(|f| f.definition().map(|d| (*f, d))).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|(folder, definition)| (definition.order, folder.slug));
    Ok(all)
}

/// The folder of an experiment.
///
/// # Errors
/// If there is none of that name; the message lists those that there are.
pub fn folder(slug: &str) -> Result<Folder, Error> {
    FOLDERS.iter().find(|folder| folder.slug == slug).copied().ok_or_else(|| Error::Unknown {
        asked: slug.to_owned(),
        known: FOLDERS.iter().map(|folder| folder.slug).collect::<Vec<_>>().join(", "),
    })
}

/// Reads a definition from a folder on disk, for `benchbook new` and tests.
///
/// # Errors
/// If the file cannot be read or is wrong.
pub fn read_definition(folder: &Path) -> Result<Definition, Error> {
    let slug = folder.file_name().and_then(|name| name.to_str()).unwrap_or("?").to_owned();
    let text = std::fs::read_to_string(folder.join("experiment.toml")).map_err(|e| Error::Toml {
        slug: slug.clone(),
        file: "experiment.toml".to_owned(),
        why: e.to_string(),
    })?;
    Definition::parse(&slug, &text)
}
