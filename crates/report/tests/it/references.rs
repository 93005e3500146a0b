//! Reference runs: shown beside the reader's run, labelled, and without a trace anywhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use catalog::Folder;
use regex::Regex;
use results::{Clock, Gpu, Record, Run};

use crate::fixture::{Fixture, analyse, guide, run};

/// A run as the text of a results file.
fn text(run: &Run) -> String {
    let records = [Record::Run(run.header.clone()), Record::Machine(run.machine.clone())]
        .into_iter()
        .chain(run.ceilings.iter().cloned().map(Record::Ceiling))
        .chain(run.dataset.iter().cloned().map(Record::Dataset))
        .chain(run.experiments.iter().cloned().map(Record::Experiment))
        .chain(run.cases.iter().cloned().map(Record::Case))
        .chain(run.end.clone().map(Record::End));
    records.map(|record| serde_json::to_string(&record).unwrap() + "\n").collect()
}

/// The same run on another machine, on which everything took another time.
fn elsewhere(mut run: Run) -> Run {
    run.machine.gpus =
        vec![Gpu { name: "Example GPU 9".to_owned(), memory_bytes: None, driver: None, compute_capability: None }];
    run.machine.cpu.model = "Another CPU".to_owned();
    run.header.started = "2025-12-31T10:15:00Z".to_owned();
    run.header.clock = Clock::Real;
    for (i, case) in run.cases.iter_mut().enumerate() {
        for sample in case.launches.iter_mut().flat_map(|launch| &mut launch.samples) {
            sample.wall_ns = sample.wall_ns * (1 + i as u64 % 7) / 3;
        }
    }
    run
}

/// The folder with one file more. The folder's files live as long as the program, as those of a build do.
fn with_file(folder: Folder, path: &'static str, text: String) -> Folder {
    let text: &'static str = text.leak();
    let files: Vec<_> = folder.files.iter().copied().chain([(path, text)]).collect();
    Folder { files: files.leak(), ..folder }
}

/// The fixture, with a reference run of the chapter on formats.
fn with_reference(reference: &Run) -> Fixture {
    let mut fixture = Fixture::new();
    let text = text(reference);
    for (folder, _) in fixture.folders.iter_mut().filter(|(folder, _)| folder.slug == "formats") {
        *folder = with_file(*folder, "reference/big-machine.jsonl", text.clone());
    }
    fixture
}

/// The fixture with a reference run, for a look.
pub(crate) fn fixture() -> Fixture {
    with_reference(&elsewhere(run()))
}

fn pages(out: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|ext| ext == "html"));
    pages
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn a_reference_stands_in_its_section_and_changes_nothing_else() {
    let without = pages(Fixture::new().render().path());
    let out = fixture().render();
    let with = pages(out.path());
    let section = Regex::new(r#"(?s)<section class="reference".*?</section>\n"#).unwrap();
    let entry = Regex::new(r##"<li><a href="#formats-reference-big-machine">.*?</li>\n"##).unwrap();
    for (name, page) in &with {
        let rest = entry.replace_all(page, "").into_owned();
        let rest = section.replace_all(&rest, "").into_owned();
        let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&rest), lines(&without[name]), "{name}");
        assert_eq!(page.contains("class=\"reference\""), name == "formats.html", "{name}");
    }
    let found = section.find(&with["formats.html"]).unwrap().as_str();
    assert!(found.contains("A reference run: Example GPU 9, 2025-12-31"), "{found}");
    assert!(found.contains("Another CPU") && found.contains("Figure R1"), "{found}");
    for title in Regex::new("<title id=[^>]*>([^<]*)</title>").unwrap().captures_iter(found) {
        assert!(title[1].starts_with("Example GPU 9: "), "a figure says whose it is: {}", &title[1]);
    }
    let data = fs::read_to_string(out.path().join("data/formats-reference-big-machine-time.json")).unwrap();
    let own = fs::read_to_string(out.path().join("data/formats-time.json")).unwrap();
    let machine = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["machine"].clone();
    assert_ne!(machine(&data), machine(&own));
    for place in ["\"id\"", "class=\"badge confirmed"] {
        assert!(!found.contains(place), "{place}");
    }
}

#[test]
fn a_reference_without_room_has_a_page_of_its_own() {
    // One chapter with a large page and one with a small page.
    let slugs = ["sampling", "data-types"];
    let mut fixture = guide::fixture(|_| true);
    fixture.run.experiments.retain(|experiment| slugs.contains(&experiment.slug.as_str()));
    fixture.run.cases.retain(|case| slugs.contains(&case.experiment.as_str()));
    fixture.analysis = analyse(&fixture.run, &fixture.folders, &fixture.assumptions);
    let text = text(&elsewhere(fixture.run.clone()));
    for (folder, _) in fixture.folders.iter_mut().filter(|(folder, _)| slugs.contains(&folder.slug)) {
        *folder = with_file(*folder, "reference/gpu.jsonl", text.clone());
    }
    let out = tempfile::tempdir().unwrap();
    report::render(&fixture.input(), out.path()).unwrap();
    let pages = pages(out.path());
    let mut apart = 0;
    for slug in slugs {
        let chapter = &pages[&format!("{slug}.html")];
        let page = format!("{slug}-reference-gpu.html");
        assert_eq!(chapter.contains(&format!("href=\"{page}\"")), pages.contains_key(&page), "{page}");
        apart += usize::from(pages.contains_key(&page));
        assert!(chapter.contains("A reference run: Example GPU 9, 2025-12-31"), "{slug}");
    }
    assert!(apart > 0, "the large chapter has no room");
    for (name, page) in &pages {
        assert!(page.len() < 200_000, "{name} has {} bytes", page.len());
    }
}

#[test]
fn what_is_no_reference_is_refused() {
    let render = |reference: &Run| {
        let fixture = with_reference(reference);
        let out = tempfile::tempdir().unwrap();
        report::render(&fixture.input(), out.path()).expect_err("refused").to_string()
    };
    let mut fake = run();
    fake.header.clock = Clock::Fake;
    let error = render(&fake);
    assert!(
        error.starts_with("experiments/formats/reference/big-machine.jsonl: ") && error.contains("made up"),
        "{error}"
    );
    let mut other = run();
    other.cases.retain(|case| case.experiment != "formats");
    let error = render(&other);
    assert!(error.contains("it holds no measurement of formats"), "{error}");
}

/// What the repository holds must render.
#[test]
fn every_reference_of_the_guide_renders() {
    for folder in catalog::FOLDERS {
        for (path, text) in folder.references() {
            results::file::parse(text.as_bytes(), path.as_ref()).unwrap_or_else(|e| panic!("{}: {e}", folder.slug));
        }
    }
}
