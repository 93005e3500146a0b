//! An experiment as it was recorded, with its definition: every planned case, measured or not, and why not.

use std::collections::HashMap;

use catalog::{Claim, Definition};
use results::{BudgetName, Case, Experiment, Point, Role, Run};

/// A recorded experiment, ready for questions.
pub(crate) struct Chapter<'a> {
    /// Slug.
    pub(crate) slug: &'a str,
    /// The recorded definition, or the embedded one if that cannot be read.
    pub(crate) definition: Definition,
    /// The claims.
    pub(crate) claims: &'a [Claim],
    /// The record.
    pub(crate) experiment: &'a Experiment,
    cases: HashMap<(Role, &'a str, &'a Point), &'a Case>,
    budget: BudgetName,
    /// Why a planned case has no record, as a sentence.
    unfinished: String,
}

impl<'a> Chapter<'a> {
    /// The chapter of a recorded experiment; `None` if neither the record nor the catalog has a definition of it.
    pub(crate) fn new(
        run: &'a Run,
        experiment: &'a Experiment,
        catalog: &'a [(String, Definition, Vec<Claim>)],
    ) -> Option<Self> {
        let embedded = catalog.iter().find(|(slug, ..)| *slug == experiment.slug);
        let recorded = serde_json::from_value::<Definition>(experiment.definition.clone()).ok();
        let mut definition = recorded.or_else(|| embedded.map(|(_, definition, _)| definition.clone()))?;
        if let Some((_, embedded, _)) = embedded {
            add_new_names(&mut definition, embedded);
        }
        let chosen = |purpose: &str| experiment.choices.iter().find(|choice| choice.purpose == purpose);
        definition.fill_labels(|purpose| chosen(purpose).map(|choice| choice.column.clone()));
        let cases = run
            .cases
            .iter()
            .filter(|case| case.experiment == experiment.slug)
            .map(|case| ((case.role, case.variant.as_str(), &case.point), case))
            .collect();
        let unfinished = match &run.end {
            Some(end) if !end.interrupted => "the budget was spent before this was measured",
            Some(_) => "the run was interrupted before this was measured",
            None => "the run had not come to this yet",
        };
        Some(Self {
            slug: &experiment.slug,
            definition,
            claims: embedded.map_or(&[], |(_, _, claims)| claims.as_slice()),
            experiment,
            cases,
            budget: run.header.budget,
            unfinished: unfinished.to_owned(),
        })
    }

    /// Every variant at every point, in the order of the definition: axes first, then variants.
    pub(crate) fn slots(&self) -> Vec<(&str, Point)> {
        let points = self.definition.points();
        let variants = || self.definition.variant.iter().map(|variant| variant.id.as_str());
        points.iter().flat_map(|point| variants().map(|variant| (variant, point.clone()))).collect()
    }

    /// The record of a case with a role, measured or not.
    pub(crate) fn record(&self, role: Role, variant: &str, point: &Point) -> Option<&'a Case> {
        self.cases.get(&(role, variant, point)).copied()
    }

    /// The record of a case with a role if it has samples.
    pub(crate) fn samples(&self, role: Role, variant: &str, point: &Point) -> Option<&'a Case> {
        self.record(role, variant, point).filter(|case| has_samples(case))
    }

    /// The measured case, or why there is none.
    pub(crate) fn case(&self, variant: &str, point: &Point) -> Result<&'a Case, String> {
        match self.record(Role::Measure, variant, point) {
            Some(case) if has_samples(case) => Ok(case),
            Some(case) => Err(case.outcome.reason().unwrap_or_else(|| "it was run and gave no sample".to_owned())),
            None => Err(self.absence(variant, point)),
        }
    }

    /// Whether the run's budget plans this case.
    pub(crate) fn in_budget(&self, variant: &str, point: &Point) -> bool {
        let Some(preset) = self.definition.preset.get(&self.budget) else { return true };
        let wanted = preset.variants.is_empty() || preset.variants.iter().any(|id| id == variant);
        wanted && preset.measures(point)
    }

    /// Why a case has no record, as a sentence.
    fn absence(&self, variant: &str, point: &Point) -> String {
        let budget = match self.budget {
            BudgetName::Quick => "quick",
            BudgetName::Standard => "standard",
            BudgetName::Thorough => "thorough",
        };
        if self.definition.variant(variant).is_none() {
            format!("this run has no variant {variant:?}")
        } else if let Some(reason) = &self.experiment.skipped {
            reason.clone()
        } else if let Some(reason) = self.definition.exception(variant, point) {
            reason.to_owned()
        } else if self.in_budget(variant, point) {
            self.unfinished.clone()
        } else {
            format!("not part of the {budget} budget")
        }
    }

    /// Name of a variant for people.
    pub(crate) fn label<'b>(&'b self, variant: &'b str) -> &'b str {
        self.definition.variant(variant).map_or(variant, |variant| variant.label.as_str())
    }

    /// A whole point: an axis that `point` does not name is at its first value, if it applies there.
    pub(crate) fn whole(&self, point: &Point) -> Point {
        let mut whole = point.clone();
        for axis in &self.definition.axis {
            if whole.get(&axis.name).is_none()
                && axis.applies(&whole)
                && let Some(first) = axis.values.first()
            {
                whole = whole.with(&axis.name, &first.id);
            }
        }
        whole
    }
}

fn has_samples(case: &Case) -> bool {
    case.outcome.is_measured() && case.launches.iter().any(|launch| !launch.samples.is_empty())
}

/// Prose is rendered from the embedded chapter, whose names a run of an earlier version may lack.
fn add_new_names(recorded: &mut Definition, embedded: &Definition) {
    for finding in &embedded.finding {
        if !recorded.finding.iter().any(|old| old.name == finding.name) {
            recorded.finding.push(finding.clone());
        }
    }
    recorded.adopt_metrics(embedded);
    for value in &embedded.value {
        if !recorded.value.iter().any(|old| old.name == value.name) {
            recorded.value.push(value.clone());
        }
    }
}
