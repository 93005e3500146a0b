//! A results file, read and sorted into its parts.

use crate::{Case, Ceiling, Dataset, Experiment, Machine, Record, Role, RunEnd, RunHeader};

/// A whole results file.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What was asked for.
    pub header: RunHeader,
    /// The machine.
    pub machine: Machine,
    /// Its ceilings.
    pub ceilings: Vec<Ceiling>,
    /// The data, unless no experiment needed any.
    pub dataset: Option<Dataset>,
    /// The experiments in the order of the guide.
    pub experiments: Vec<Experiment>,
    /// Every finished case in order.
    pub cases: Vec<Case>,
    /// How it ended; `None` if it was cut off.
    pub end: Option<RunEnd>,
    /// What the reader of the file noticed: a truncated last line, a migrated schema.
    pub warnings: Vec<String>,
}

impl Run {
    /// Sorts records into a run. `None` without a header. Of two records of the same experiment or case the later wins.
    #[must_use]
    pub fn from_records(records: Vec<Record>, warnings: Vec<String>) -> Option<Self> {
        let mut header = None;
        let mut machine = Machine::default();
        let (mut ceilings, mut dataset, mut end) = (Vec::new(), None, None);
        let (mut experiments, mut cases): (Vec<Experiment>, Vec<Case>) = (Vec::new(), Vec::new());
        for record in records {
            match record {
                Record::Run(run) => header = Some(run),
                Record::Machine(found) => machine = found,
                Record::Ceiling(ceiling) => ceilings.push(ceiling),
                Record::Dataset(found) => dataset = Some(found),
                Record::Experiment(experiment) => {
                    experiments.retain(|old| old.slug != experiment.slug);
                    experiments.push(experiment);
                }
                Record::Case(case) => cases.push(case),
                Record::End(found) => end = Some(found),
            }
        }
        let mut seen = std::collections::HashSet::new();
        cases.reverse();
        cases.retain(|case| seen.insert((case.id(), case.role)));
        cases.reverse();
        Some(Self { header: header?, machine, ceilings, dataset, experiments, cases, end, warnings })
    }

    /// The cases of an experiment with a role, in order.
    pub fn cases<'a>(&'a self, experiment: &'a str, role: Role) -> impl Iterator<Item = &'a Case> {
        self.cases.iter().filter(move |case| case.experiment == experiment && case.role == role)
    }
}
