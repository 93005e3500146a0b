//! `benchbook`: measures a machine and renders the guide. One file per verb; this file only picks the verb.

mod cli;
mod failure;
#[cfg(feature = "measure")]
mod flow;
mod settings;
mod store;
mod verbs;

use clap::Parser;

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
