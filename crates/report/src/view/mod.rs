//! Views: one typed struct per template, made from the analysis by pure functions.
//!
//! Place in the flow: `analysis → ` **view** ` → template`. A template never sees a domain object: what it may show, and in
//! which words, is decided here. Fields whose names end in `_html` hold HTML of ours; all others hold text.

pub(crate) mod advice;
pub(crate) mod badge;
pub(crate) mod cases;
pub(crate) mod chapter;
pub(crate) mod claims;
pub(crate) mod data;
pub(crate) mod figure;
pub(crate) mod index;
pub(crate) mod layout;
pub(crate) mod machine;
pub(crate) mod memo;
pub(crate) mod method;
pub(crate) mod missing;
pub(crate) mod recorded;
pub(crate) mod reference;
pub(crate) mod table;

pub(crate) use badge::Badge;
pub(crate) use layout::Layout;
pub(crate) use table::{Cell, Head, Table};
