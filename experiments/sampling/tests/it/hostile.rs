//! Tables that break careless code.

use polars::prelude::*;
use results::ColumnRole;

use crate::case::{Bench, DEFINITION, point, rust_variants};
use crate::tables::{ROLES, log};

/// Runs every way on every layout; what the table cannot serve must be a skip with a sentence.
fn survives(bench: &Bench) -> Vec<String> {
    let mut skipped = Vec::new();
    for variant in rust_variants() {
        for layout in ["parquet", "partitioned", "csv"] {
            let point = point(layout, "one-percent");
            if DEFINITION.exception(&variant.id, &point).is_some() {
                continue;
            }
            if let Err(reason) = bench.run_task(&bench.task(&variant, point)) {
                assert!(reason.contains(' ') && reason.ends_with('.'), "{}: {reason}", variant.id);
                skipped.push(format!("{} {layout}", variant.id));
            }
        }
    }
    skipped
}

fn skipped_on_parquet(bench: &Bench) -> Vec<String> {
    let skipped = survives(bench).into_iter();
    skipped.filter_map(|case| case.strip_suffix(" parquet").map(str::to_owned)).collect()
}

#[test]
fn column_names_are_only_names() {
    let mut table = log(1_000);
    let names = ["*", "^.*$", "a,\"b\"\nc", "<b>né 🦀</b>", "", "place", "number", "key"];
    table.set_column_names(&names).unwrap();
    let roles: Vec<(&str, ColumnRole)> = log(1)
        .get_column_names()
        .iter()
        .zip(names)
        .filter_map(|(old, new)| Some((new, ROLES.iter().find(|(name, _)| *name == old.as_str())?.1)))
        .collect();
    let bench = Bench::new(table, &roles).unwrap();
    assert_eq!(bench.table.columns.len(), 5);
    assert_eq!(survives(&bench), [""; 0]);
}

#[test]
fn one_column_of_each_kind() {
    let table = log(1_000);
    let ways = |name: &str, roles: &[(&str, ColumnRole)]| {
        skipped_on_parquet(&Bench::new(table.select([name]).unwrap(), roles).unwrap())
    };
    let (hash, partition, strata) = ("hash", ["partition", "partition-random"], "stratified");
    assert_eq!(ways("score", &ROLES), [&[hash][..], &partition, &[strata]].concat());
    assert_eq!(ways("id", &ROLES), [&partition[..], &[strata]].concat());
    assert_eq!(ways("at", &ROLES), [strata]);
    assert_eq!(ways("country", &ROLES), [hash]);
}

#[test]
fn a_table_of_prose_is_drawn_from_and_not_judged() {
    let table = df!("note" => (0..500).map(|i| format!("text number {i}")).collect::<Vec<_>>()).unwrap();
    let bench = Bench::new(table, &[("note", ColumnRole::Text)]).unwrap();
    // Nothing to hash, to partition by or to take in proportion.
    assert_eq!(skipped_on_parquet(&bench), ["hash", "partition", "partition-random", "stratified"]);
    let done = bench.run("reservoir", "csv", "100").unwrap();
    assert_eq!(done.trials.keys().collect::<Vec<_>>(), ["size_error"]);
}

#[test]
fn a_table_of_one_row_is_refused() {
    assert!(Bench::new(log(1), &ROLES).err().unwrap().contains("1 row"));
    let bench = Bench::new(log(200), &ROLES).unwrap();
    assert_eq!(survives(&bench), [""; 0]);
}

#[test]
fn a_partition_column_with_slashes_and_nulls() {
    let table = log(1_000).drop("at").unwrap();
    let mut bench = Bench::new(table, &ROLES).unwrap();
    bench.table.columns.insert("partition".to_owned(), "kind".to_owned());
    assert_eq!(survives(&bench), [""; 0]);
}

#[test]
fn a_column_of_a_million_values_is_no_category() {
    let mut table = log(3_000);
    let texts: Vec<String> = (0..3_000).map(|i| format!("value {i}")).collect();
    table.with_column(Column::new("kind".into(), texts)).unwrap();
    let mut bench = Bench::new(table, &ROLES).unwrap();
    assert_ne!(bench.table.columns["group"], "kind");
    // A profile of an estimate may be wrong: it is found out.
    bench.table.columns.insert("group".to_owned(), "kind".to_owned());
    bench.table.columns.insert("partition".to_owned(), "kind".to_owned());
    let skipped = skipped_on_parquet(&bench);
    assert_eq!(skipped, ["partition", "partition-random", "stratified"]);
}

#[test]
fn nulls_and_numbers_that_are_none() {
    let table = log(1_000)
        .lazy()
        .with_columns([
            when(col("label").eq(lit(1))).then(lit(f64::NAN)).otherwise(col("score")).alias("score"),
            when(col("label").eq(lit(1))).then(lit(NULL)).otherwise(col("id")).alias("id"),
            when(col("label").eq(lit(1))).then(lit(NULL)).otherwise(col("at")).alias("at"),
            when(col("label").eq(lit(1))).then(lit(NULL)).otherwise(col("country")).alias("country"),
        ])
        .collect()
        .unwrap();
    let bench = Bench::new(table, &ROLES).unwrap();
    assert_eq!(survives(&bench), [""; 0]);
    let empty = log(500).lazy().with_column(lit(NULL).cast(DataType::Float64).alias("price")).collect().unwrap();
    assert_eq!(survives(&Bench::new(empty, &ROLES).unwrap()), [""; 0]);
}
