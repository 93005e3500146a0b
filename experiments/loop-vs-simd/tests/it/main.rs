//! Tests of the experiment: the kernels against plain loops, their assembly, the cases, the Python lane, the definition.

mod assembly;
mod cases;
mod definition;
mod kernels;
mod python;
mod sigmoid;
mod snippets;
mod support;
