//! Renders results into a static site: views, Markdown, charts, pages.

pub mod chart;
pub mod format;
