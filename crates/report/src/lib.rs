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
mod measured;
mod names;
mod output;
mod pages;
mod raw;
mod reading;
mod reference;
mod site;
pub mod snippet;
mod templates;
mod view;
mod words;

use std::path::{Path, PathBuf};

pub use error::Error;
pub use input::{Input, Memo, Rendered, SiteSettings};
pub use markdown::lint::{TypedFigure, lint_chapter};
pub use output::holds_site;

/// Renders the site into the folder `out`, which is made if it is not there.
///
/// Everything is rendered in memory first, so that a mistake in a chapter or template leaves an earlier site as it was.
///
/// # Errors
/// If a chapter, template or logo is wrong, if `out` holds files that we did not make, or if the system refuses.
pub fn render(input: &Input<'_>, out: &Path) -> Result<Rendered, Error> {
    let files = pages::files(input)?;
    let removed = files.write(out, input.version)?;
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

impl Memo<'_> {
    /// Writes one page that needs no other file, to read, to print, to send: `out` itself if it ends in `.html`, else
    /// `memo.html` in the folder `out`. Returns the page.
    ///
    /// # Errors
    /// If a template is wrong or the system refuses.
    pub fn write(&self, out: &Path) -> Result<PathBuf, Error> {
        let page =
            if out.extension().is_some_and(|ext| ext == "html") { out.to_owned() } else { out.join("memo.html") };
        let engine = templates::Engine::new(self.settings.templates.as_deref())?;
        output::write_file(&page, engine.render("memo.html", &view::memo::view(self))?.as_bytes())?;
        Ok(page)
    }
}
