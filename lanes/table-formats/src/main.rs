//! `benchbook-table-formats`: the variants of the experiment *partitioning* that are tables in Delta Lake and Apache Iceberg,
//! written and read by the formats' own crates.
//!
//! Place in the flow: a worker, started by Benchbook for each launch, which speaks the worker protocol (`PROTOCOL.md`).
//! Rows and queries are those of the run's other layouts:
//!
//! ```text
//! single/*.parquet ─▶ source ─▶ parts ─▶ delta │ iceberg │ plain ─▶ table (described, each file read back)
//! queries.json ─────▶ asked ─▶ bounds ─────────────────────────────▶ experiment (facts, the timed read)
//! ```
//!
//! A timed call does what a process does that was just started: it reads the table's list of files, leaves out those that the
//! statistics in the list rule out, and reads the rest.

mod asked;
mod bounds;
mod delta;
mod experiment;
mod iceberg;
mod parquet;
mod parts;
mod plain;
mod source;
mod table;

use std::process::ExitCode;

use measure::Experiment;

/// The experiment that this program belongs to.
const SLUG: &str = "partitioning";

/// The versions of the formats' crates stand here.
const LOCK: &str = include_str!("../Cargo.lock");

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("worker") => match serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("benchbook-table-formats: {e:#}");
                ExitCode::FAILURE
            }
        },
        Some("--version") => {
            println!("{}", versions());
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!(
                "benchbook-table-formats runs variants of Benchbook's experiment {SLUG}; `benchbook report` starts it.\n\
                 usage: benchbook-table-formats worker | --version"
            );
            ExitCode::from(2)
        }
    }
}

fn serve() -> anyhow::Result<()> {
    let mut output = measure::worker::private_stdout()?;
    let experiment = experiment::TableFormats;
    let find = |slug: &str| (slug == SLUG).then_some(&experiment as &dyn Experiment);
    measure::worker::serve(&find, &mut std::io::stdin().lock(), &mut output)
}

/// One line: this program, and what it was built with.
fn versions() -> String {
    format!(
        "benchbook-table-formats {} (deltalake {}, iceberg {})",
        env!("CARGO_PKG_VERSION"),
        version("deltalake"),
        version("iceberg")
    )
}

/// The version of a crate that this program was built with.
fn version(name: &str) -> &'static str {
    let package = format!("name = \"{name}\"\nversion = \"");
    LOCK.split_once(&package).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}
