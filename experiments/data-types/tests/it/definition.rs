//! The definition and the claims speak of things that exist, and no variant is asked what makes no sense.

use catalog::Claims;
use results::Point;

use crate::case::{DEFINITION, values};

#[test]
fn every_workload_has_a_baseline_and_variants_of_its_own_kind() {
    for workload in values("workload") {
        let point = Point::new().with("workload", &workload);
        assert_eq!(DEFINITION.exception(&DEFINITION.baseline, &point), None, "{workload}");
        let asked = DEFINITION.variant.iter().filter(|variant| DEFINITION.exception(&variant.id, &point).is_none());
        let parameter = match workload.as_str() {
            "load" | "scan" | "group-by" | "join" => "table",
            "guide" | "features" | "logistic" | "trees" => "float",
            _ => "vectors",
        };
        for variant in asked {
            assert!(variant.params.contains_key(parameter), "{workload}: {} has no parameter {parameter}", variant.id);
        }
    }
}

#[test]
fn claims_are_about_cases_that_are_measured() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/claims.toml")).unwrap();
    let claims = Claims::parse("data-types", &text, &DEFINITION).unwrap();
    assert!(claims.len() >= 8);
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), claims.len(), "an id stands twice");
    for claim in &claims {
        let Some(test) = &claim.test else { continue };
        assert_eq!(DEFINITION.exception(&test.variant, &test.point), None, "{}", claim.id);
    }
}
