//! The program from outside, as Benchbook starts it: tables that are written and read, answers against an independent
//! computation, files ruled out by their statistics, and what is said when something is not there.

mod hostile;
mod run;
mod tables;
