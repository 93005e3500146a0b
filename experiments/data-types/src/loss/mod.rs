//! What rounding to a smaller type loses: of single values, of sums and other summaries, of the order.

mod columns;
mod errors;
mod precision;
mod sums;

pub(crate) use columns::{Features, load};
pub(crate) use errors::Errors;
pub(crate) use precision::Precision;
pub(crate) use sums::{Summaries, naive_sum};
