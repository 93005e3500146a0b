//! Pages of an experiment with metrics of its own.

use std::fs;

use results::Outcome;

use crate::fixture::{SCRIPT, analyse, schemes};

fn page(out: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(out.path().join(name)).unwrap()
}

#[test]
fn names_of_columns_in_labels_and_tables_are_text_and_can_be_hidden() {
    let mut fixture = schemes::fixture();
    let out = fixture.render();
    for name in ["schemes.html", "schemes-cases.html", "index.html", "claims.html"] {
        assert!(!page(&out, name).contains(SCRIPT), "{name} holds a live script");
    }
    let chapter = page(&out, "schemes.html");
    assert!(chapter.contains("int8 of &lt;script&gt;alert(1)&lt;/scrip"), "the label names the column");

    // A reason is drawn inside charts too.
    for case in fixture.run.cases.iter_mut().filter(|case| case.variant == "bits") {
        case.outcome = Outcome::Skipped { reason: format!("neither {SCRIPT} nor user_id could be packed") };
        case.launches.clear();
    }
    fixture.analysis = analyse(&fixture.run, &fixture.folders, &fixture.assumptions);
    fixture.settings.redact = true;
    let out = fixture.render();
    for entry in fs::read_dir(out.path()).unwrap().chain(fs::read_dir(out.path().join("data")).unwrap()) {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("alert(1)") && !text.contains("user_id"), "{} shows a name", path.display());
        }
    }
    let chapter = page(&out, "schemes.html");
    assert!(chapter.contains("int8 of c1") && chapter.contains("<bdi>c7</bdi>"), "short forms stand there");
    let drawn =
        |text: &str| chapter.split("<svg").skip(1).any(|svg| svg.split("</svg>").next().unwrap().contains(text));
    assert!(drawn("either c1 nor c7 could be packed"), "the reason is in a chart");
}

#[test]
fn raw_data_carries_trials_facts_and_tables() {
    let out = schemes::fixture().render();
    let json: serde_json::Value = serde_json::from_str(&page(&out, "data/schemes-recall.json")).unwrap();
    let int8 = json["cases"].as_array().unwrap().iter().find(|case| case["variant"] == "int8").unwrap();
    assert_eq!(json["samples"], "fraction, by launch and trial");
    assert_eq!(int8["trials"]["recall"][0], serde_json::json!([0.985, 0.987, 0.989, 0.986]));
    assert_eq!(int8["samples"], int8["trials"]["recall"]);
    assert_eq!(int8["metrics"]["memory"], serde_json::json!([1_024_000.0, 1_024_000.0, 1_024_000.0]));
    assert_eq!(int8["facts"]["error"], 3.21e-6);
    assert_eq!(int8["tables"]["columns"]["rows"][1][0], serde_json::json!({ "column": "user_id" }));
    assert_eq!(int8["tables"]["columns"]["more"], 12);
    let csv = page(&out, "data/schemes-memory.csv");
    assert!(csv.contains("schemes,int8,full,,bytes,1,1024000\n"), "{csv}");
}

#[test]
fn a_block_that_names_what_is_not_there_is_an_error() {
    let chapter = include_str!("fixture/schemes/chapter.md");
    for (from, to, says) in [
        ("variant = \"int8\"", "variant = \"int4\"", "there is no variant \"int4\""),
        ("density = \"thin\"", "density = \"thick\"", "the axis \"density\" has no value \"thick\""),
        ("density = \"thin\"", "weight = \"thin\"", "there is no axis \"weight\""),
        ("caption = \"What each column takes\"\n", "", "missing field `caption`"),
    ] {
        let files: &'static [(&str, &str)] =
            Box::leak(Box::new([("chapter.md", &*Box::leak(chapter.replacen(from, to, 1).into_boxed_str()))]));
        let mut fixture = schemes::fixture();
        fixture.folders[0].0.files = files;
        let out = tempfile::tempdir().unwrap();
        let error = report::render(&fixture.input(), out.path()).unwrap_err().to_string();
        assert!(error.contains("experiments/schemes/chapter.md, line ") && error.contains(says), "{to}: {error}");
    }
}
