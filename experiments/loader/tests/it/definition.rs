//! The definition against the code and the guide.

use catalog::Claims;
use results::{BudgetName, Source};

use crate::{DEFINITION, prepare, task};

#[test]
fn every_variant_that_is_not_excepted_can_be_asked_for() {
    let scratch = tempfile::tempdir().unwrap();
    for point in DEFINITION.points().into_iter().filter(|point| point.get("work") == Some("storage")) {
        let axes: Vec<(&str, &str)> = point.0.iter().map(|(axis, value)| (axis.as_str(), value.as_str())).collect();
        for variant in DEFINITION.variant.iter().filter(|variant| DEFINITION.exception(&variant.id, &point).is_none()) {
            match prepare(&task(&variant.id, &axes, scratch.path())) {
                Ok(_) => assert_eq!(variant.id, "here"),
                Err(why) => assert!(why.contains("--storage"), "{} {point}: {why}", variant.id),
            }
        }
    }
}

#[test]
fn a_quick_run_measures_what_the_first_page_says() {
    let quick = &DEFINITION.preset[&BudgetName::Quick];
    for name in ["tuned", "guide", "shards", "small-files"] {
        let of = &DEFINITION.finding.iter().find(|finding| finding.name == name).unwrap().of;
        assert!(quick.measures(&of.point), "{name}");
        for variant in [&of.variant, of.against.as_ref().unwrap_or(&DEFINITION.baseline)] {
            assert!(quick.variants.contains(variant), "{name}: {variant}");
        }
    }
}

#[test]
fn claims_have_the_guide_and_the_field() {
    let claims = Claims::parse("loader", include_str!("../../claims.toml"), &DEFINITION).unwrap();
    assert!(claims.iter().filter(|claim| claim.source.starts_with("The guide")).count() >= 4);
    assert!(claims.iter().any(|claim| claim.source.starts_with("https://")));
}

#[test]
fn it_takes_any_table() {
    let mut dataset = testing::dataset(3, Vec::new());
    dataset.source = Source::User;
    assert_eq!(loader::experiment().choose(&dataset), Ok(Vec::new()));
}
