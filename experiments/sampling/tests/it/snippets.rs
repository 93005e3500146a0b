//! The snippets, filled for every way that can be advised and run where Python has what they need.

use std::path::Path;
use std::process::Command;

use polars::prelude::*;
use report::snippet::{SnippetContext, render};
use testing::python::{has, python};

use crate::case::{DEFINITION, rust_variants};

const SNIPPETS: [(&str, &str); 3] = [("Polars.py", "polars"), ("DuckDB.sql", "duckdb"), ("PyArrow.py", "pyarrow")];
const ROWS: usize = 20_000;

fn template(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("snippets").join(file)).unwrap()
}

fn context(variant: &catalog::Variant, input: String, output: String, input_format: &str) -> SnippetContext {
    let column = |purpose: &str, name: &str| (purpose.to_owned(), name.to_owned());
    SnippetContext {
        variant: variant.id.clone(),
        params: variant.params.clone(),
        input,
        output,
        input_format: input_format.to_owned(),
        columns: [column("key", "the \"id\""), column("group", "kind of it")].into(),
    }
}

/// Runs a snippet: the ids that it drew, ascending.
fn run(file: &str, code: &str, output: &Path, what: &str) -> Vec<i64> {
    let program = match file {
        "DuckDB.sql" => format!("import duckdb\nduckdb.execute({code:?})"),
        _ => code.to_owned(),
    };
    let ran = Command::new(python()).args(["-c", &program]).output().unwrap();
    assert!(ran.status.success(), "{what} {file}:\n{code}\n{}", String::from_utf8_lossy(&ran.stderr));
    let path = PlRefPath::try_from_path(output).unwrap();
    let sample = LazyFrame::scan_parquet(path, ScanArgsParquet::default()).unwrap().collect().unwrap();
    let mut ids: Vec<i64> = sample.column("the \"id\"").unwrap().i64().unwrap().into_no_null_iter().collect();
    ids.sort_unstable();
    ids
}

#[test]
fn every_snippet_draws_a_sample_and_the_same_one_again() {
    let scratch = tempfile::tempdir().unwrap();
    let input = scratch.path().join("our table's \"rows\".parquet");
    let mut table = df!(
        "the \"id\"" => (0..ROWS as i64).map(|i| i * 3 - 50).collect::<Vec<_>>(),
        "kind of it" => (0..ROWS).map(|i| if i % 1_000 == 0 { 2 } else { i as i64 % 2 }).collect::<Vec<i64>>(),
    )
    .unwrap();
    ParquetWriter::new(std::fs::File::create(&input).unwrap())
        .with_row_group_size(Some(500))
        .finish(&mut table)
        .unwrap();

    let mut hashed = Vec::new();
    for (file, module) in SNIPPETS {
        let runs = has(module);
        if !runs {
            println!("{file} is only rendered: {} cannot import {module}", python());
        }
        for variant in rust_variants() {
            let output = scratch.path().join(format!("{file}.{}", variant.id));
            let context = context(&variant, input.display().to_string(), output.display().to_string(), "parquet");
            let code =
                render(file, &template(file), &context).unwrap_or_else(|error| panic!("{}: {error}", variant.id));
            let way = variant.params["way"].as_str();
            assert_eq!(code.trim().is_empty(), way.starts_with("partition"), "{way}: {code}");
            if !runs || code.trim().is_empty() {
                continue;
            }
            let ids = run(file, &code, &output, way);
            match (file, way) {
                // Blocks are in or out as a whole, and may all be out.
                ("DuckDB.sql", "system" | "system-spread") => {}
                (_, "bernoulli" | "hash") => assert!(ids.len().abs_diff(200) < 90, "{file} {way}: {}", ids.len()),
                (_, "stratified") => assert!(ids.len().abs_diff(1_000) <= 2, "{file}: {}", ids.len()),
                _ => assert_eq!(ids.len(), 1_000, "{file} {way}"),
            }
            assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{file} {way} draws a row twice");
            assert_eq!(ids, run(file, &code, &output, way), "{file} {way}: the same seed, the same rows");
            if way == "hash" {
                hashed.push(ids);
            }
        }
    }
    assert!(hashed.windows(2).all(|pair| pair[0] == pair[1]), "the hash draws the same rows in every engine");
}

#[test]
fn every_format_that_a_reader_may_have_is_read() {
    for (file, _) in SNIPPETS {
        for input_format in
            ["csv", "tsv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "avro", "parquet", "arrow", "arrows"]
        {
            let variant = DEFINITION.variant("hash").unwrap();
            let input = format!("table.{input_format}");
            let context = context(variant, input, "sample.parquet".to_owned(), input_format);
            let code = render(file, &template(file), &context).unwrap();
            assert!(code.contains("sample.parquet"), "{file} {input_format}: {code}");
        }
    }
}
