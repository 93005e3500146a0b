//! What earlier runs on this machine measured, so that nothing is measured twice.

use std::collections::HashMap;
use std::path::Path;

use results::{Case, Role, Run};

use crate::store;

/// Earlier runs on a machine, the newest first.
#[derive(Default)]
pub(super) struct Earlier {
    /// The runs.
    pub(super) runs: Vec<Run>,
    /// Files that could not be read, with the reason.
    pub(super) unreadable: Vec<String>,
}

impl Earlier {
    /// Reads every results file in `folder`; one that cannot be read is named, and stops nothing.
    pub(super) fn read(folder: &Path) -> Self {
        let mut earlier = Self::default();
        for path in store::files(folder) {
            match results::file::read(&path) {
                Ok(run) => earlier.runs.push(run),
                Err(e) => earlier.unreadable.push(e.to_string()),
            }
        }
        earlier
    }

    /// Every finished case by key and role; of several the newest.
    pub(super) fn cases(&self) -> HashMap<(&str, Role), &Case> {
        let mut found = HashMap::new();
        for run in self.runs.iter().rev() {
            found.extend(run.cases.iter().map(|case| ((case.key.as_str(), case.role), case)));
        }
        found
    }
}
