use catalog::{Definition, Folder};
use measure::plan::{Plan, Surroundings, plan};
use results::{BudgetName, Clock, Lane, Machine, Point};

use super::definition;

const FOLDER: Folder = Folder { slug: "demo", code: "c0de", files: &[] };

fn machine(numpy: Option<&str>) -> Machine {
    let lane = Lane {
        id: "numpy".into(),
        version: numpy.map(str::to_owned),
        path: None,
        missing: numpy.is_none().then(|| "pip install numpy".into()),
        adds: String::new(),
    };
    Machine { lanes: vec![lane], ..Machine::default() }
}

fn planned(machine: &Machine, budget: BudgetName) -> Plan {
    planned_by(&definition(), machine, budget)
}

fn planned_by(definition: &Definition, machine: &Machine, budget: BudgetName) -> Plan {
    let around = Surroundings { machine, dataset: None, images: "", budget, seed: 1, clock: Clock::Real };
    plan(FOLDER, definition, &[], around)
}

fn keys(plan: &Plan) -> Vec<String> {
    plan.points.iter().flat_map(|p| &p.cases).map(|c| c.key.clone()).collect()
}

#[test]
fn a_plan_is_the_product_of_the_axes_in_order() {
    let plan = planned(&machine(Some("2.0")), BudgetName::Standard);
    let points: Vec<String> = plan.points.iter().map(|p| p.point.to_string()).collect();
    assert_eq!(points, ["cache=warm,size=s", "cache=cold,size=s", "cache=warm,size=l", "cache=cold,size=l"]);
    assert!(plan.points.iter().all(|p| p.cases.len() == 3));
    assert_eq!(plan.points[2].numbers["size"], 9.0);
}

#[test]
fn a_preset_narrows_the_plan() {
    let plan = planned(&machine(None), BudgetName::Quick);
    assert_eq!(plan.points.len(), 2);
    assert!(plan.points.iter().all(|p| p.cases.len() == 2));
}

#[test]
fn a_preset_may_measure_points_beside_its_grid() {
    let mut definition = definition();
    let preset = definition.preset.get_mut(&BudgetName::Quick).expect("the fixture has one");
    preset.also.push(Point::new().with("cache", "cold").with("size", "l"));
    let plan = planned_by(&definition, &machine(None), BudgetName::Quick);
    let points: Vec<String> = plan.points.iter().map(|p| p.point.to_string()).collect();
    assert_eq!(points, ["cache=warm,size=s", "cache=warm,size=l", "cache=cold,size=l"]);
}

#[test]
fn exceptions_and_missing_lanes_are_rows_with_a_reason() {
    let plan = planned(&machine(None), BudgetName::Standard);
    let skip = |point: usize, variant: usize| plan.points[point].cases[variant].skip.clone();
    assert_eq!(skip(3, 1).as_deref(), Some("B has no cold."));
    assert!(skip(0, 2).is_some_and(|reason| reason.starts_with("needs numpy")));
    assert_eq!(skip(0, 0), None);
}

#[test]
fn a_program_that_is_built_apart_says_what_builds_it() {
    let mut definition = definition();
    definition.variant[1].lane = "table-formats".to_owned();
    let mut machine = machine(None);
    let skip =
        |machine: &Machine| planned_by(&definition, machine, BudgetName::Standard).points[0].cases[1].skip.clone();
    let command = "built by `cargo build --release --manifest-path lanes/table-formats/Cargo.toml`";
    assert!(skip(&machine).is_some_and(|reason| reason.ends_with(command)), "{:?}", skip(&machine));
    machine.lanes[0] = Lane { id: "table-formats".into(), version: Some("0.1.0".into()), ..machine.lanes[0].clone() };
    assert_eq!(skip(&machine), None);
}

#[test]
fn a_gpu_that_is_missing_says_why_and_one_that_is_there_runs_in_this_binary() {
    let mut definition = definition();
    definition.variant[1].lane = "cuda".to_owned();
    assert_eq!(definition.variant[1].built_apart(), None);
    let mut machine = machine(None);
    let skip =
        |machine: &Machine| planned_by(&definition, machine, BudgetName::Standard).points[0].cases[1].skip.clone();
    assert_eq!(skip(&machine).as_deref(), Some("needs cuda, which is not here; `benchbook doctor` says how to get it"));
    let missing = Some("there is no NVIDIA driver here; needs an NVIDIA GPU".into());
    machine.lanes[0] = Lane { id: "cuda".into(), version: None, missing, ..machine.lanes[0].clone() };
    let why = "there is no NVIDIA driver here; `benchbook doctor` says how to get it";
    assert_eq!(skip(&machine).as_deref(), Some(why));
    machine.lanes[0] = Lane { version: Some("13.0".into()), missing: None, ..machine.lanes[0].clone() };
    assert_eq!(skip(&machine), None);
}

#[test]
fn keys_change_with_what_numbers_depend_on_and_with_nothing_else() {
    let base = keys(&planned(&machine(Some("2.0")), BudgetName::Standard));
    assert_eq!(base, keys(&planned(&machine(Some("2.0")), BudgetName::Standard)));
    let mut unique = base.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), base.len(), "every case has its own key");

    let newer = keys(&planned(&machine(Some("2.1")), BudgetName::Standard));
    for (i, (old, new)) in base.iter().zip(&newer).enumerate() {
        assert_eq!(old == new, i % 3 != 2, "only the variant that needs numpy changes with its version");
    }
    let mut other = machine(Some("2.0"));
    other.cpu.model = "another".into();
    assert!(keys(&planned(&other, BudgetName::Standard)).iter().all(|key| !base.contains(key)));
}
