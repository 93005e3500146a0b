//! From a text column to matrices.
//!
//! ```text
//! table ─▶ corpus: cleaned texts and a target, two files ─▶ tfidf: terms, then a matrix for a size of vocabulary
//!                                                        └▶ embedding: 1,536 dense numbers for each text
//! ```

pub mod corpus;
pub mod embedding;
pub mod tfidf;
