//! Every way on every layout draws the rows of its rule, and its samples are worth what theory says.

use results::Cell;

use crate::case::{Bench, DEFINITION, point, rust_variants};
use crate::tables::{ROLES, log};

fn layouts() -> Vec<String> {
    DEFINITION.axis("layout").unwrap().values.iter().map(|value| value.id.clone()).collect()
}

#[test]
fn every_way_draws_the_rows_of_its_rule_from_every_layout() {
    // `prepare` reads the rows and compares them with the rule's, and fails the case if they are others.
    let bench = Bench::new(log(6_000), &ROLES).unwrap();
    for variant in rust_variants() {
        for layout in layouts() {
            for size in ["1000", "one-percent"] {
                let point = point(&layout, size);
                if DEFINITION.exception(&variant.id, &point).is_some() {
                    continue;
                }
                let wanted = if size == "one-percent" { 60 } else { size.parse().unwrap() };
                let done = bench.run_task(&bench.task(&variant, point)).unwrap();
                let about = matches!(variant.id.as_str(), "bernoulli" | "hash");
                let near = done.answer.rows.abs_diff(wanted) as f64 <= 6.0 * (wanted as f64).sqrt();
                assert!(if about { near } else { done.answer.rows == wanted }, "{} {layout} {size}", variant.id);
                assert_eq!(done.facts["sample_rows"], done.answer.rows as f64);
                assert!(done.facts["bytes_scanned"] > 0.0);
                assert!(done.facts["bytes_scanned"] <= 2.0 * done.facts["disk_bytes"], "{} {layout}", variant.id);
            }
        }
    }
}

#[test]
fn random_samples_are_as_good_as_theory_says_and_first_rows_are_not() {
    let bench = Bench::new(log(20_000), &ROLES).unwrap();
    let run = |id: &str, size: &str| bench.run(id, "parquet", size).unwrap();
    for id in ["order-by-random", "bernoulli", "reservoir", "row-numbers", "hash", "stratified"] {
        let done = run(id, "1000");
        // The distance of one column exceeds 1.95 / √n once in a thousand.
        assert!(done.trials["ks"].iter().all(|distance| *distance < 2.2 / 1_000_f64.sqrt()), "{id}: {:?}", done.trials);
        assert!(done.mean("ks") > 0.01, "{id}");
        assert!(done.mean("mean_error") < 0.06, "{id}: {:?}", done.trials["mean_error"]);
        assert!(done.mean("label_error") < 0.03, "{id}");
        assert!(run(id, "100").mean("ks") > 2.0 * done.mean("ks"), "{id}: a tenth of the rows is worse");
    }
    // Time rises with the row: the first twentieth is as far away as can be, a partition nearly.
    assert!((run("limit", "1000").mean("ks") - 0.95).abs() < 1e-3);
    assert!(run("partition", "1000").mean("ks") > 0.5);
    assert!(run("partition-random", "1000").mean("ks") > 0.5);
    let (whole, spread) = (run("system", "1000"), run("system-spread", "1000"));
    assert!(whole.mean("ks") > 1.5 * spread.mean("ks"), "rows of more groups are better");
}

#[test]
fn strata_are_in_proportion_and_none_is_missed() {
    let bench = Bench::new(log(20_000), &ROLES).unwrap();
    assert_eq!(bench.table.columns["group"], "country");
    let done = bench.run("stratified", "parquet", "1000").unwrap();
    let table = &done.tables["columns"];
    let row = table.rows.iter().find(|row| row[0] == Cell::Column("country".to_owned())).unwrap();
    assert!(matches!(row[2], Cell::Number(distance) if distance < 1e-3), "{row:?}");
    // The fault is in the rare country, and every sample has rows of it.
    assert!((done.facts["fault_share"] - 0.004).abs() < 0.002, "{}", done.facts["fault_share"]);
    assert_eq!(done.mean("found"), 1.0);
    let random = bench.run("order-by-random", "parquet", "100").unwrap();
    let expected = 1.0 - (1.0 - random.facts["fault_share"]).powi(100);
    assert!((random.mean("found") - expected).abs() < 0.3, "{} and {expected}", random.mean("found"));
}

#[test]
fn larger_samples_rank_models_as_the_table_does() {
    let bench = Bench::new(log(20_000), &ROLES).unwrap();
    let run = |size: &str| bench.run("order-by-random", "parquet", size).unwrap().mean("ranking");
    assert!(run("10000") >= run("100"), "{} and {}", run("10000"), run("100"));
    assert!(run("10000") > 0.5, "{}", run("10000"));
}

#[test]
fn bytes_follow_from_the_layout() {
    let bench = Bench::new(log(20_000), &ROLES).unwrap();
    let bytes = |id: &str, layout: &str| bench.run(id, layout, "1000").unwrap().facts["bytes_scanned"];
    let all = bytes("order-by-random", "parquet");
    assert!(bytes("system", "parquet") < all / 10.0);
    assert!(bytes("system-spread", "parquet") < all / 2.0);
    assert!(bytes("limit", "parquet") < all / 10.0);
    assert!(bytes("partition-random", "partitioned") < all);
    assert!(bytes("hash", "parquet") <= all && bytes("stratified", "parquet") > all);
    let csv = bytes("order-by-random", "csv");
    assert!(csv > all && bytes("partition-random", "csv") == csv, "CSV has nothing to skip by");
}

#[test]
fn a_sample_of_most_of_the_table_is_a_skip() {
    let bench = Bench::new(log(1_500), &ROLES).unwrap();
    assert!(bench.run("limit", "parquet", "1000").unwrap_err().contains("1500 rows"));
    assert_eq!(bench.run("limit", "parquet", "300").unwrap().answer.rows, 300);
}

#[test]
fn every_launch_draws_its_own_trials_and_the_same_answer() {
    let bench = Bench::new(log(5_000), &ROLES).unwrap();
    let variant = crate::case::variant("hash");
    let mut task = bench.task(&variant, point("parquet", "300"));
    let first = bench.run_task(&task).unwrap();
    task.launch = 1;
    let second = bench.run_task(&task).unwrap();
    assert_eq!((first.answer, first.facts), (second.answer, second.facts));
    assert_ne!(first.trials["ks"], second.trials["ks"]);
}
