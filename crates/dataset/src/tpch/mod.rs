//! TPC-H's `lineitem`, and the answers that the specification publishes for two queries on it.

mod answers;
mod lineitem;

pub use answers::{PricingSummary, check_pricing_summary, check_revenue, pricing_summary, revenue};
pub(crate) use lineitem::{Lineitem, id};
