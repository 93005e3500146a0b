//! Promises about the whole site: nothing escapes, nothing is lost, every link leads somewhere, everything is small.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use results::{BudgetName, Clock};

use crate::fixture::{Fixture, HOSTILE, SCRIPT, dataset, large, run};

/// Every file of a site by its path.
fn files(out: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(out, out, &mut found);
    found
}

fn pages(out: &Path) -> BTreeMap<String, String> {
    files(out).into_iter().filter(|(name, _)| name.ends_with(".html")).collect()
}

fn attributes(page: &str, name: &str) -> Vec<String> {
    let pattern = Regex::new(&format!(r#"\s{name}="([^"]*)""#)).unwrap();
    pattern
        .captures_iter(page)
        .map(|hit| hit[1].replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\""))
        .collect()
}

#[test]
fn every_page_is_there() {
    let out = Fixture::new().render();
    let names: BTreeSet<String> = pages(out.path()).into_keys().collect();
    for name in ["index", "formats", "formats-cases", "kernels", "kernels-cases", "claims", "method", "machine", "data"]
    {
        assert!(names.contains(&format!("{name}.html")), "{name} is missing from {names:?}");
    }
}

#[test]
fn links_and_anchors_resolve() {
    let out = Fixture::new().render();
    let files = files(out.path());
    let ids: BTreeMap<&str, BTreeSet<String>> =
        files.iter().map(|(name, text)| (name.as_str(), attributes(text, "id").into_iter().collect())).collect();
    for (name, page) in pages(out.path()) {
        for href in attributes(&page, "href").into_iter().chain(attributes(&page, "src")) {
            if href.starts_with("https://") || href.starts_with("data:") {
                continue;
            }
            let (file, anchor) = href.split_once('#').unwrap_or((&href, ""));
            let file = if file.is_empty() { name.as_str() } else { file };
            assert!(files.contains_key(file), "{name} links to {href}, and there is no {file}");
            assert!(anchor.is_empty() || ids[file].contains(anchor), "{name} links to {href}, which has no such place");
        }
    }
}

#[test]
fn ids_are_unique_on_their_page() {
    let out = Fixture::new().render();
    for (name, page) in pages(out.path()) {
        let mut seen = BTreeSet::new();
        for id in attributes(&page, "id") {
            assert!(seen.insert(id.clone()), "{name} has the id {id} twice");
        }
    }
}

#[test]
fn nothing_is_loaded_from_outside() {
    let out = Fixture::new().render();
    let load = Regex::new(r#"(?i)(?:\ssrc|<link[^>]*\shref|\ssrcset|\sposter|\saction)="https?:|url\(\s*['"]?https?:|@import|<(?:iframe|object|embed|base)\b"#).unwrap();
    for (name, text) in files(out.path()) {
        if name.starts_with("data/") {
            continue;
        }
        assert!(!load.is_match(&text), "{name} loads from outside: {:?}", load.find(&text));
        assert!(!text.contains("fetch(") && !text.contains("XMLHttpRequest"), "{name} asks for something");
    }
}

#[test]
fn hostile_names_are_text() {
    let out = Fixture::new().render();
    let files = files(out.path());
    for (name, text) in &files {
        if name.ends_with(".html") {
            assert!(!text.contains(SCRIPT), "{name} holds a live script");
            assert!(!text.contains("<none>"), "{name} holds a live element from a label");
        }
    }
    // Present, and set apart so that their writing direction stays inside.
    let data = &files["data.html"];
    for name in HOSTILE {
        let shown = name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
        assert!(data.contains(&format!("<bdi>{shown}</bdi>")), "{name} is not on the data page");
    }
    // In raw data they are fields.
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with("data/")) {
        if name.ends_with(".json") {
            let value: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(value["cases"].as_array().is_some_and(|cases| !cases.is_empty()), "{name}");
        } else {
            let heads = text.lines().next().unwrap().split(',').count();
            assert!(heads > 5 && !text.contains("\n="), "{name}");
        }
    }
}

#[test]
fn names_and_the_path_of_the_data_can_be_hidden() {
    let mut fixture = Fixture::new();
    fixture.settings.redact = true;
    let out = fixture.render();
    for (name, text) in files(out.path()) {
        for hidden in ["user_id", "alert(1)", "emoji", "עברית", "my table"] {
            assert!(!text.contains(hidden), "{name} shows {hidden}");
        }
    }
    let data = fs::read_to_string(out.path().join("data.html")).unwrap();
    assert!(data.contains("<bdi>c1</bdi>") && data.contains("<bdi>c7</bdi>"));
}

#[test]
fn no_case_is_lost() {
    let fixture = Fixture::new();
    let out = fixture.render();
    for chapter in &fixture.analysis.chapters {
        let page = fs::read_to_string(out.path().join(format!("{}-cases.html", chapter.slug))).unwrap();
        let rows = page.split("<tbody>").nth(1).unwrap().matches("<tr>").count();
        assert_eq!(rows, chapter.cases.len(), "{}", chapter.slug);
        let prose = fs::read_to_string(out.path().join(format!("{}.html", chapter.slug))).unwrap();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for case in &chapter.cases {
            *reasons.entry(case.missing.as_deref().unwrap_or_default()).or_default() += 1;
        }
        let measured = reasons.remove("").unwrap_or_default();
        assert!(prose.contains(&format!("{measured} of {} planned cases were measured", chapter.cases.len())));
        for count in reasons.values() {
            let words = if *count == 1 { "(1 case)".to_owned() } else { format!("({count} cases)") };
            assert!(prose.contains(&words), "{}: {words}", chapter.slug);
        }
    }
}

#[test]
fn a_made_up_clock_is_named_on_every_page() {
    let mut recorded = run();
    recorded.header.clock = Clock::Fake;
    for (name, page) in pages(Fixture::of(recorded).render().path()) {
        assert!(page.contains("made up from a seed"), "{name}");
    }
    for (name, page) in pages(Fixture::new().render().path()) {
        assert!(!page.contains("made up from a seed"), "{name}");
    }
}

#[test]
fn quick_and_partial_runs_say_so() {
    let mut recorded = run();
    recorded.header.budget = BudgetName::Standard;
    let index = |run| fs::read_to_string(Fixture::of(run).render().path().join("index.html")).unwrap();
    assert!(!index(recorded.clone()).contains("<strong>Preliminary."));
    assert!(!index(recorded.clone()).contains("<strong>Partial run."));
    recorded.cases.clear();
    assert!(index(recorded.clone()).contains("No change was found that pays"));
    recorded.end = None;
    let partial = index(recorded);
    assert!(partial.contains("<strong>Partial run."));
    assert!(partial.contains("No change was found so far"));
    assert!(index(run()).contains("<strong>Preliminary."));
}

#[test]
fn an_empty_run_renders() {
    let mut recorded = run();
    recorded.cases.clear();
    recorded.ceilings.clear();
    recorded.dataset = None;
    recorded.end = None;
    recorded.experiments[0].skipped = Some("the table has one column".to_owned());
    let out = Fixture::of(recorded).render();
    let chapter = fs::read_to_string(out.path().join("formats.html")).unwrap();
    assert!(chapter.contains("The table has one column."));
    assert!(!out.path().join("data.html").exists());
    assert!(!fs::read_to_string(out.path().join("index.html")).unwrap().contains("data.html"));
}

#[test]
fn an_experiment_of_another_build_is_shown_without_prose() {
    let mut recorded = run();
    for slug in ["../../etc/passwd", "index"] {
        let mut experiment = recorded.experiments[1].clone();
        experiment.slug = slug.to_owned();
        let cases: Vec<_> = recorded.cases.iter().filter(|case| case.experiment == "kernels").cloned().collect();
        recorded.cases.extend(cases.into_iter().map(|mut case| {
            case.experiment = slug.to_owned();
            case
        }));
        recorded.experiments.push(experiment);
    }
    let out = Fixture::of(recorded).render();
    let names: Vec<String> = files(out.path()).into_keys().collect();
    assert!(names.contains(&"chapter-index.html".to_owned()), "{names:?}");
    let page = fs::read_to_string(out.path().join("chapter-------etc-passwd.html")).unwrap();
    assert!(page.contains("Explicit SIMD against Scalar"), "the headline in plain words");
    assert!(page.contains("bb-chart"), "its charts");
}

#[test]
fn a_second_render_replaces_the_first_and_nothing_else() {
    let out = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::new();
    report::render(&fixture.input(), out.path()).unwrap();
    let first = files(out.path());
    fs::write(out.path().join("mine.txt"), "mine").unwrap();

    let again = report::render(&fixture.input(), out.path()).unwrap();
    assert!(again.removed.is_empty());
    let mut second = files(out.path());
    second.remove("mine.txt");
    assert_eq!(first, second, "the same input gives the same bytes");

    fixture.run.dataset = None;
    let less = report::render(&fixture.input(), out.path()).unwrap();
    assert_eq!(less.removed, ["data.html"]);
    assert!(out.path().join("mine.txt").exists());
}

#[test]
fn a_broken_template_leaves_the_site_as_it_was() {
    let out = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::new();
    report::render(&fixture.input(), out.path()).unwrap();
    let before = files(out.path());
    let templates = tempfile::tempdir().unwrap();
    fs::write(templates.path().join("index.html"), "{{ nonsense }}").unwrap();
    fixture.settings.templates = Some(templates.path().to_owned());
    let error = report::render(&fixture.input(), out.path()).unwrap_err().to_string();
    assert!(error.contains("index.html") && error.contains("nonsense"), "{error}");
    assert_eq!(before, files(out.path()));
}

#[test]
fn title_and_logo_are_the_readers() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let mut fixture = Fixture::new();
    fixture.settings.title = "Team <A> & \"B\"".to_owned();
    fixture.settings.logo = Some(logo);
    let out = fixture.render();
    let index = fs::read_to_string(out.path().join("index.html")).unwrap();
    assert!(index.contains("<h1>Team &lt;A&gt; &amp; &quot;B&quot;</h1>") && index.contains("src=\"assets/logo.svg\""));

    fixture.settings.logo = Some(folder.path().join("none.png"));
    let error = report::render(&fixture.input(), out.path()).unwrap_err().to_string();
    assert!(error.contains("none.png"), "{error}");
    fixture.settings.logo = Some(folder.path().to_owned());
    assert!(report::render(&fixture.input(), out.path()).unwrap_err().to_string().contains("a logo is"));
}

