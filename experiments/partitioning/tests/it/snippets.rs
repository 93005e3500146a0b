//! The conversion snippets, filled for every layout that can be advised and run where Python has what they need.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use polars::prelude::*;
use report::snippet::{SnippetContext, render};
use testing::python::{has, python};

use crate::case::{DEFINITION, variant};
use crate::tables::log;

const SNIPPETS: [(&str, &str); 3] = [("Polars.py", "polars"), ("DuckDB.sql", "duckdb"), ("PyArrow.py", "pyarrow")];
const ROWS: usize = 600;

fn template(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("snippets").join(file)).unwrap()
}

fn columns(names: [&str; 3]) -> BTreeMap<String, String> {
    ["time", "cluster", "category"].iter().map(|p| (*p).to_owned()).zip(names.map(str::to_owned)).collect()
}

/// Rows and folders below a path, which may be a file.
fn found(path: &Path) -> (usize, Vec<String>) {
    let mut folders = Vec::new();
    let mut rows = 0;
    let mut left = vec![path.to_path_buf()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            folders
                .extend(path.file_name().map(|name| name.to_string_lossy().into_owned()).filter(|n| n.contains('=')));
        } else {
            rows += ParquetReader::new(std::fs::File::open(&path).unwrap()).finish().unwrap().height();
        }
    }
    (rows, folders)
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    std::fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

#[test]
fn every_snippet_makes_the_layout_that_it_is_asked_for() {
    let scratch = tempfile::tempdir().unwrap();
    let input = scratch.path().join("our table's \"rows\".parquet");
    let mut table = log(ROWS, 40);
    table.rename("user", "user's \"id\"".into()).unwrap();
    ParquetWriter::new(std::fs::File::create(&input).unwrap()).finish(&mut table).unwrap();

    for (file, module) in SNIPPETS {
        let runs = has(module);
        if !runs {
            println!("{file} is only rendered: {} cannot import {module}", python());
        }
        for id in &DEFINITION.advice.as_ref().unwrap().variants {
            let variant = variant(id);
            let output = scratch.path().join(format!("{file}.{id}"));
            let context = SnippetContext {
                variant: id.clone(),
                params: variant.params.clone(),
                input: input.display().to_string(),
                output: output.display().to_string(),
                input_format: "parquet".to_owned(),
                columns: columns(["at", "user's \"id\"", "kind"]),
            };
            let code = render(file, &template(file), &context).unwrap_or_else(|error| panic!("{id}: {error}"));
            let has = |key: &str| variant.params.get(key).map(String::as_str);
            let z = has("order") == Some("z");
            let sorted_folders = has("folders").is_some() && has("order").is_some();
            if z && file != "Polars.py" || sorted_folders && file == "DuckDB.sql" {
                assert_eq!(code.trim(), "", "{id} {file}: there is no good way");
                continue;
            }
            if !runs {
                continue;
            }
            let program = match file {
                "DuckDB.sql" => format!("import duckdb\nduckdb.sql({code:?})"),
                _ => code.clone(),
            };
            let ran = Command::new(python()).args(["-c", &program]).output().unwrap();
            assert!(ran.status.success(), "{id} {file}:\n{code}\n{}", String::from_utf8_lossy(&ran.stderr));
            let (rows, folders) = found(&output);
            assert_eq!(rows, ROWS, "{id} {file}");
            let expected = match variant.params.get("folders").map(String::as_str) {
                Some("month") => 2,
                Some("day") => 40,
                Some(_) => 40 + 160,
                None => 0,
            };
            assert_eq!(folders.len(), expected, "{id} {file}: {folders:?}");
            if expected > 0 {
                let day = folders.iter().any(|name| name == "day=2024-01-20" || name == "month=2024-01");
                assert!(day, "{id} {file}: {folders:?}");
            }
            let order = match variant.params.get("order").map(String::as_str) {
                Some("time") => "at",
                Some("cluster") => "user's \"id\"",
                _ => continue,
            };
            for path in files(&output) {
                let frame = ParquetReader::new(std::fs::File::open(&path).unwrap()).finish().unwrap();
                let values = frame.column(order).unwrap().cast(&DataType::Int64).unwrap();
                let values: Vec<Option<i64>> = values.i64().unwrap().iter().collect();
                assert!(values.is_sorted(), "{id} {file}: {}", path.display());
            }
        }
    }
}

#[test]
fn every_format_that_a_reader_may_have_is_read() {
    for (file, _) in SNIPPETS {
        for input_format in
            ["csv", "tsv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "avro", "parquet", "arrow", "arrows"]
        {
            let variant = variant("hive-month");
            let context = SnippetContext {
                variant: variant.id.clone(),
                params: variant.params,
                input: format!("table.{input_format}"),
                output: "layout".to_owned(),
                input_format: input_format.to_owned(),
                columns: columns(["at", "user", "kind"]),
            };
            let code = render(file, &template(file), &context).unwrap();
            assert!(code.contains("layout") && code.contains("month"), "{file} {input_format}: {code}");
        }
    }
}
