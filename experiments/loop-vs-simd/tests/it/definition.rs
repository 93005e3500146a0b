use std::path::Path;

use catalog::{Claims, Definition};
use loop_vs_simd::experiment;
use measure::Refusal;
use results::{BudgetName, Point};

use crate::support::task;

fn definition() -> Definition {
    catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("a good definition")
}

#[test]
fn the_code_knows_every_kernel_type_and_variant_of_the_definition() {
    let definition = definition();
    let values = |axis: &str| definition.axis(axis).expect("the axis").values.clone();
    for variant in definition.variant.iter().filter(|variant| variant.lane == "rust") {
        for kernel in values("kernel") {
            for dtype in values("dtype") {
                let at = task(&variant.id, &kernel.id, &dtype.id, 4096, Path::new(""));
                let excepted = definition.exception(&variant.id, &at.point).is_some();
                match experiment().prepare(&at) {
                    Ok(_) => assert!(!excepted, "{} {} is excepted, and can be run", variant.id, at.point),
                    Err(Refusal::Skip(_)) => assert!(excepted, "{} {} is not excepted", variant.id, at.point),
                    Err(Refusal::Fail(e)) => panic!("{} {}: {e:#}", variant.id, at.point),
                }
            }
        }
    }
}

#[test]
fn sizes_rise_from_the_first_cache_to_far_beyond_the_last() {
    let definition = definition();
    let sizes: Vec<f64> =
        definition.axis("size").expect("the axis").values.iter().filter_map(|value| value.number).collect();
    assert_eq!(sizes.first(), Some(&16_384.0));
    assert_eq!(sizes.last(), Some(&268_435_456.0));
    assert!(sizes.windows(2).all(|pair| pair[1] == pair[0] * 4.0), "{sizes:?}");
}

#[test]
fn a_quick_run_measures_what_the_first_page_says() {
    let definition = definition();
    let quick = &definition.preset[&BudgetName::Quick];
    let measured = |variant: &str, point: &Point| quick.measures(point) && quick.variants.iter().any(|v| v == variant);
    for name in ["simd", "numpy-article"] {
        let finding = definition.finding.iter().find(|f| f.name == name).expect("the finding");
        assert!(measured(&finding.of.variant, &finding.of.point), "{name}");
        let against = finding.of.against.as_deref().unwrap_or(&definition.baseline);
        assert!(measured(against, &finding.of.point), "{name}");
    }
}

#[test]
fn variants_of_one_thread_say_so() {
    for variant in definition().variant {
        assert_eq!(variant.threads, (variant.id != "parallel").then_some(1), "{}", variant.id);
    }
}

#[test]
fn claims_compare_what_the_definition_has() {
    let text = include_str!("../../claims.toml");
    let claims = Claims::parse("loop-vs-simd", text, &definition()).expect("good claims");
    assert!(claims.len() >= 8);
    let definition = definition();
    for claim in claims {
        let Some(test) = claim.test else { continue };
        for variant in std::iter::once(&test.variant).chain(&test.against) {
            assert!(definition.variant(variant).is_some(), "{}: no variant {variant}", claim.id);
            assert_eq!(definition.exception(variant, &test.point), None, "{}", claim.id);
        }
        for (axis, value) in &test.point.0 {
            let axis = definition.axis(axis).unwrap_or_else(|| panic!("{}: no axis {axis}", claim.id));
            assert!(axis.values.iter().any(|v| &v.id == value), "{}: no value {value}", claim.id);
        }
    }
}
