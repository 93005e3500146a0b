//! The conversion snippets, filled for every Parquet and Arrow variant and run where Python has what they need.

use std::path::Path;
use std::process::Command;

use polars::prelude::*;
use report::snippet::{SnippetContext, render};
use testing::python::{has, python};

use crate::case::rust_variants;

const SNIPPETS: [(&str, &str); 3] = [("Polars.py", "polars"), ("DuckDB.sql", "duckdb"), ("PyArrow.py", "pyarrow")];
const ROWS: usize = 257;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_snippet_converts_the_table_for_every_variant_it_can_be_asked_for() {
    let scratch = tempfile::tempdir().unwrap();
    let input = scratch.path().join("our table's \"rows\".csv");
    let mut table = df!(
        "id" => (0..ROWS as i64).collect::<Vec<_>>(),
        "name of it" => (0..ROWS).map(|i| format!("row, {i}")).collect::<Vec<_>>(),
    )
    .unwrap();
    CsvWriter::new(std::fs::File::create(&input).unwrap()).finish(&mut table).unwrap();

    for (file, module) in SNIPPETS {
        let template = std::fs::read_to_string(folder().join("snippets").join(file)).unwrap();
        let runs = has(module);
        if !runs {
            println!("{file} is only rendered: {} cannot import {module}", python());
        }
        for variant in rust_variants() {
            let format = variant.params["format"].as_str();
            if !matches!(format, "parquet" | "ipc") {
                continue;
            }
            let output = scratch.path().join(format!("{file}.{}", variant.id));
            let context = SnippetContext {
                variant: variant.id.clone(),
                params: variant.params.clone(),
                input: input.display().to_string(),
                output: output.display().to_string(),
                input_format: "csv".to_owned(),
                ..SnippetContext::default()
            };
            let code = render(file, &template, &context).unwrap_or_else(|error| panic!("{}: {error}", variant.id));
            let cannot = file == "DuckDB.sql" && format == "ipc";
            assert_eq!(code.contains("COPY") || file != "DuckDB.sql", !cannot, "{}: {code}", variant.id);
            if !runs || cannot {
                continue;
            }
            let program = match file {
                "DuckDB.sql" => format!("import duckdb\nduckdb.sql({code:?})"),
                _ => code.clone(),
            };
            let ran = Command::new(python()).args(["-c", &program]).output().unwrap();
            assert!(ran.status.success(), "{} {file}:\n{code}\n{}", variant.id, String::from_utf8_lossy(&ran.stderr));
            assert_eq!(rows(&output, format), ROWS, "{} {file}", variant.id);
        }
    }
}

#[test]
fn every_format_that_a_reader_may_have_is_read() {
    for (file, _) in SNIPPETS {
        let template = std::fs::read_to_string(folder().join("snippets").join(file)).unwrap();
        for input_format in
            ["csv", "tsv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "avro", "parquet", "arrow", "arrows"]
        {
            let variant = rust_variants().into_iter().find(|variant| variant.id == "parquet-zstd3").unwrap();
            let context = SnippetContext {
                variant: variant.id.clone(),
                params: variant.params,
                input: format!("table.{input_format}"),
                output: "table.parquet".to_owned(),
                input_format: input_format.to_owned(),
                ..SnippetContext::default()
            };
            let code = render(file, &template, &context).unwrap();
            assert!(code.contains("table.parquet"), "{file} {input_format}: {code}");
        }
    }
}

fn rows(path: &Path, format: &str) -> usize {
    let file = std::fs::File::open(path).unwrap();
    match format {
        "parquet" => ParquetReader::new(file).finish().unwrap().height(),
        _ => IpcReader::new(file).finish().unwrap().height(),
    }
}
