//! Integration tests of the experiment: every variant on every workload, on ordinary and on hostile tables; the definition,
//! the claims and the snippets.

mod agreement;
mod case;
mod definition;
mod hostile;
mod python;
mod snippets;
mod tables;
