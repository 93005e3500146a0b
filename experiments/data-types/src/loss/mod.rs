//! What rounding to a smaller type loses: of single values, of sums and other summaries, of the order.

mod columns;
mod errors;
mod losses;
mod precision;
mod sums;

pub(crate) use columns::{Features, load};
pub(crate) use losses::Losses;
pub(crate) use precision::Precision;
pub(crate) use sums::naive_sum;

use columns::Table;
use errors::Errors;
use sums::Summaries;
