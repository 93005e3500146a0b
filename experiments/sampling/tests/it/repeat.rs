//! What comes again: the properties that the chapter states of each way, as found on a table.

use std::collections::BTreeMap;

use results::Facts;

use crate::case::{Bench, rust_variants};
use crate::tables::{ROLES, log};

#[test]
fn what_stays_of_a_sample_follows_from_the_way() {
    let bench = Bench::new(log(11_000), &ROLES).unwrap();
    let facts: BTreeMap<String, Facts> = rust_variants()
        .into_iter()
        .map(|variant| {
            let done = bench.run(&variant.id, "parquet", "1000").unwrap();
            (variant.id, done.facts)
        })
        .collect();
    let kept = |id: &str, change: &str| facts[id][&format!("kept_{change}")];
    for variant in rust_variants() {
        assert_eq!(kept(&variant.id, "again"), 1.0, "{}: the same seed, the same rows", variant.id);
    }
    // The key decides, and nothing else.
    for change in ["groups", "order", "append"] {
        assert_eq!(kept("hash", change), 1.0, "{change}");
    }
    assert!(kept("hash", "seed") < 0.2);
    // The place decides: it stays when rows are added behind, and not when they are moved.
    assert_eq!((kept("bernoulli", "groups"), kept("bernoulli", "append")), (1.0, 1.0));
    assert!(kept("bernoulli", "order") < 0.2);
    assert_eq!((kept("limit", "groups"), kept("limit", "append"), kept("limit", "seed")), (1.0, 1.0, 1.0));
    assert!(kept("limit", "order") < 0.2);
    // A fixed number of rows: when the table grows, new rows push some out.
    assert_eq!(kept("order-by-random", "groups"), 1.0);
    assert!((0.8..0.99).contains(&kept("order-by-random", "append")), "{}", kept("order-by-random", "append"));
    assert!(kept("order-by-random", "order") < 0.2);
    // The layout decides.
    assert!(kept("system", "groups") < 0.9, "{}", kept("system", "groups"));
    assert!(kept("stratified", "order") < 0.2);
}

#[test]
fn it_is_shown_at_one_point_as_facts_and_as_a_table() {
    let bench = Bench::new(log(5_000), &ROLES).unwrap();
    let shown = bench.run("hash", "parquet", "1000").unwrap();
    assert_eq!(shown.tables["repeat"].rows.len() + usize::from(!shown.facts.contains_key("kept_threads")), 6);
    let other = bench.run("hash", "parquet", "100").unwrap();
    assert!(!other.tables.contains_key("repeat") && !other.facts.keys().any(|fact| fact.starts_with("kept")));
}