#[test]
fn a_chapter_with_hundreds_of_cases_stays_small() {
    let fixture = large::fixture();
    let out = fixture.render();
    let sizes: Vec<(String, usize)> = files(out.path()).into_iter().map(|(name, text)| (name, text.len())).collect();
    for (name, size) in sizes.iter().filter(|(name, _)| name.ends_with(".html")) {
        assert!(*size < 200_000, "{name} has {size} bytes");
    }
    let all: usize = sizes.iter().map(|(_, size)| size).sum();
    assert!(all < 3_000_000, "the site has {all} bytes");
}

#[test]
fn a_table_of_a_thousand_columns_stays_small() {
    let names: Vec<String> =
        (0..1000).map(|i| format!("a_rather_long_name_of_a_feature_column_{i:04}_{}", "x".repeat(60))).collect();
    let mut recorded = run();
    recorded.dataset = Some(dataset(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let fixture = Fixture::of(recorded);
    let out = fixture.render();
    let sizes: Vec<(String, usize)> = files(out.path()).into_iter().map(|(name, text)| (name, text.len())).collect();
    for (name, size) in sizes.iter().filter(|(name, _)| name.ends_with(".html")) {
        assert!(*size < 200_000, "{name} has {size} bytes");
    }
    let all: usize = sizes.iter().map(|(_, size)| size).sum();
    assert!(all < 3_000_000, "the site has {all} bytes");
    let last = fs::read_to_string(out.path().join("data-4.html")).unwrap();
    assert!(last.contains("column_0999"), "the last column is on the last page");
}
