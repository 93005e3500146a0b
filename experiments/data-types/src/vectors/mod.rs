//! Embeddings: where the vectors come from, how they are stored, and how they are searched.
//!
//! ```text
//! texts ─▶ words (TF-IDF) ─▶ basis (truncated SVD) ─┐
//!                          a column's own vectors ─┤
//!                                random directions ─┴▶ space: vectors, queries, their true neighbours
//!                                                         │
//!                          index: one way to store them ◀─┘ ─▶ search ─▶ quality: recall, nDCG
//! ```

mod basis;
mod bits;
mod bytes;
mod flat;
pub mod index;
mod quality;
pub(crate) mod rotate;
pub mod search;
mod space;
mod top;
mod words;

pub use index::{Index, Scheme};
pub use quality::{ndcg, recall};
pub use space::{Origin, Space};
pub use top::Hit;

pub(crate) use space::{Kind, load};
