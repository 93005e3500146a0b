//! What a case says that it reads, against what can be counted otherwise.

use std::fs::File;

use polars::prelude::*;
use results::Cell;

use crate::case::{Bench, Done, at, variant};
use crate::tables::{ROLES, log};

fn bench() -> Bench {
    Bench::new(log(6000, 30), &ROLES, &["at", "id"]).unwrap()
}

fn run(bench: &Bench, id: &str, query: &str) -> Done {
    bench.run(&Bench::small(variant(id)), at(query)).unwrap()
}

#[test]
fn folders_rule_out_files_that_are_not_opened() {
    let bench = bench();
    let by_day = run(&bench, "hive-day", "day");
    assert_eq!((by_day.facts["files"], by_day.facts["files_opened"]), (30.0, 1.0));
    assert_eq!(by_day.files.len(), 1);
    assert!((by_day.facts["by_folder"] - 29.0 / 30.0).abs() < 1e-9);
    assert_eq!(by_day.facts["rows_left"], 1.0 / 30.0);
    let by_month = run(&bench, "hive-month", "day");
    assert_eq!((by_month.facts["files"], by_month.facts["files_opened"]), (2.0, 1.0));
    let range = run(&bench, "hive-day", "range");
    assert_eq!(range.facts["files_opened"], 4.0, "a day and a half to both sides of midnight touch four days");
    let everything = run(&bench, "hive-day", "other");
    assert_eq!((everything.facts["files_opened"], everything.facts["by_folder"]), (30.0, 0.0));
    let both = run(&bench, "hive-day-category", "category");
    assert_eq!((both.facts["files"], both.facts["files_opened"]), (120.0, 30.0));
}

#[test]
fn row_groups_are_ruled_out_where_the_order_allows_it() {
    let bench = bench();
    let single = run(&bench, "single", "day");
    assert!(single.facts["by_group"] > 0.9, "the rows come in the order of time: {:?}", single.facts);
    assert_eq!(run(&bench, "shuffled", "day").facts["by_group"], 0.0);
    assert!(run(&bench, "sorted", "cluster").facts["by_group"] > 0.9);
    assert_eq!(run(&bench, "sorted", "other").facts["by_group"], 0.0);
    let z = |query: &str| run(&bench, "zorder", query).facts["by_group"];
    assert!(z("day") > 0.5 && z("cluster") > 0.5, "{} {}", z("day"), z("cluster"));
    let inside = run(&bench, "hive-month-sorted", "cluster");
    assert!(inside.facts["by_group"] > 0.8, "{:?}", inside.facts);
}

#[test]
fn pages_rule_out_more_than_row_groups() {
    let bench = bench();
    let range = run(&bench, "single", "range");
    assert!(range.facts["by_page"] > 0.0, "{:?}", range.facts);
    assert!(range.facts["by_page"] < range.facts["rows_left"]);
}

#[test]
fn what_footers_rule_out_is_what_a_reader_of_the_rows_finds() {
    let bench = bench();
    for (id, query, column) in [("sorted", "cluster", "user"), ("zorder", "day", "at"), ("shuffled", "other", "item")] {
        let case = run(&bench, id, query);
        let text = std::fs::read_to_string(bench.table.scratch.path().join("partitioning/queries.json")).unwrap();
        let queries: serde_json::Value = serde_json::from_str(&text).unwrap();
        let end = |end: &str| queries["filters"][query]["Ok"][end].as_i64().unwrap();
        let frame = ParquetReader::new(File::open(&case.files[0]).unwrap()).finish().unwrap();
        let values = frame.column(column).unwrap().cast(&DataType::Int64).unwrap();
        let values: Vec<i64> = values.i64().unwrap().iter().flatten().collect();
        let overlaps =
            |rows: &[i64]| *rows.iter().min().unwrap() <= end("high") && *rows.iter().max().unwrap() >= end("low");
        let out: usize = values.chunks(200).filter(|rows| !overlaps(rows)).map(<[i64]>::len).sum();
        assert!((case.facts["by_group"] - out as f64 / 6000.0).abs() < 1e-9, "{id} {query}");
        let passing = values.iter().filter(|value| (end("low")..=end("high")).contains(value)).count();
        assert_eq!(case.answer.rows, passing as u64);
    }
}

#[test]
fn bytes_are_those_of_the_columns_that_a_query_names() {
    let bench = bench();
    let all = run(&bench, "single", "all");
    assert!(all.facts["bytes_scanned"] < all.facts["disk_bytes"] / 2.0, "one column of eight: {:?}", all.facts);
    assert!(all.facts["bytes_needed"] <= all.facts["bytes_scanned"]);
    let day = run(&bench, "hive-day", "day");
    let whole: u64 = day.files.iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(day.facts["bytes_scanned"] < whole as f64, "one column of one file");
    let (shuffled, sorted) = (run(&bench, "shuffled", "cluster"), run(&bench, "sorted", "cluster"));
    assert!(sorted.facts["bytes_scanned"] < shuffled.facts["bytes_scanned"] / 2.0);
    let list = run(&bench, "hive-day", "list");
    assert!(list.files.is_empty() && !list.facts.contains_key("bytes_scanned"), "{:?}", list.facts);
}

#[test]
fn the_levels_of_every_query_stand_in_a_table() {
    let bench = bench();
    let case = run(&bench, "hive-day", "all");
    let table = &case.tables["reading"];
    assert_eq!((table.defect(), table.rows.len()), (None, 7));
    let number = |cell: &Cell| if let Cell::Number(n) = cell { *n } else { panic!("{cell:?}") };
    for row in &table.rows {
        let ruled_out: f64 = row[3..7].iter().map(number).sum();
        assert!((0.0..=1.0 - number(&row[7]) + 1e-9).contains(&ruled_out), "{row:?}");
    }
}

#[test]
fn candidate_keys_are_ranked_by_the_bytes_that_they_save() {
    let bench = bench();
    let mut ranked = Bench::small(variant("single"));
    ranked.params.insert("keys".to_owned(), "rank".to_owned());
    let case = bench.run(&ranked, at("all")).unwrap();
    let table = &case.tables["keys"];
    assert_eq!(table.defect(), None);
    assert!(table.rows.len() >= 15, "{} candidates", table.rows.len());
    let place = |label: &str| table.columns.iter().position(|column| column.label == label).unwrap();
    let sum = place("all questions");
    let sums: Vec<f64> =
        table.rows.iter().filter_map(|row| if let Cell::Number(n) = row[sum] { Some(n) } else { None }).collect();
    assert!(sums.is_sorted() && sums.len() > 10, "{sums:?}");
    // What is now is among them, and saves nothing.
    let now = table.rows.iter().find(|row| row[..4].iter().all(|cell| *cell == Cell::Missing)).unwrap();
    assert_eq!(now[place("saved")], Cell::Number(0.0));
    // A folder for each day of each kind holds less than a row group: that is a warning.
    let kind = Cell::Column("kind".to_owned());
    let days = table.rows.iter().find(|row| row[0] == Cell::Text("day".to_owned()) && row[1] == kind).unwrap();
    assert!(matches!(&days[place("warning")], Cell::Text(text) if text.contains("too many")), "{days:?}");
    // Names of columns stand where a page can hide them, and values nowhere.
    let text = serde_json::to_string(table).unwrap();
    assert!(table.columns.iter().all(|column| !column.label.contains("user")), "{:?}", table.columns);
    assert!(text.contains(r#"{"column":"user"}"#) && !text.contains("plain") && !text.contains("C1"), "{text}");
}
