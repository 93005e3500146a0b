//! The definition, the claims and the code speak of the same things.

use catalog::Claims;

use crate::case::{Bench, DEFINITION, rust_variants};
use crate::tables::{ROLES, log};

#[test]
fn every_variant_of_this_binary_is_known_to_the_code() {
    let bench = Bench::new(log(1_000), &ROLES).unwrap();
    for variant in rust_variants() {
        bench.run(&variant.id, "parquet", "100").unwrap();
    }
}

#[test]
fn every_metric_of_its_own_is_recorded() {
    let bench = Bench::new(log(11_000), &ROLES).unwrap();
    let done = bench.run("hash", "parquet", "1000").unwrap();
    for metric in &DEFINITION.metric {
        let name = metric.source();
        // What a process with one thread draws is only seen where this program is Benchbook.
        let known = done.facts.contains_key(name) || done.trials.contains_key(name) || name == "kept_threads";
        assert!(known, "{name}: {:?} {:?}", done.facts, done.trials.keys());
    }
}

#[test]
fn python_lanes_are_beside_a_variant_that_writes_their_files() {
    for lane in DEFINITION.variant.iter().filter(|variant| variant.lane == "python") {
        let program = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(lane.program.as_deref().unwrap());
        assert!(program.is_file(), "{}", program.display());
        let place = |id: &str| DEFINITION.variant.iter().position(|variant| variant.id == id);
        assert!(place(&DEFINITION.baseline) < place(&lane.id), "{}", lane.id);
    }
}

#[test]
fn claims_are_well_formed_and_their_contrasts_exist() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/claims.toml")).unwrap();
    let claims = Claims::parse("sampling", &text, &DEFINITION).unwrap();
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
