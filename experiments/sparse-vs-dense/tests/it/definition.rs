//! The definition: what it plans can be prepared, and what it excepts cannot.

use catalog::Claims;
use results::{BudgetName, Source};

use crate::support::{Bench, DEFINITION, ROLES, reviews};

#[test]
fn what_is_planned_can_be_prepared_and_what_is_excepted_not() {
    let bench = Bench::new(reviews(400), &ROLES, Source::User);
    for point in DEFINITION.points() {
        // Larger densities and sizes are the same code; the tests of cases have them.
        let heavy = matches!(point.get("density"), Some("0.1" | "0.25" | "0.4" | "0.67" | "1"))
            || point.get("work") == Some("matvec");
        if heavy {
            continue;
        }
        for variant in DEFINITION.variant.iter().filter(|variant| variant.lane == "rust") {
            let excepted = DEFINITION.exception(&variant.id, &point).is_some();
            match bench.prepare(&variant.id, &point) {
                // An embedding can be made at any size of the vocabulary; it would be the same one.
                Ok(_) => assert!(
                    !excepted || variant.id == "embedding",
                    "{} {point} is excepted, and can be run",
                    variant.id
                ),
                Err(why) => assert!(excepted || why.contains("holds them already"), "{} {point}: {why}", variant.id),
            }
        }
    }
}

#[test]
fn points_have_the_axes_of_their_work_alone() {
    let points = DEFINITION.points();
    assert_eq!(points.len(), 4 * 11 + 2 * 5 + 1);
    for point in points {
        let expected = match point.get("work").unwrap() {
            "train" | "train-many" => vec!["vocabulary", "work"],
            "columns" => vec!["work"],
            _ => vec!["density", "work"],
        };
        assert_eq!(point.0.keys().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_quick_run_measures_what_the_first_page_says() {
    let quick = &DEFINITION.preset[&BudgetName::Quick];
    for name in ["one-percent", "mkl", "thumb", "matmul", "text-size", "train", "columns", "columns-size"] {
        let of = &DEFINITION.finding.iter().find(|f| f.name == name).unwrap().of;
        assert!(quick.measures(&of.point), "{name}");
        for variant in [&of.variant, of.against.as_ref().unwrap_or(&DEFINITION.baseline)] {
            assert!(quick.variants.contains(variant), "{name}: {variant}");
        }
    }
}

#[test]
fn claims_have_the_guide_and_the_field() {
    let claims = Claims::parse("sparse-vs-dense", include_str!("../../claims.toml"), &DEFINITION).unwrap();
    assert!(claims.iter().filter(|claim| claim.source.starts_with("The guide")).count() >= 5);
    assert!(claims.iter().any(|claim| claim.source.starts_with("https://")));
}
