//! Integration tests of the experiment: every layout under every query, on ordinary and on hostile tables; what is said to be
//! read against what can be counted; the definition, the claims and the snippets.

mod agreement;
mod case;
mod definition;
mod formats;
mod hostile;
mod reading;
mod snippets;
mod tables;
