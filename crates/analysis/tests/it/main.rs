//! The analysis of small runs made in code.

mod advice;
mod claims;
mod cold;
mod comparison;
mod findings;
mod fixture;
mod metrics;
mod own;
mod planned;
mod properties;
mod trust;
