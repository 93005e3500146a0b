//! `doctor`: what can be measured here, what cannot, why, and how to get it.

use std::path::Path;

use crate::cli::DoctorArgs;
use crate::failure::{Failure, OK, system};
use crate::settings::Settings;

/// `benchbook doctor`.
pub(super) fn doctor(args: &DoctorArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.places.config.as_deref())?;
    let results = settings.results(args.places.results.as_deref());
    let folder = results.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut machine = machine::probe(&[("results and scratch", folder)]);
    machine.lanes = machine::lanes(None);
    let mut lines = machine::doctor_in(&machine, folder);
    // Opening a GPU takes seconds, and where there is no driver its lane has said so.
    if machine.lanes.iter().any(|lane| lane.id == "cuda" && lane.version.is_some()) {
        lines.extend(gpu::doctor());
    }
    if args.json {
        let all = serde_json::json!({"machine": machine, "checks": lines});
        println!("{}", serde_json::to_string_pretty(&all).map_err(system)?);
        return Ok(OK);
    }
    println!("{}\n", machine.summary());
    for line in &lines {
        println!("{line}");
    }
    Ok(OK)
}
