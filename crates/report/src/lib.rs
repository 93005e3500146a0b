//! Renders results into a static site: views, Markdown, charts, pages.

pub mod format;
