//! What a model loses when its features are rounded: trained and tested on the same rows in every type.
//!
//! The features are rounded first and standardised afterwards, as it happens to a table that was stored in that type. The
//! models are those of smartcore: a logistic regression (L-BFGS) and gradient-boosted trees.

mod auc;
mod rows;
mod train;

pub(crate) use rows::load;
pub(crate) use train::{Kind, Model};
