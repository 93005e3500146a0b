//! Every variant gives the same answer to every workload, and says what it touched.

use results::ColumnRole;

use crate::case::{Bench, DEFINITION, rust_variants, values};
use crate::tables::log;

const ROLES: [(&str, ColumnRole); 4] = [
    ("id", ColumnRole::Key),
    ("at", ColumnRole::Time),
    ("country", ColumnRole::Category),
    ("price", ColumnRole::Measure),
];

fn bench(rows: usize) -> Bench {
    Bench::new(log(rows), &ROLES, &["at", "id"]).unwrap()
}

#[test]
fn all_variants_agree_on_every_workload() {
    let bench = bench(3000);
    for workload in values("workload") {
        match bench.agree(&workload) {
            Ok(all) => assert!(!all.is_empty()),
            Err(reason) => assert!(workload.starts_with("tpch") && reason.contains("lineitem"), "{workload}: {reason}"),
        }
    }
}

#[test]
fn answers_are_about_the_question() {
    let bench = bench(3000);
    let variants = rust_variants();
    let rows = |workload: &str| bench.run(&variants[0], workload).unwrap().answer.rows;
    assert_eq!(rows("read-all"), 3000);
    assert_eq!(rows("group-by"), 3);
    assert_eq!(rows("lookup"), 1);
    assert_eq!(rows("append"), 1000);
    assert!((25..=35).contains(&rows("filter-sorted")), "about one row in a hundred: {}", rows("filter-sorted"));
    assert_eq!(rows("filter-unsorted"), rows("filter-sorted-whole"));
}

#[test]
fn answers_do_not_carry_values() {
    let bench = bench(3000);
    for workload in values("workload").iter().filter(|workload| !workload.starts_with("tpch")) {
        let answer = bench.run(&rust_variants()[0], workload).unwrap().answer;
        assert!(answer.values.iter().all(|value| value.abs() <= 3.0), "{workload}: {:?}", answer.values);
    }
}

#[test]
fn facts_say_what_is_touched() {
    let bench = bench(3000);
    let variant = |id: &str| DEFINITION.variant(id).unwrap().clone();
    let fact = |id: &str, workload: &str, name: &str| bench.run(&variant(id), workload).unwrap().facts[name];

    for id in ["csv", "csv-zst", "jsonl", "avro-zstd"] {
        assert_eq!(fact(id, "one-column", "bytes_needed"), fact(id, "one-column", "disk_bytes"), "{id}");
    }
    for id in ["parquet-zstd3", "ipc-none", "ipc-lz4"] {
        let (one, all) = (fact(id, "one-column", "bytes_needed"), fact(id, "read-all", "bytes_needed"));
        assert!(0.0 < one && one < all / 5.0 && all <= fact(id, "read-all", "disk_bytes"), "{id}: {one} of {all}");
    }
    assert!(fact("csv", "one-column", "bytes") < fact("csv", "read-all", "bytes") / 5.0);
    assert_eq!(fact("csv", "read-all", "rows"), 3000.0);
    assert_eq!(fact("csv", "append", "rows"), 1000.0);
}

#[test]
fn statistics_rule_out_row_groups_of_sorted_data_alone() {
    let bench = bench(3000);
    let tiny = DEFINITION.variant("parquet-zstd-tiny-groups").unwrap().clone();
    let needed = |workload: &str| bench.run(&tiny, workload).unwrap().facts["bytes_needed"];
    assert!(needed("filter-sorted") < needed("filter-unsorted") / 2.0);
    assert!(needed("filter-sorted") < needed("filter-sorted-whole") / 2.0);
    assert!(needed("lookup") < needed("read-all") / 2.0, "the key rises, so one row group can hold it");
}

#[test]
fn files_are_named_exactly_and_changes_are_undone() {
    let bench = bench(500);
    for variant in rust_variants() {
        let done = bench.run(&variant, "read-all").unwrap();
        let [file] = done.files.as_slice() else { panic!("{}: {:?}", variant.id, done.files) };
        let before = std::fs::read(file).unwrap();
        bench.run(&variant, "append").unwrap();
        bench.run(&variant, "write-all").unwrap();
        assert_eq!(std::fs::read(file).unwrap(), before, "{}", variant.id);
    }
    let names: Vec<String> = std::fs::read_dir(bench.table.scratch.path().join("row-vs-columnar"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.ends_with(".part") && !name.ends_with(".write")), "{names:?}");
}

#[test]
fn settings_say_what_must_be_equal_or_is_the_point() {
    let bench = bench(100);
    let zstd9 = bench.run(DEFINITION.variant("parquet-zstd9").unwrap(), "read-all").unwrap().settings;
    for (key, value) in [("codec", "zstd"), ("level", "9"), ("row group rows", "122880"), ("engine", "streaming")] {
        assert_eq!(zstd9.get(key).map(String::as_str), Some(value), "{key}");
    }
    assert!(zstd9.contains_key("polars") && zstd9.contains_key("threads"));
    assert_eq!(bench.run(DEFINITION.variant("csv").unwrap(), "read-all").unwrap().settings["schema"], "given");
}
