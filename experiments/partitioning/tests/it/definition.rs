//! The definition, the claims and the code speak of the same things.

use catalog::Claims;

use crate::case::{Bench, DEFINITION, at, cut, variants};
use crate::tables::{ROLES, log};

#[test]
fn every_variant_and_every_query_is_known_to_the_code() {
    let bench = Bench::new(log(4000, 30), &ROLES, &["at"]).unwrap();
    for variant in variants() {
        let is_cut = variant.params.get("cut").is_some_and(|cut| cut != "days");
        let point = if is_cut { cut("pieces", "10") } else { at("all") };
        if let Err(reason) = bench.run(&variant, point) {
            assert_eq!(variant.id, "sorted-time", "{reason}");
        }
    }
}

#[test]
fn facts_hold_what_the_metrics_are_read_from() {
    let bench = Bench::new(log(4000, 30), &ROLES, &["at"]).unwrap();
    let facts = bench.run(&variants()[0], at("day")).unwrap().facts;
    for metric in &DEFINITION.metric {
        assert!(facts.contains_key(metric.source()), "{}", metric.id);
    }
}

/// Polars 0.55 counts the missing values of a column under dictionary once for each of its pages, and takes a row group whose
/// values all seem to be missing for empty: a filter then loses its rows. So such a column must have one page.
#[test]
fn a_page_holds_the_dictionary_keys_of_a_row_group() {
    for variant in variants() {
        let number = |key: &str| variant.params[key].parse::<usize>().unwrap();
        assert!(number("page_bytes") >= number("row_group_rows") * 5, "{}", variant.id);
    }
}

#[test]
fn claims_are_well_formed() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/claims.toml")).unwrap();
    let claims = Claims::parse("partitioning", &text, &DEFINITION).unwrap();
    assert!(claims.len() >= 8);
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), claims.len(), "an id stands twice");
    for test in claims.iter().filter_map(|claim| claim.test.as_ref()) {
        assert!(DEFINITION.exception(&test.variant, &test.point).is_none(), "{test:?}");
    }
}
