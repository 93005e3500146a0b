//! What a site is rendered from, and what came out.

use std::path::PathBuf;

use analysis::{Analysis, Assumptions, Comparison};
use catalog::{Definition, Folder};
use results::Run;

/// Everything that a site shows.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The run with its raw samples.
    pub run: &'a Run,
    /// The same run, analysed.
    pub analysis: &'a Analysis,
    /// Folders and definitions of the experiments that this build knows. A run may have others: they are shown without prose.
    pub folders: &'a [(Folder, Definition)],
    /// What turned seconds and bytes into money.
    pub assumptions: &'a Assumptions,
    /// The reader's wishes.
    pub settings: &'a SiteSettings,
    /// Version of the Benchbook that renders, which may be later than the one that measured.
    pub version: &'a str,
}

/// Everything that a memo shows.
#[derive(Clone, Copy, Debug)]
pub struct Memo<'a> {
    /// The two runs.
    pub comparison: &'a Comparison,
    /// Folders and definitions of the experiments that this build knows, for labels and workloads.
    pub folders: &'a [(Folder, Definition)],
    /// The prices from which the reader's own start.
    pub assumptions: &'a Assumptions,
    /// The reader's wishes; a memo uses the title and the templates.
    pub settings: &'a SiteSettings,
    /// Version of the Benchbook that renders.
    pub version: &'a str,
}

/// The reader's wishes for the site, from `benchbook.toml` and the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// Name of the site.
    pub title: String,
    /// An image (SVG, PNG, JPEG or WebP, at most 100 KB) for the header.
    pub logo: Option<PathBuf>,
    /// Hide column names and the name of the data set.
    pub redact: bool,
    /// A folder whose templates replace ours by name.
    pub templates: Option<PathBuf>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self { title: "Benchbook".to_owned(), logo: None, redact: false, templates: None }
    }
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Pages (HTML files).
    pub pages: usize,
    /// All files.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// The largest page and its bytes.
    pub largest: Option<(String, u64)>,
    /// Files of an earlier render that were removed.
    pub removed: Vec<String>,
    /// The start page.
    pub start: PathBuf,
}
