//! `benchbook`: measures a machine and renders the guide. One file per verb; this file only picks the verb.

mod cli;
mod failure;
#[cfg(feature = "measure")]
mod flow;
mod settings;
mod store;
mod verbs;

use clap::Parser;

/// The allocator of every lane of this binary. Columns come and go by the megabyte, and the system's allocator hands them
/// back and fetches them anew each time: reading a whole Parquet file took half as long again. Polars brings one like
/// this along where it is called from Python.
#[cfg(feature = "measure")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return if e.use_stderr() { failure::USAGE } else { 0 }.into();
        }
    };
    match verbs::dispatch(cli) {
        Ok(code) => code.into(),
        Err(failure) => {
            eprintln!("benchbook: {failure}");
            failure.code.into()
        }
    }
}
