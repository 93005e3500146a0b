//! The chapters of a run: which experiments, on which columns, and what of them is planned.

use std::collections::{BTreeMap, HashMap};

use catalog::{DataNeed, Definition, Folder};
use measure::Plan;
use measure::plan::Surroundings;
use results::{Case, Choice, Experiment, Machine, Record, Role};

use super::data::Data;
use super::{Only, Request};
use crate::failure::{Failure, usage};

/// An experiment with everything that planning it takes.
pub(super) struct Chapter {
    pub(super) folder: Folder,
    pub(super) definition: Definition,
    pub(super) choices: Vec<Choice>,
    pub(super) skipped: Option<String>,
    pub(super) plan: Plan,
}

impl Chapter {
    /// The chosen columns by purpose.
    pub(super) fn columns(&self) -> BTreeMap<String, String> {
        self.choices.iter().map(|choice| (choice.purpose.clone(), choice.column.clone())).collect()
    }
}

/// The experiments of the request, with the reader's own programs as further variants.
pub(super) fn chosen(request: &Request) -> Result<Vec<(Folder, Definition)>, Failure> {
    for slug in request.experiments.iter().chain(request.own.iter().map(|lane| &lane.experiment)) {
        catalog::folder(slug)?;
    }
    let mut all = catalog::all()?;
    all.retain(|(folder, _)| request.experiments.is_empty() || request.experiments.iter().any(|s| s == folder.slug));
    for (folder, definition) in &mut all {
        for lane in request.own.iter().filter(|lane| lane.experiment == folder.slug) {
            if definition.variant(&lane.id).is_some() {
                return Err(usage(format_args!(
                    "[[lane]] {:?}: {} has a variant of that name already",
                    lane.id, folder.slug
                )));
            }
            definition.variant.push(super::lanes::variant(lane));
            for preset in definition.preset.values_mut().filter(|preset| !preset.variants.is_empty()) {
                preset.variants.push(lane.id.clone());
            }
        }
    }
    Ok(all)
}

/// Plans an experiment on this machine and data, or says why it is skipped.
pub(super) fn plan(
    folder: Folder,
    definition: Definition,
    experiment: Option<&dyn measure::Experiment>,
    request: &Request,
    machine: &Machine,
    data: &Data,
) -> Chapter {
    let dataset = data.dataset.as_ref();
    let empty = || Plan { experiment: folder.slug.to_owned(), points: Vec::new() };
    let skip = |definition, reason: &str| Chapter {
        folder,
        definition,
        choices: Vec::new(),
        skipped: Some(reason.to_owned()),
        plan: empty(),
    };
    let Some(experiment) = experiment else {
        return skip(definition, "its folder is not in the registry of this build (crates/registry/Cargo.toml)");
    };
    let choices = match (definition.data, dataset) {
        (DataNeed::Table | DataNeed::Images, None) => return skip(definition, "there is no table"),
        (DataNeed::Table | DataNeed::Images, Some(dataset)) => match experiment.choose(dataset) {
            Ok(choices) => choices,
            Err(reason) => return skip(definition, &reason),
        },
        (DataNeed::None, _) => Vec::new(),
    };
    let images = data.images_id(request);
    let around = Surroundings {
        machine,
        dataset,
        images: &images,
        budget: request.budget.name,
        seed: request.seed,
        clock: request.clock,
    };
    let plan = measure::plan::plan(folder, &definition, &choices, around);
    Chapter { folder, definition, choices, skipped: None, plan }
}

/// Leaves what one figure shows.
pub(super) fn narrow(chapters: &mut [Chapter], only: Option<&Only>) {
    let Some(only) = only else { return };
    for chapter in chapters {
        chapter.plan.points.retain(|point| point.point.matches(&only.point));
        for point in &mut chapter.plan.points {
            let wanted =
                |id: &str| only.variants.is_empty() || id == point.baseline || only.variants.iter().any(|v| v == id);
            point.cases.retain(|case| wanted(&case.variant.id));
        }
    }
}

/// Adds the experiments and their cached cases, and counts the latter.
pub(super) fn add_cached(chapters: &[Chapter], known: &HashMap<(&str, Role), &Case>, records: &mut Vec<Record>) -> u64 {
    let mut reused = 0;
    for chapter in chapters {
        let planned = || chapter.plan.points.iter().flat_map(|point| &point.cases);
        records.push(Record::Experiment(Experiment {
            slug: chapter.folder.slug.to_owned(),
            definition: serde_json::to_value(&chapter.definition).unwrap_or_default(),
            code: chapter.folder.code.to_owned(),
            choices: chapter.choices.clone(),
            skipped: chapter.skipped.clone(),
            planned: planned().map(|case| case.key.clone()).collect(),
        }));
        for case in planned() {
            for role in [Role::Measure, Role::Control, Role::Confirm] {
                if let Some(case) = known.get(&(case.key.as_str(), role)) {
                    reused += u64::from(role == Role::Measure);
                    records.push(Record::Case((*case).clone()));
                }
            }
        }
    }
    reused
}
