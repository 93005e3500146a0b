//! The definition, the claims and the code speak of the same things.

use catalog::Claims;

use crate::case::DEFINITION;

#[test]
fn every_variant_of_this_binary_and_every_workload_is_known_to_the_code() {
    let table = crate::tables::log(30);
    let bench = crate::case::Bench::new(table, &[], &[]).unwrap();
    for variant in crate::case::rust_variants() {
        bench.run(&variant, "read-all").unwrap();
    }
}

#[test]
fn python_lanes_read_a_file_that_an_earlier_variant_makes_in_every_preset() {
    for lane in DEFINITION.variant.iter().filter(|variant| variant.lane == "python") {
        let source = &lane.params["source"];
        let place = |id: &str| DEFINITION.variant.iter().position(|variant| variant.id == id);
        assert!(place(source) < place(&lane.id), "{}", lane.id);
        for (budget, preset) in &DEFINITION.preset {
            let has = |id: &String| preset.variants.is_empty() || preset.variants.contains(id);
            assert!(!has(&lane.id) || has(source), "{budget:?}: {} without {source}", lane.id);
        }
        let program = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(lane.program.as_deref().unwrap());
        assert!(program.is_file(), "{}", program.display());
    }
}

#[test]
fn claims_are_well_formed_and_their_contrasts_exist() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/claims.toml")).unwrap();
    let claims = Claims::parse("row-vs-columnar", &text, &DEFINITION).unwrap();
    assert!(claims.len() >= 8);
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), claims.len(), "an id stands twice");
    for claim in &claims {
        let Some(test) = &claim.test else { continue };
        assert!(DEFINITION.variant(&test.variant).is_some(), "{}", claim.id);
        assert!(test.against.iter().all(|id| DEFINITION.variant(id).is_some()), "{}", claim.id);
        for (axis, value) in test.point.0.iter().chain(test.against_point.iter().flat_map(|point| &point.0)) {
            assert!(DEFINITION.axis(axis).unwrap().values.iter().any(|v| &v.id == value), "{}: {value}", claim.id);
        }
        assert!(DEFINITION.exception(&test.variant, &test.point).is_none(), "{}", claim.id);
    }
}
