//! Every layout gives the same answer to every query, and it is the right one.

use polars::prelude::*;

use crate::case::{Bench, DEFINITION, cut, queries, variant};
use crate::tables::{ROLES, log};

fn bench() -> Bench {
    Bench::new(log(4000, 30), &ROLES, &["at", "id"]).unwrap()
}

/// The filter that a query file holds, as an expression written here.
fn wanted(bench: &Bench, query: &str) -> Option<Expr> {
    let text = std::fs::read_to_string(bench.table.scratch.path().join("partitioning/queries.json")).unwrap();
    let queries: serde_json::Value = serde_json::from_str(&text).unwrap();
    if query == "all" || query == "list" {
        return None;
    }
    let filter = &queries["filters"][query]["Ok"];
    let (low, high) = (&filter["low"], &filter["high"]);
    let this = col(filter["column"].as_str().unwrap());
    Some(match filter["kind"].as_str().unwrap() {
        "text" => this.eq(lit(low.as_str().unwrap())),
        "us" => {
            let this = this.cast(DataType::Int64);
            this.clone().gt_eq(lit(low.as_i64().unwrap())).and(this.lt_eq(lit(high.as_i64().unwrap())))
        }
        _ => this.clone().gt_eq(lit(low.as_i64().unwrap())).and(this.lt_eq(lit(high.as_i64().unwrap()))),
    })
}

#[test]
fn all_layouts_agree_on_every_query_and_with_the_table() {
    let bench = bench();
    for query in queries() {
        let (done, skipped) = bench.agree(&query);
        assert!(done.len() >= 9, "{query}: {skipped:?}");
        if query == "list" {
            assert!(done.iter().all(|(_, case)| case.answer.rows == 4000));
            continue;
        }
        let mut table = bench.frame.clone().lazy();
        if let Some(filter) = wanted(&bench, &query) {
            table = table.filter(filter);
        }
        let passing = table.collect().unwrap();
        let all: f64 = bench.frame.column("price").unwrap().f64().unwrap().iter().flatten().map(f64::abs).sum();
        let sum = passing.column("price").unwrap().f64().unwrap().sum().unwrap();
        let answer = &done[0].1.answer;
        assert_eq!(answer.rows, passing.height() as u64, "{query}");
        assert!((answer.values[0] - (1.0 + sum / all)).abs() < 1e-9, "{query}");
        assert!(query == "all" || (answer.rows > 0 && answer.rows < 3000), "{query}: {} rows pass", answer.rows);
    }
}

#[test]
fn a_layout_that_the_table_comes_in_is_a_skip() {
    let (_, skipped) = bench().agree("day");
    assert_eq!(skipped.keys().collect::<Vec<_>>(), ["sorted-time"]);
    let shuffled = log(4000, 30).sort(["note"], SortMultipleOptions::default()).unwrap();
    let (_, skipped) = Bench::new(shuffled, &ROLES, &[]).unwrap().agree("day");
    assert!(skipped.is_empty(), "{skipped:?}");
}

#[test]
fn the_sweeps_cut_the_table_into_as_many_pieces_as_they_say() {
    let bench = bench();
    let single = bench.run(&variant("single"), cut("pieces", "10")).unwrap();
    for (pieces, number) in [("3", 3.0), ("10", 10.0), ("100", 100.0)] {
        let files = bench.run(&variant("files"), cut("pieces", pieces)).unwrap();
        assert_eq!((files.facts["files"], files.files.len() as f64), (number, number));
        let groups = bench.run(&variant("groups"), cut("pieces", pieces)).unwrap();
        assert_eq!(groups.facts["files"], 1.0);
        for case in [&files, &groups] {
            assert_eq!(case.answer.disagreement(&single.answer, DEFINITION.tolerance), None);
            assert!(case.facts["disk_bytes"] > single.facts["disk_bytes"], "{pieces}");
        }
        let list = bench.run(&variant("files"), cut("list-pieces", pieces)).unwrap();
        assert_eq!((list.answer.rows, list.files.len()), (4000, 0));
    }
    let few = bench.run(&variant("files"), cut("pieces", "1000")).unwrap_err();
    assert!(few.contains("too few rows"), "{few}");
}

#[test]
fn answers_do_not_carry_values() {
    let bench = bench();
    for query in queries() {
        for (_, case) in bench.agree(&query).0 {
            assert!(case.answer.values.iter().all(|value| (0.0..=2.0).contains(value)), "{query}: {:?}", case.answer);
        }
    }
}

#[test]
fn scratch_holds_whole_layouts_only() {
    let bench = bench();
    bench.agree("all");
    for entry in std::fs::read_dir(bench.table.scratch.path().join("partitioning")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains(".part"), "{name}");
    }
}
