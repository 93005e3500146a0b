//! Results files: real output validates against the published schema, every past schema loads.

use std::path::Path;

use super::json_schema::errors;
use super::support::Bench;

fn schema() -> serde_json::Value {
    serde_json::from_str(include_str!("../../results.schema.json")).expect("JSON")
}

/// Every line of a results file, validated.
fn validate(path: &Path) {
    let schema = schema();
    let text = std::fs::read_to_string(path).expect("readable");
    assert!(text.lines().count() > 3);
    for (i, line) in text.lines().enumerate() {
        let record = serde_json::from_str(line).expect("JSON");
        let errors = errors(&schema, &record);
        assert!(errors.is_empty(), "{}, line {}: {errors:#?}", path.display(), i + 1);
    }
}

#[test]
fn what_a_run_writes_validates_against_the_published_schema() {
    let bench = Bench::new();
    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    validate(&bench.results()[0]);
}

/// Trials, tables and metrics of an experiment's own, recorded for good, and in an export.
#[test]
fn what_an_experiment_states_itself_validates_and_is_exported() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/v{}.jsonl", results::SCHEMA));
    validate(&path);
    let run = results::file::read(&path).expect("readable");
    assert!(run.cases.iter().any(|case| !case.tables.is_empty() && !case.launches.is_empty()));
    assert!(run.cases.iter().any(|case| case.trials("recall").is_some()));

    let csv = Bench::new().good(&["export", path.to_str().expect("UTF-8")]).out;
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let column =
        |name: &str| head.iter().position(|head| *head == name).unwrap_or_else(|| panic!("no {name} in {head:?}"));
    let int8 = lines.find(|row| row[1] == "int8" && row[3].is_empty()).expect("int8 was measured");
    let number = |name: &str| int8[column(name)].parse::<f64>().unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(
        number("recall_share_low") <= number("recall_share") && number("recall_share") <= number("recall_share_high")
    );
    assert!((0.5..=1.0).contains(&number("recall_share")));
    assert_eq!(number("memory_bytes"), number("memory_bytes_high"), "a fact is exact");
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = schema();
    for line in [
        r#"{"kind":"surprise"}"#,
        r#"{"kind":"end","elapsed_seconds":1,"interrupted":false,"reused":0,"measured":0,"extra":1}"#,
        r#"{"kind":"case","experiment":"e","variant":"v","point":{},"role":"measure","key":"0123456789abcdef","outcome":{"status":"failed"}}"#,
    ] {
        assert!(!errors(&schema, &serde_json::from_str(line).expect("JSON")).is_empty(), "{line}");
    }
}

#[test]
fn every_past_schema_loads_and_renders() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("there are samples") {
        let path = entry.expect("readable").path();
        let bench = Bench::new();
        bench.good(&["render", path.to_str().expect("UTF-8"), "--out", "site"]);
        assert!(bench.path("site/index.html").is_file(), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= results::SCHEMA as usize, "a sample of each schema");
}

#[test]
fn every_experiment_ships_a_recorded_run_that_renders() {
    for folder in catalog::FOLDERS {
        let sample = folder.file("sample.jsonl").unwrap_or_else(|| panic!("{} has a sample.jsonl", folder.slug));
        let bench = Bench::new();
        let path = bench.write("sample.jsonl", sample);
        bench.good(&["render", path.to_str().expect("UTF-8"), "--out", "site"]);
        assert!(bench.path(&format!("site/{}.html", folder.slug)).is_file(), "{}", folder.slug);
    }
}
