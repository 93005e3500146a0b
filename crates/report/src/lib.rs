//! Renders results into a static site: views, Markdown, charts, pages.
//!
//! Place in the flow: `results file → analyse → ` **render** ` → site`. Nothing here knows how a number was measured, and
//! nothing here computes one: intervals, verdicts and advice come from `analysis`, text and markup are made from them.
//!
//! ```text
//! Input ─▶ site ─▶ view ─▶ template ─▶ output
//!          chapters, one typed   Tera,     files beside,
//!          prose,    struct per  escaped   then renamed
//!          answers   template
//! ```
//!
//! [`render`] writes a whole site, [`memo`] the comparison of two runs. Both are deterministic: the same input gives the
//! same bytes.

mod assets;
pub mod chart;
mod error;
mod escape;
pub mod format;
mod input;
mod markdown;
mod names;
mod output;
mod pages;
mod raw;
mod site;
pub mod snippet;
mod templates;
mod view;

use std::path::Path;

use analysis::{Assumptions, Comparison};
use catalog::{Definition, Folder};

pub use error::Error;
pub use input::{Input, Rendered, SiteSettings};
pub use markdown::lint::{TypedFigure, lint_chapter};
pub use output::MANIFEST;

/// Renders the site into the folder `out`, which is made if it is not there.
///
/// Everything is rendered in memory first, so that a mistake in a chapter or template leaves an earlier site as it was.
///
/// # Errors
/// If a chapter, template or logo is wrong, if `out` holds files that we did not make, or if the system refuses.
pub fn render(input: &Input<'_>, out: &Path) -> Result<Rendered, Error> {
    let files = pages::files(input)?;
    let removed = files.write(out, input.benchbook)?;
    let pages = || files.sizes().filter(|(path, _)| path.ends_with(".html"));
    Ok(Rendered {
        pages: pages().count(),
        files: files.sizes().count(),
        bytes: files.sizes().map(|(_, bytes)| bytes).sum(),
        largest: pages().max_by_key(|(_, bytes)| *bytes).map(|(path, bytes)| (path.to_owned(), bytes)),
        removed,
        start: out.join("index.html"),
    })
}

/// Writes the comparison of two runs as one page that needs no other file: to read, to print, to send.
///
/// `folders` gives the labels and the workloads; the page's prices start from `assumptions`, and the reader can edit them.
///
/// # Errors
/// If a template is wrong or the system refuses.
pub fn memo(
    comparison: &Comparison,
    folders: &[(Folder, Definition)],
    assumptions: &Assumptions,
    settings: &SiteSettings,
    benchbook: &str,
    out: &Path,
) -> Result<(), Error> {
    let engine = templates::Engine::new(settings.templates.as_deref())?;
    let view = view::memo::view(comparison, folders, assumptions, &settings.title, benchbook);
    output::write_file(out, engine.render("memo.html", &view)?.as_bytes())
}
