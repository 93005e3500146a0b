//! Integration tests of the experiment: every way on every layout, on ordinary and on hostile tables; what comes again; the
//! definition, the claims and the snippets.

mod case;
mod definition;
mod hostile;
mod python;
mod repeat;
mod snippets;
mod tables;
mod ways;
