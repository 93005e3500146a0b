//! The walls of the house, as ARCHITECTURE.md states them.

use std::collections::BTreeMap;
use std::process::Command;

use catalog::Definition;
use results::BudgetName;

/// What each crate may use of the others.
const WALLS: [(&str, &[&str]); 13] = [
    ("results", &[]),
    ("stats", &[]),
    ("catalog", &["results"]),
    ("kernels", &[]),
    ("loading", &[]),
    ("machine", &["results"]),
    ("dataset", &["results"]),
    ("transformer", &["kernels"]),
    ("gpu", &["machine", "transformer"]),
    ("measure", &["results", "catalog", "stats"]),
    ("analysis", &["results", "catalog", "stats"]),
    ("report", &["results", "catalog", "stats", "analysis"]),
    (
        "benchbook",
        &["results", "catalog", "stats", "analysis", "report", "machine", "gpu", "dataset", "measure", "registry"],
    ),
];
/// What an experiment may use.
const EXPERIMENT: [&str; 8] = ["results", "measure", "dataset", "machine", "kernels", "loading", "transformer", "gpu"];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs, since it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Direct dependencies on other members, by member, for those that are built (not for tests).
fn members() -> BTreeMap<String, Vec<String>> {
    let text = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let names: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let uses = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().into_iter().flatten();
        all.filter(|d| d["kind"].is_null())
            .filter_map(|d| d["name"].as_str())
            .filter(|name| names.contains(name))
            .map(str::to_owned)
            .collect()
    };
    packages.iter().map(|p| (p["name"].as_str().expect("a name").to_owned(), uses(p))).collect()
}

#[test]
fn no_stage_reaches_through_a_wall() {
    let members = members();
    for (stage, allowed) in WALLS {
        let used = members.get(stage).unwrap_or_else(|| panic!("{stage} is a member"));
        for name in used {
            assert!(allowed.contains(&name.as_str()), "{stage} uses {name}");
        }
    }
    let experiments: Vec<_> = catalog::FOLDERS.iter().map(|folder| folder.slug).collect();
    for slug in &experiments {
        for name in members.get(*slug).unwrap_or_else(|| panic!("{slug} is a member")) {
            assert!(EXPERIMENT.contains(&name.as_str()), "the experiment {slug} uses {name}");
        }
    }
    for name in &members["registry"] {
        assert!(name == "measure" || experiments.contains(&name.as_str()), "registry uses {name}");
    }
}

#[test]
fn nothing_that_is_built_uses_what_is_for_tests() {
    for (name, used) in members() {
        assert!(!used.iter().any(|other| other == "testing"), "{name} is built with testing");
    }
}

#[test]
fn the_reporting_half_cannot_reach_polars_or_a_clock() {
    let tree =
        cargo(&["tree", "-p", "benchbook", "--no-default-features", "-e", "normal", "--prefix", "none", "--offline"]);
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let heavy = name.starts_with("polars") || name.starts_with("arrow") || name.starts_with("tokio");
        let measuring = ["measure", "dataset", "machine", "gpu", "registry"].contains(&name);
        assert!(!heavy && !measuring, "the reporting half reaches {line}");
    }
    assert!(tree.contains("pulldown-cmark"), "the tree is the right one");
}

#[test]
fn every_folder_is_registered_and_every_registered_one_has_a_folder() {
    let registered: Vec<&str> = registry::EXPERIMENTS.iter().map(|(slug, _)| *slug).collect();
    let folders: Vec<&str> = catalog::FOLDERS.iter().map(|folder| folder.slug).collect();
    assert_eq!(registered, folders);
}

#[test]
fn a_larger_budget_measures_a_larger_table() {
    // The chapters share one table, as large as the chapter that asks for most.
    let rows = |budget| {
        let asked = catalog::FOLDERS.iter().filter_map(|folder| {
            let definition =
                Definition::parse(folder.slug, folder.file("experiment.toml")?).expect("a shipped definition");
            definition.preset.get(&budget).and_then(|preset| preset.rows)
        });
        asked.max().expect("a chapter that says how many")
    };
    let [quick, standard, thorough] = [BudgetName::Quick, BudgetName::Standard, BudgetName::Thorough].map(rows);
    assert!(quick < standard && standard < thorough, "{quick}, {standard}, {thorough}");
}
