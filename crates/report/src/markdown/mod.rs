//! From a chapter's text to HTML.
//!
//! ```text
//! chapter.md ─▶ lift fenced blocks ─▶ Tera with named values ─▶ Markdown events ─▶ HTML
//!               (parse)               (prose only)               (headings, links)   with each block put back
//! ```
//!
//! 1. [`parse`] finds every fenced block by the Markdown parser's own rules and lifts it out. A block whose language is one of
//!    ours ([`Block`]) is read; any other is code. Lifting first means that `{{` in code is just code.
//! 2. [`render`] runs the prose through Tera with the named values: an unknown name is an error that names file and name.
//! 3. The result goes through pulldown-cmark; headings get anchors, tables get a frame to scroll in, raw HTML is refused.
//! 4. Each lifted block comes back as HTML, made by the caller: figures and tables are views of the page, not Markdown.
//!
//! Outcome blocks carry one paragraph per verdict. All five are run through Tera each time, so that a mistake in the one
//! that this machine does not need is found here and not on the reader's machine.

mod blocks;
mod html;
pub(crate) mod lint;
mod outcome;
mod values;

pub(crate) use blocks::{Block, Parsed, TableBlock, parse};
pub(crate) use html::{Entry, Rendered, code, paragraph, render, slug};
pub(crate) use outcome::{Outcome, Outcomes};
pub(crate) use values::Values;
