//! `profile`: the shape of a data set, in a terminal or as JSON.

use crate::cli::ProfileArgs;
use crate::failure::{Failure, OK, system, usage};

/// `benchbook profile`.
pub(super) fn profile(args: &ProfileArgs) -> Result<u8, Failure> {
    let spec = dataset::Spec::parse(&args.data).map_err(usage)?;
    let profile = dataset::profile(&spec).map_err(usage)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&profile).map_err(system)?);
    } else {
        print!("{profile}");
    }
    Ok(OK)
}
