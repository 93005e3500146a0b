//! Measures the measurement protocol itself: how often it cries wolf, and how often it finds what is there.
//!
//! Place in the flow: beside it. Real worker processes go through [`measure::session`] exactly as an experiment's variants do;
//! the work is one whose true cost is known. An A/A control measures the same work twice: any difference is a false alarm.
//! An injected slow-down does a known share of the work once more. Each is repeated many times, on a quiet machine and with a
//! neighbour that keeps a core and the memory busy.
//!
//! `cargo run --release -p protocol-bench` prints the table of BENCHMARKS.md.

mod neighbour;
mod scenario;
mod work;

use std::io::{self, BufReader};
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, Subcommand};

use neighbour::Neighbour;
use scenario::{HEAD, SCENARIOS, Scenario, Tally};

/// Measures the measurement protocol itself, and prints a table.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Repetitions of each A/A control.
    #[arg(long, default_value_t = 200)]
    controls: u32,
    /// Repetitions of each injected slow-down.
    #[arg(long, default_value_t = 100)]
    injected: u32,
    /// Seed of the rounds' order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only scenarios whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

#[derive(Subcommand)]
enum Verb {
    /// Serves the worker protocol; the benchmark starts it, one for each launch.
    Worker,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.verb {
        Some(Verb::Worker) => serve(),
        None => table(&arguments),
    }
}

fn serve() -> Result<()> {
    let work = work::Walk;
    let find = |_: &str| Some(&work as &dyn measure::Experiment);
    let mut output = measure::worker::private_stdout()?;
    measure::worker::serve(&find, &mut BufReader::new(io::stdin()), &mut output)
}

fn table(arguments: &Arguments) -> Result<()> {
    println!("{HEAD}");
    println!("|{}", "---|".repeat(HEAD.matches('|').count() - 1));
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.contains(&arguments.only)) {
        for busy in [false, true] {
            let neighbour = busy.then(Neighbour::start);
            let begun = Instant::now();
            let runs = if scenario.is_control() { arguments.controls } else { arguments.injected };
            let tally = repeat(scenario, runs, arguments.seed)?;
            drop(neighbour);
            let machine = if busy { "a neighbour" } else { "quiet" };
            println!("{}", tally.row(scenario.name, machine, begun.elapsed().as_secs_f64()));
        }
    }
    Ok(())
}

fn repeat(scenario: &Scenario, runs: u32, seed: u64) -> Result<Tally> {
    let scratch = tempfile::tempdir()?;
    let mut tally = Tally::default();
    for run in 0..runs {
        tally.add(scenario.measure(scratch.path(), seed.wrapping_add(u64::from(run)))?);
    }
    Ok(tally)
}
