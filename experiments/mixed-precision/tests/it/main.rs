//! Tests of the experiment *mixed precision*.

mod advice;
mod cases;
mod definition;
mod python;
mod snippets;
mod support;
