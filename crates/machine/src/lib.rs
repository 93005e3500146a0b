//! The machine: what it is, what can be measured on it, and the most that it can do.
//!
//! Place in the flow: **probe** ` → dataset → plan → measure → results file → analyse → render`.
//! This crate reads facts ([`probe()`]), finds the programs that can run variants ([`lanes()`]), says what can be measured
//! here and what not ([`doctor()`]), and measures the ceilings that every other number is held against ([`ceilings()`]).
//! It never fails: what cannot be found out is absent, and what cannot be measured says why.
//!
//! Linux is where Benchbook measures. Elsewhere everything compiles and reports what the standard library knows.

mod ceilings;
pub mod cuda;
mod doctor;
mod io_counter;
mod lanes;
mod probe;
mod root;

pub use ceilings::{CeilingOptions, ceilings};
pub use doctor::{DoctorLine, Status, doctor, doctor_in};
pub use lanes::{gpu_environment, lanes};
pub use probe::{caches, free_memory, probe};
