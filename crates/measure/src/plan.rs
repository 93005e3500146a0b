//! From definitions to cases: pure.
//!
//! The point is the unit of work: every variant at a point is measured in the same rounds. A point is cached as a whole,
//! since variants that ran in different hours cannot be compared.

use std::collections::BTreeMap;

use catalog::{DataNeed, Definition, Folder, Variant};
use results::{BudgetName, Choice, Clock, Dataset, Lane, Machine, Part, Point, Taken, fingerprint};

/// All cases of an experiment under a budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Slug.
    pub experiment: String,
    /// The points in the order of the axes.
    pub points: Vec<PointPlan>,
}

/// All variants at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointPlan {
    /// Slug.
    pub experiment: String,
    /// Where.
    pub point: Point,
    /// The axes' numbers at this point.
    pub numbers: BTreeMap<String, f64>,
    /// Id of the variant that the others are compared with.
    pub baseline: String,
    /// The cases in the order of the variants.
    pub cases: Vec<PlannedCase>,
}

/// One variant at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCase {
    /// The variant.
    pub variant: Variant,
    /// Relative tolerance of its answer.
    pub tolerance: f64,
    /// What its answer must agree with.
    pub answers: Answers,
    /// Cache key.
    pub key: String,
    /// Why it is not run, if it is known before.
    pub skip: Option<String>,
}

/// What an answer must agree with, beside every other answer of its launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// With the baseline's at the same point.
    Baseline,
    /// With its own in other launches: it is another than the baseline's by design.
    Itself,
    /// With nothing: each launch draws its own.
    Free,
}

impl Answers {
    fn of(definition: &Definition, variant: &Variant) -> Self {
        match (&definition.answers_differ, &variant.answers_differ) {
            (Some(_), _) => Self::Free,
            (None, Some(_)) => Self::Itself,
            (None, None) => Self::Baseline,
        }
    }
}

/// What a plan depends on beside the definition.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The machine, with its lanes.
    pub machine: &'a Machine,
    /// The data.
    pub dataset: Option<&'a Dataset>,
    /// Identity of the reader's images and storage folders; empty if there are none.
    pub images: &'a str,
    /// The budget's preset.
    pub budget: BudgetName,
    /// Seed of the run.
    pub seed: u64,
    /// Whether seconds are real.
    pub clock: Clock,
}

/// The identity of the rows that are used of a data set.
fn rows_of(dataset: &Dataset) -> String {
    let rows = format!("{} {}", dataset.id, dataset.rows_used);
    match dataset.part {
        Some(Part { taken: Taken::Slices, pieces, .. }) => format!("{rows} in {pieces} slices"),
        Some(Part { taken: Taken::Files, pieces, .. }) => format!("{rows} of {pieces} files"),
        Some(Part { taken: Taken::Start, .. }) | None => rows,
    }
}

/// Plans an experiment.
#[must_use]
pub fn plan(folder: Folder, definition: &Definition, choices: &[Choice], around: Surroundings<'_>) -> Plan {
    let preset = definition.preset.get(&around.budget);
    let wanted = |id: &str| preset.is_none_or(|p| p.variants.is_empty() || p.variants.iter().any(|v| v == id));
    let variants: Vec<&Variant> = definition.variant.iter().filter(|v| wanted(&v.id)).collect();

    let mut points = definition.points();
    points.retain(|point| preset.is_none_or(|p| p.measures(point)));

    let data = match (definition.data, around.dataset) {
        (DataNeed::Table, Some(dataset)) => rows_of(dataset),
        (DataNeed::Table, None) => "missing".to_owned(),
        (DataNeed::Images, Some(dataset)) => format!("{} {}", rows_of(dataset), around.images),
        (DataNeed::Images, None) => format!("missing {}", around.images),
        (DataNeed::None, _) => String::new(),
    };
    let choices: Vec<String> = choices.iter().map(|c| format!("{}={}", c.purpose, c.column)).collect();
    let shared = fingerprint(&[
        "case 1",
        folder.code,
        &definition.baseline,
        &definition.tolerance.to_string(),
        &data,
        &choices.join("\n"),
        &around.machine.id(),
        &format!("{:?} {:?} {}", around.budget, around.clock, around.seed),
    ]);
    let points = points
        .into_iter()
        .map(|point| (definition.numbers(&point), point))
        .map(|(numbers, point)| PointPlan {
            experiment: folder.slug.to_owned(),
            baseline: definition.baseline.clone(),
            cases: variants
                .iter()
                .map(|variant| PlannedCase {
                    key: key(&shared, variant, &point, &numbers, around.machine),
                    tolerance: variant.tolerance.unwrap_or(definition.tolerance),
                    answers: Answers::of(definition, variant),
                    skip: definition
                        .exception(&variant.id, &point)
                        .map(str::to_owned)
                        .or_else(|| missing_lane(variant, around.machine)),
                    variant: (*variant).clone(),
                })
                .collect(),
            point,
            numbers,
        })
        .collect();
    Plan { experiment: folder.slug.to_owned(), points }
}

fn key(shared: &str, variant: &Variant, point: &Point, numbers: &BTreeMap<String, f64>, machine: &Machine) -> String {
    let lanes: Vec<String> = lanes_of(variant)
        .map(|id| {
            let version = machine.lanes.iter().find(|lane| lane.id == id).and_then(|lane| lane.version.as_deref());
            format!("{id} {}", version.unwrap_or("missing"))
        })
        .collect();
    let variant = serde_json::to_string(variant).unwrap_or_default();
    fingerprint(&[shared, &variant, &point.to_string(), &format!("{numbers:?}"), &lanes.join(",")])
}

fn lanes_of(variant: &Variant) -> impl Iterator<Item = &str> {
    let own = (variant.lane != "rust").then_some(variant.lane.as_str());
    own.into_iter().chain(variant.needs.iter().map(String::as_str))
}

/// Why a lane is not here. How to get it is said in one place, by the doctor, since it names paths of this machine; how to build
/// a program of Benchbook's own is the same everywhere, and what keeps a GPU from being used is worth a sentence.
fn missing_lane(variant: &Variant, machine: &Machine) -> Option<String> {
    lanes_of(variant).find_map(|id| match machine.lanes.iter().find(|lane| lane.id == id) {
        Some(lane) if lane.version.is_some() => None,
        _ if variant.built_apart() == Some(id) => Some(format!(
            "needs benchbook-{id}, built by `cargo build --release --manifest-path lanes/{id}/Cargo.toml`"
        )),
        // A lane's reason is "why; how to get it".
        Some(Lane { missing: Some(missing), .. }) if variant.lane == "cuda" => {
            let why = missing.split_once("; ").map_or(missing.as_str(), |(why, _)| why);
            Some(format!("{why}; `benchbook doctor` says how to get it"))
        }
        _ => Some(format!("needs {id}, which is not here; `benchbook doctor` says how to get it")),
    })
}
