//! `worker`: serves the worker protocol; the main process starts it, one for each launch.

use std::io::{self, BufReader};

use crate::failure::{Failure, OK, system};

/// `benchbook worker`.
pub(super) fn worker() -> Result<u8, Failure> {
    let experiments = registry::all();
    let find = |slug: &str| experiments.get(slug).map(AsRef::as_ref);
    let mut output = measure::worker::private_stdout().map_err(system)?;
    let mut input = BufReader::new(io::stdin());
    measure::worker::serve(&find, &mut input, &mut output).map_err(system)?;
    Ok(OK)
}
