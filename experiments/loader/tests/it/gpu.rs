//! A GPU as the consumer: it brings the same samples where there is one, and a reason where there is none.

use crate::{DEFINITION, answer, prepare, task};

const VARIANTS: [&str; 4] = ["gpu-default", "gpu-pageable", "gpu-pinned", "gpu-beside"];

#[test]
fn a_gpu_is_fed_by_its_own_variants_alone() {
    for point in DEFINITION.points() {
        for variant in &DEFINITION.variant {
            let fed = VARIANTS.contains(&variant.id.as_str());
            assert_eq!(fed, variant.lane == "cuda", "{}", variant.id);
            if fed != (point.get("work") == Some("gpu")) {
                assert!(DEFINITION.exception(&variant.id, &point).is_some(), "{} {point}", variant.id);
            } else if fed {
                assert_eq!(DEFINITION.exception(&variant.id, &point), None, "{} {point}", variant.id);
            }
        }
    }
}

#[test]
fn batches_go_to_the_gpu_or_a_reason_is_given() {
    let scratch = tempfile::tempdir().unwrap();
    let mut expected = None;
    for variant in VARIANTS {
        match prepare(&task(variant, &[("work", "gpu")], scratch.path())) {
            Ok(mut case) => {
                let answer = answer(&mut case);
                let expected = expected.get_or_insert_with(|| answer.clone());
                assert_eq!(answer.disagreement(expected, 1e-9), None, "{variant}");
                assert!(case.trials["copy"][0] >= 0.0 && case.facts["copy_bytes_per_second"] > 0.0, "{variant}");
                assert!(
                    case.tables.contains_key("gpu") || case.settings.contains_key("counters not told"),
                    "{variant}"
                );
            }
            Err(why) => assert!(!why.is_empty() && !why.contains("panic") && !why.ends_with('.'), "{variant}: {why}"),
        }
    }
}

#[test]
fn other_copies_than_there_are_do_not_exist() {
    let scratch = tempfile::tempdir().unwrap();
    let mut task = task("gpu-pinned", &[("work", "gpu")], scratch.path());
    task.params.insert("copies".to_owned(), "by hand".to_owned());
    let Err(measure::Refusal::Fail(error)) = loader::experiment().prepare(&task) else { panic!("it was prepared") };
    assert!(error.to_string().contains("by hand"), "{error}");
}
