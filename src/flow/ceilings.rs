//! The machine's ceilings: of an earlier run, or measured now.

use std::path::Path;
use std::time::Duration;

use results::{Ceiling, Clock, Machine, Run};

use super::Request;
use super::earlier::Earlier;
use super::progress::Progress;

/// Ceilings of this machine that a run with this budget or a longer one measured.
pub(super) fn known(earlier: &Earlier, machine: &Machine, request: &Request) -> Option<Vec<Ceiling>> {
    if request.clock == Clock::Fake || request.only.is_some() {
        return Some(Vec::new());
    }
    let fits = |run: &&Run| {
        run.machine.id() == machine.id()
            && run.header.clock == Clock::Real
            && run.header.budget >= request.budget.name
            && !run.ceilings.is_empty()
    };
    earlier.runs.iter().find(fits).filter(|_| !request.fresh).map(|run| run.ceilings.clone())
}

/// Measures them with a share of the budget.
pub(super) fn measure(request: &Request, scratch: &Path, progress: &mut dyn Progress) -> Vec<Ceiling> {
    progress.phase("measuring the machine's ceilings");
    let share = request.budget.time / 15;
    let budget = share.clamp(Duration::from_secs(1), Duration::from_secs(15));
    let options = machine::CeilingOptions { budget, scratch: scratch.to_owned(), max_memory_bytes: None };
    machine::ceilings(&options, &mut |label| progress.detail(label))
}
