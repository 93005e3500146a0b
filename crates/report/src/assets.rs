//! The style sheet and the scripts of the site.

/// Everything that is seen.
pub(crate) const CSS: &str = include_str!("../../../site/benchbook.css");

/// Theme, copy buttons: what a page can do without.
pub(crate) const JS: &str = include_str!("../../../site/benchbook.js");

/// The memo's arithmetic, for a reader who edits its assumptions.
pub(crate) const MEMO_JS: &str = include_str!("../../../site/memo.js");

/// Relative address of the style sheet.
pub(crate) const CSS_PATH: &str = "assets/benchbook.css";

/// Relative address of the script.
pub(crate) const JS_PATH: &str = "assets/benchbook.js";
