//! The definition: what it plans can be prepared, what the first page says is measured, claims have their sources.

use catalog::Claims;
use results::BudgetName;

use crate::support::{Bench, DEFINITION};

#[test]
fn points_have_the_axes_of_their_work_alone() {
    let points = DEFINITION.points();
    assert_eq!(points.len(), 6 + 2 * 2 + 3 * 4 + 3 + 3);
    for point in points {
        let expected = match point.get("work").unwrap() {
            "product" => vec!["size", "work"],
            "add" | "sum" => vec!["elements", "work"],
            "step" => vec!["batch", "model", "work"],
            _ => vec!["model", "work"],
        };
        assert_eq!(point.0.keys().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_is_planned_for_the_processor_can_be_prepared() {
    let bench = Bench::new();
    for point in DEFINITION.points() {
        // Larger sizes and models are the same code; learning and filling memory have tests of their own.
        let heavy = matches!(point.get("size"), Some("1024" | "2048" | "4096" | "8192"))
            || matches!(point.get("model"), Some("wide" | "distilbert"))
            || matches!(point.get("batch"), Some("32" | "128"))
            || matches!(point.get("work"), Some("learn" | "fit"))
            || point.get("elements") == Some("64m");
        for variant in DEFINITION.variant.iter().filter(|variant| variant.lane == "rust" && !heavy) {
            if DEFINITION.exception(&variant.id, &point).is_none() {
                bench.prepare(&variant.id, &point).unwrap_or_else(|why| panic!("{} {point}: {why}", variant.id));
            }
        }
    }
}

#[test]
fn a_quick_run_measures_what_the_first_page_says() {
    let quick = &DEFINITION.preset[&BudgetName::Quick];
    for name in [
        "step-bf16",
        "step-f16",
        "product-bf16",
        "product-f16",
        "product-small",
        "add-bf16",
        "sum-f16",
        "memory",
        "accuracy-bf16",
        "accuracy-unscaled",
        "underflow",
        "gpu-step",
        "gpu-product",
    ] {
        let of = &DEFINITION.finding.iter().find(|f| f.name == name).unwrap().of;
        assert!(quick.measures(&of.point), "{name}");
        for variant in [&of.variant, of.against.as_ref().unwrap_or(&DEFINITION.baseline)] {
            assert!(quick.variants.contains(variant), "{name}: {variant}");
            assert!(DEFINITION.exception(variant, &of.point).is_none(), "{name}: {variant} is excepted");
        }
    }
}

#[test]
fn findings_and_claims_compare_what_can_be_measured() {
    let claims = Claims::parse("mixed-precision", include_str!("../../claims.toml"), &DEFINITION).unwrap();
    let tests = claims.iter().filter_map(|claim| Some((claim.id.as_str(), claim.test.as_ref()?)));
    let findings = DEFINITION.finding.iter().map(|finding| (finding.name.as_str(), &finding.of));
    let values = DEFINITION.value.iter().map(|value| (value.name.as_str(), &value.of));
    for (name, of) in tests.chain(findings).chain(values) {
        for variant in [&of.variant, of.against.as_ref().unwrap_or(&DEFINITION.baseline)] {
            let reason = DEFINITION.exception(variant, &of.point);
            assert_eq!(reason, None, "{name}: {variant} is excepted at {}", of.point);
        }
    }
}

#[test]
fn claims_have_the_guide_and_the_field() {
    let claims = Claims::parse("mixed-precision", include_str!("../../claims.toml"), &DEFINITION).unwrap();
    assert!(claims.iter().filter(|claim| claim.source.contains("The guide")).count() >= 5);
    assert!(claims.iter().filter(|claim| claim.source.starts_with("https://")).count() >= 5);
}
