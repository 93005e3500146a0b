//! What a reader is advised, from runs that are made up: with a GPU, and without.

use analysis::{Assumptions, Recommendation, analyse};
use results::{Case, Cell, RecordedTable, Unit};
use testing::run::{case, run};

use crate::{DEFINITION, at};

const SLUG: &str = "loader";

fn advised(cases: Vec<Case>) -> Recommendation {
    let run = run(SLUG, &DEFINITION, cases);
    let catalog = [(SLUG.to_owned(), DEFINITION.clone(), Vec::new())];
    let mut chapter = analyse(&run, &catalog, &Assumptions::default()).chapters.remove(0);
    chapter.recommendation.take().unwrap_or_else(|| panic!("{:?}", chapter.no_recommendation))
}

fn without_a_gpu() -> Vec<Case> {
    let point = at(&[("work", "images"), ("accelerator", "10ms")]);
    [("default", 1.0), ("tuned", 0.5)].iter().map(|(id, seconds)| case(SLUG, id, &point, *seconds)).collect()
}

#[test]
fn who_has_no_gpu_is_told_about_an_accelerator_that_waits() {
    let found = advised(without_a_gpu());
    assert_eq!((found.current.as_str(), found.advised.as_str()), ("default", "tuned"));
}

#[test]
fn who_has_a_gpu_is_told_how_to_feed_it() {
    let seconds = [("gpu-default", 1.0), ("gpu-pageable", 0.5), ("gpu-pinned", 0.45), ("gpu-beside", 0.4)];
    let of = |(id, seconds): &(&str, f64)| case(SLUG, id, &at(&[("work", "gpu")]), *seconds);
    let mut cases: Vec<Case> = seconds.iter().map(of).collect();
    let line = RecordedTable::new(&[("Found here", Unit::Number)], vec![vec![Cell::Text("DataLoader(…)".to_owned())]]);
    cases[3].tables.insert("advice".to_owned(), line.clone());
    cases.extend(without_a_gpu());
    let found = advised(cases);
    assert_eq!((found.current.as_str(), found.advised.as_str()), ("gpu-default", "gpu-beside"));
    assert_eq!(found.action, "Feed this GPU by a loader that is tuned, with pinned memory and copies beside the step");
    assert!((found.workloads[0].saved.estimate - 0.6).abs() < 0.02, "{:?}", found.workloads);
    assert_eq!(found.details, Some(line));
}
