//! Tables that break careless code.

use polars::prelude::*;
use results::ColumnRole;

use crate::case::{Bench, DEFINITION, values};
use crate::tables::log;

/// Runs every workload; what the table cannot serve must be a skip with a sentence.
fn survives(bench: &Bench) -> Vec<(String, String)> {
    let mut skipped = Vec::new();
    for workload in values("workload") {
        if let Err(reason) = bench.agree(&workload) {
            assert!(reason.contains(' '), "{workload}: {reason}");
            skipped.push((workload, reason));
        }
    }
    skipped
}

fn skipped_but_tpch(bench: &Bench) -> Vec<String> {
    survives(bench).into_iter().map(|(workload, _)| workload).filter(|w| !w.starts_with("tpch")).collect()
}

#[test]
fn column_names_are_only_names() {
    let mut table = log(200).select(["id", "at", "country", "price", "note", "paid"]).unwrap();
    let names = ["*", "^.*$", "a,\"b\"\nc", "<b>né 🦀</b>", "", "column_4"];
    table.set_column_names(&names).unwrap();
    let roles = [
        ("*", ColumnRole::Key),
        ("^.*$", ColumnRole::Time),
        ("a,\"b\"\nc", ColumnRole::Category),
        (names[3], ColumnRole::Measure),
    ];
    let bench = Bench::new(table, &roles, &["*", "^.*$"]).unwrap();
    assert_eq!(bench.table.columns.len(), 4);
    assert_eq!(skipped_but_tpch(&bench), [""; 0]);
}

#[test]
fn one_row_serves_all_workloads_that_need_no_range() {
    let bench = Bench::new(log(1), &[("id", ColumnRole::Key), ("price", ColumnRole::Measure)], &[]).unwrap();
    let skipped = skipped_but_tpch(&bench);
    assert!(skipped.iter().all(|w| w.starts_with("filter") || w == "group-by"), "{skipped:?}");
}

#[test]
fn one_column_of_each_kind() {
    let table = log(50);
    for name in ["id", "price", "note", "paid", "nothing", "at", "day", "hash"] {
        let bench = Bench::new(table.select([name]).unwrap(), &[], &[]).unwrap();
        let skipped = skipped_but_tpch(&bench);
        assert!(!skipped.iter().any(|w| w == "read-all" || w == "one-column" || w == "append"), "{name}: {skipped:?}");
        assert!(skipped.iter().any(|w| w == "lookup"), "{name} has no key");
    }
}

#[test]
fn an_unsorted_table_is_sorted_for_the_sorted_workload() {
    let table = log(2000).sort(["hash"], SortMultipleOptions::default()).unwrap();
    let roles = [("at", ColumnRole::Time), ("price", ColumnRole::Measure)];
    let bench = Bench::new(table, &roles, &[]).unwrap();
    let tiny = DEFINITION.variant("parquet-zstd-tiny-groups").unwrap();
    let needed = |workload: &str| bench.run(tiny, workload).unwrap().facts["bytes_needed"];
    assert!(needed("filter-sorted") < needed("filter-unsorted") / 1.5);
    bench.agree("filter-sorted").unwrap();
    bench.agree("filter-unsorted").unwrap();
}

#[test]
fn columns_that_not_every_format_can_store_are_left_out_of_all() {
    let mut table = log(30).select(["id", "price"]).unwrap();
    let list =
        table.clone().lazy().select([concat_list([col("id"), col("id")]).unwrap().alias("pair")]).collect().unwrap();
    table.with_column(list.columns()[0].clone()).unwrap();
    let bench = Bench::new(table, &[], &[]).unwrap();
    for done in bench.agree("read-all").unwrap() {
        assert_eq!(done.settings["columns left out of every format"], "1 nested");
        assert_eq!(done.answer.values.len(), 2);
    }
}

#[test]
fn a_table_of_nothing_storable_is_refused_before_anything_is_measured() {
    let nested =
        df!("x" => [1_i64, 2]).unwrap().lazy().select([as_struct(vec![col("x")]).alias("s")]).collect().unwrap();
    assert!(Bench::new(nested, &[], &[]).err().unwrap().contains("no column"));
}

#[test]
fn nulls_in_filter_key_and_group() {
    let mut table = log(1000).select(["id", "at", "country", "price"]).unwrap();
    let holes = |name: &str| when(col("price").is_null()).then(lit(NULL)).otherwise(col(name)).alias(name);
    table = table.lazy().with_columns([holes("id"), holes("at"), holes("country")]).collect().unwrap();
    let roles = [
        ("id", ColumnRole::Key),
        ("at", ColumnRole::Time),
        ("country", ColumnRole::Category),
        ("price", ColumnRole::Measure),
    ];
    assert_eq!(skipped_but_tpch(&Bench::new(table, &roles, &[]).unwrap()), [""; 0]);
}

#[test]
fn a_lineitem_is_asked_the_queries_of_tpch() {
    let n = 400_i32;
    let table = df!(
        "l_orderkey" => (0..n).map(i64::from).collect::<Vec<_>>(),
        "l_returnflag" => (0..n).map(|i| ["A", "N", "R"][(i % 3) as usize]).collect::<Vec<_>>(),
        "l_linestatus" => (0..n).map(|i| ["F", "O"][(i % 2) as usize]).collect::<Vec<_>>(),
        "l_quantity" => (0..n).map(|i| f64::from(i % 50 + 1)).collect::<Vec<_>>(),
        "l_extendedprice" => (0..n).map(|i| f64::from(i * 37 % 1000) + 0.25).collect::<Vec<_>>(),
        "l_discount" => (0..n).map(|i| f64::from(i % 11) / 100.0).collect::<Vec<_>>(),
        "l_tax" => (0..n).map(|i| f64::from(i % 9) / 100.0).collect::<Vec<_>>(),
        "l_shipdate" => (0..n).map(|i| 8035 + i * 6).collect::<Vec<_>>(),
    )
    .unwrap()
    .lazy()
    .with_column(col("l_shipdate").cast(DataType::Date))
    .collect()
    .unwrap();
    let expected: f64 = (0..n)
        .filter(|i| (8766..9131).contains(&(8035 + i * 6)) && (5..=7).contains(&(i % 11)) && i % 50 + 1 < 24)
        .map(|i| (f64::from(i * 37 % 1000) + 0.25) * (f64::from(i % 11) / 100.0))
        .sum();
    let bench = Bench::new(table, &[], &[]).unwrap();
    let q6 = bench.agree("tpch-q6").unwrap();
    assert!((q6[0].answer.values[0] - expected).abs() < 1e-6, "{} and {expected}", q6[0].answer.values[0]);
    let q1 = bench.agree("tpch-q1").unwrap();
    assert_eq!((q1[0].answer.rows, q1[0].answer.values.len()), (6, 30));
}
