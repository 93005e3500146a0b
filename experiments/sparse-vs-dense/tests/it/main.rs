//! Tests of the experiment *sparse vs dense*.

mod cases;
mod definition;
mod kernels;
mod python;
mod snippets;
mod support;
mod training;
