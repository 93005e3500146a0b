//! The verbs, one file each.

mod check;
mod compare;
#[cfg(feature = "measure")]
mod doctor;
mod export;
mod list;
mod new;
#[cfg(feature = "measure")]
mod profile;
mod render;
#[cfg(feature = "measure")]
mod report;
#[cfg(feature = "measure")]
mod reproduce;
#[cfg(feature = "measure")]
mod worker;

use std::path::Path;

use analysis::{Analysis, Assumptions};
use results::Run;

use crate::cli::{Cli, Verb};
use crate::failure::Failure;

/// Runs a verb; the exit code.
pub(crate) fn dispatch(cli: Cli) -> Result<u8, Failure> {
    match cli.verb {
        #[cfg(feature = "measure")]
        Verb::Report(args) => report::measure_and_render(&args),
        #[cfg(feature = "measure")]
        Verb::Run(args) => report::run(&args),
        Verb::Render(args) => render::render(&args),
        #[cfg(feature = "measure")]
        Verb::Profile(args) => profile::profile(&args),
        Verb::Compare(args) => compare::compare(&args),
        Verb::Check(args) => check::check(&args),
        #[cfg(feature = "measure")]
        Verb::Reproduce(args) => reproduce::reproduce(&args),
        Verb::List(args) => list::list(&args),
        #[cfg(feature = "measure")]
        Verb::Doctor(args) => doctor::doctor(&args),
        Verb::Export(args) => export::export(&args),
        Verb::New(args) => new::new(&args),
        #[cfg(feature = "measure")]
        Verb::Worker => worker::worker(),
    }
}

/// Analyses a run with the embedded catalog behind the definitions that it recorded.
pub(crate) fn analyse(run: &Run, assumptions: &Assumptions) -> Result<Analysis, Failure> {
    let mut catalog = Vec::new();
    for (folder, definition) in catalog::all()? {
        catalog.push((folder.slug.to_owned(), definition, folder.claims()?));
    }
    Ok(analysis::analyse(run, &catalog, assumptions))
}

/// Reads a results file and passes on what it warns of.
pub(crate) fn read_run(path: &Path) -> Result<Run, Failure> {
    let run = results::file::read(path)?;
    for warning in &run.warnings {
        eprintln!("warning: {}: {warning}", path.display());
    }
    Ok(run)
}
