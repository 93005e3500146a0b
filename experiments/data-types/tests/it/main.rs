//! Integration tests of the experiment: kernels and searches against plain arithmetic, every variant on every workload, on
//! ordinary and on hostile tables, the guide's figures, the definition, the claims and the snippets.

mod case;
mod cases;
mod definition;
mod guide;
mod hostile;
mod kernels;
mod lossless;
mod own;
mod search;
mod snippets;
mod tables;
