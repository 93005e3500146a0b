//! The memo: two runs side by side.

use std::fs;

use regex::Regex;
use report::{Memo, SiteSettings};
use results::Run;

use crate::fixture::{Fixture, run};

fn write(a: &Run, b: &Run) -> String {
    let fixture = Fixture::new();
    let out = tempfile::tempdir().unwrap();
    let comparison = analysis::compare(a, b);
    let settings = SiteSettings { title: "Team <A>".to_owned(), ..SiteSettings::default() };
    let memo = Memo {
        comparison: &comparison,
        folders: &fixture.folders,
        assumptions: &fixture.assumptions,
        settings: &settings,
        version: "0.1.0",
    };
    let page = memo.write(out.path()).unwrap();
    assert_eq!(page, out.path().join("memo.html"));
    let named = memo.write(&out.path().join("case.html")).unwrap();
    assert_eq!(fs::read(&page).unwrap(), fs::read(named).unwrap());
    fs::read_to_string(page).unwrap()
}

/// The same run on a machine that takes `share` of the time.
fn faster(share: f64) -> Run {
    let mut other = run();
    other.header.id = "20261122-121500-c3d4".to_owned();
    other.machine.cpu.model = "Example CPU 9000".to_owned();
    for sample in other.cases.iter_mut().flat_map(|case| &mut case.launches).flat_map(|launch| &mut launch.samples) {
        sample.wall_ns = (sample.wall_ns as f64 * share) as u64;
    }
    other
}

/// The text of a page without markup, style and script.
fn text(page: &str) -> String {
    let scripts = Regex::new(r"(?s)<(style|script)>.*?</(style|script)>").unwrap();
    let tags = Regex::new(r"(?s)<[^>]*>").unwrap();
    let space = Regex::new(r"\s+").unwrap();
    space.replace_all(&tags.replace_all(&scripts.replace_all(page, ""), " "), " ").into_owned()
}

#[test]
fn a_faster_machine_has_ratios_and_a_price() {
    let page = write(&run(), &faster(0.5));
    let text = text(&page);
    assert!(text.contains("B is faster in"), "{text}");
    assert!(text.contains("Example CPU 9000"));
    assert!(text.contains("Row or columnar 2.0×"), "{text}");
    assert!(text.contains("Row or columnar: Look at one column (CSV)"), "{text}");
    // 20 × 0.4 s and 100 × 0.4 s a day, 21 days: 0.28 hours.
    assert!(text.contains("Hours of waiting saved per month 0.28"), "{text}");
    assert!(text.contains("Pays for itself At once"), "{text}");
    assert!(!text.contains("Same machine."));
}

#[test]
fn the_same_machine_is_named_and_a_slower_one_never_pays() {
    assert!(text(&write(&run(), &run())).contains("Same machine."));
    let slower = text(&write(&run(), &faster(2.0)));
    assert!(slower.contains("Pays for itself Never, at these assumptions"), "{slower}");
}

#[test]
fn other_data_is_a_warning_and_names_are_text() {
    let mut other = faster(0.5);
    if let Some(dataset) = &mut other.dataset {
        dataset.id = "other".to_owned();
        dataset.name = "<script>alert(1)</script>".to_owned();
    }
    let page = write(&run(), &other);
    assert!(page.contains("Different data.") && !page.contains("<script>alert(1)"));
    assert!(page.contains("Team &lt;A&gt;"));
}

#[test]
fn without_a_common_workload_there_is_no_price() {
    let mut other = faster(0.5);
    other.cases.retain(|case| case.experiment == "kernels");
    assert!(text(&write(&run(), &other)).contains("no price here"));
}

#[test]
fn the_page_needs_no_other_file() {
    let page = write(&run(), &faster(0.5));
    let load = Regex::new(r#"<link[^>]*stylesheet|\ssrc=|url\(|https?://"#).unwrap();
    assert!(!load.is_match(&page), "{:?}", load.find(&page));
}
