//! End to end: the command line with a temporary folder, the walls of the house, every past schema, bad input.

mod bad_input;
mod house;
mod json_schema;
mod results_files;
mod support;
mod verbs;
