//! Tables that break careless code: each workload runs or says in a sentence why not.

use polars::prelude::*;
use results::ColumnRole;

use crate::case::{Bench, values};
use crate::tables::{ROLES, log};

/// Runs every workload; what the table cannot serve must be a skip with a sentence.
fn skipped(bench: &Bench) -> Vec<String> {
    let mut skipped = Vec::new();
    // Those that do not look at the table are left out.
    for workload in values("workload").into_iter().filter(|w| w != "guide" && w != "search-random") {
        if let Err(reason) = bench.agree(&workload) {
            assert!(reason.ends_with('.') && reason.contains(' '), "{workload}: {reason}");
            skipped.push(workload);
        }
    }
    skipped
}

#[test]
fn column_names_are_only_names() {
    let mut table = log(3000).select(["id", "country", "count", "price", "label"]).unwrap();
    let names = ["*", "^.*$", "a,\"b\"\nc", "<b>né 🦀</b>", ""];
    table.set_column_names(&names).unwrap();
    let roles = [
        (names[0], ColumnRole::Key),
        (names[1], ColumnRole::Category),
        (names[2], ColumnRole::Measure),
        (names[3], ColumnRole::Measure),
        (names[4], ColumnRole::Label),
    ];
    assert_eq!(skipped(&Bench::new(table, &roles, &[]).unwrap()), ["search"]);
}

#[test]
fn one_row() {
    let left_out = skipped(&Bench::new(log(1), &ROLES, &[]).unwrap());
    // A column with a single value serves for nothing but being stored.
    assert_eq!(left_out, ["scan", "group-by", "join", "logistic", "trees", "search"]);
}

#[test]
fn one_column_of_each_kind() {
    let table = log(400);
    for name in ["id", "price", "review", "nothing", "at", "country", "flag"] {
        let bench = Bench::new(table.select([name]).unwrap(), &[], &[]).unwrap();
        let left_out = skipped(&bench);
        assert!(!left_out.iter().any(|workload| workload == "load"), "{name}: {left_out:?}");
        assert!(left_out.iter().any(|workload| workload == "logistic"), "{name}: {left_out:?}");
    }
}

#[test]
fn values_that_are_no_numbers() {
    let n = 900;
    let table = df!(
        "id" => (0..n).map(|i| if i % 7 == 0 { None } else { Some(u64::MAX - i as u64) }).collect::<Vec<_>>(),
        "x" => (0..n).map(|i| [f64::NAN, f64::INFINITY, 1.5, -0.0, 1e300][i % 5]).collect::<Vec<_>>(),
        "nan" => vec![f64::NAN; n],
        "group" => (0..n).map(|i| ["", "a", "b"].get(i % 4).copied()).collect::<Vec<_>>(),
        "label" => (0..n).map(|i| ["yes", "no"].get(i % 3).copied()).collect::<Vec<_>>(),
    )
    .unwrap();
    let roles = [("id", ColumnRole::Key), ("group", ColumnRole::Category), ("label", ColumnRole::Label)];
    let left_out = skipped(&Bench::new(table, &roles, &[]).unwrap());
    assert_eq!(left_out, ["search"]);
}

#[test]
fn a_dictionary_of_many_values_and_texts_that_are_all_alike() {
    let n = 30_000;
    let table = df!(
        "key" => (0..n).map(|i| format!("user {i}")).collect::<Vec<_>>(),
        "note" => vec!["the same for all"; n],
        "price" => (0..n).map(|i| i as f64 / 3.0).collect::<Vec<_>>(),
    )
    .unwrap();
    let roles = [("key", ColumnRole::Key), ("note", ColumnRole::Text), ("price", ColumnRole::Measure)];
    let bench = Bench::new(table, &roles, &[]).unwrap();
    assert_eq!(skipped(&bench), ["scan", "group-by", "logistic", "trees", "search"]);
    assert!(bench.variant("wide", "search").unwrap_err().contains("differ from each other"));
}

#[test]
fn a_table_that_cannot_serve_at_all_is_refused() {
    assert!(Bench::new(log(0), &[], &[]).err().unwrap().contains("no rows"));
    let nested = log(3).lazy().select([as_struct(vec![col("x")]).alias("s")]).collect().unwrap();
    assert!(Bench::new(nested, &[], &[]).err().unwrap().contains("no column"));
}
