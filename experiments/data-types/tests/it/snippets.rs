//! The snippets, filled for every scheme that can be advised and run where Python has what they need.

use std::path::Path;
use std::process::Command;

use polars::prelude::*;
use report::snippet::{SnippetContext, render};
use testing::python::{has, python};

use crate::case::DEFINITION;
use crate::tables::log;

const SNIPPETS: [(&str, &str); 3] = [("Polars.py", "polars"), ("DuckDB.sql", "duckdb"), ("pandas.py", "pandas")];

fn filled(file: &str, variant: &str, input: &str, output: &str, input_format: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snippets");
    let template = std::fs::read_to_string(folder.join(file)).unwrap();
    let context = SnippetContext {
        variant: variant.to_owned(),
        params: DEFINITION.variant(variant).unwrap().params.clone(),
        input: input.to_owned(),
        output: output.to_owned(),
        input_format: input_format.to_owned(),
        ..SnippetContext::default()
    };
    render(file, &template, &context).unwrap_or_else(|error| panic!("{file} {variant}: {error}"))
}

#[test]
fn every_snippet_shrinks_the_table_and_loses_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let input = scratch.path().join("our table's \"rows\".csv");
    let mut table = log(600).drop("nothing").unwrap();
    CsvWriter::new(std::fs::File::create(&input).unwrap()).finish(&mut table).unwrap();
    for (file, module) in SNIPPETS {
        let runs = has(module);
        if !runs {
            println!("{file} is only rendered: {} cannot import {module}", python());
        }
        for variant in ["lossless", "single"] {
            let output = scratch.path().join(format!("{file}.{variant}.parquet"));
            let code = filled(file, variant, &input.display().to_string(), &output.display().to_string(), "csv");
            if !runs {
                continue;
            }
            let program =
                if file.ends_with(".sql") { format!("import duckdb\nduckdb.sql({code:?})") } else { code.clone() };
            let ran = Command::new(python()).args(["-c", &program]).output().unwrap();
            assert!(ran.status.success(), "{file} {variant}:\n{code}\n{}", String::from_utf8_lossy(&ran.stderr));
            check(file, variant, &output, &table);
        }
    }
}

/// The file holds the table, in smaller types where the snippet casts.
fn check(file: &str, variant: &str, output: &Path, table: &DataFrame) {
    let options = ScanArgsParquet { glob: false, ..Default::default() };
    let back = LazyFrame::scan_parquet(PlRefPath::try_from_path(output).unwrap(), options).unwrap().collect().unwrap();
    // Whole cents are stored as such, under a name that says so.
    let back = match back.column("price x 100") {
        Err(_) => back,
        Ok(cents) => {
            assert!(cents.dtype().is_integer(), "{file} {variant}: {}", cents.dtype());
            let cents = cents.cast(&DataType::Float64).unwrap();
            let price = cents.f64().unwrap().apply_values(|cents| cents / 100.0).with_name("price".into());
            back.hstack(&[price.into_column()]).unwrap()
        }
    };
    assert!(file == "DuckDB.sql" || back.column("price x 100").is_ok(), "{file} {variant}");
    assert_eq!(back.height(), table.height(), "{file} {variant}");
    for name in ["id", "price", "x", "integral", "country"] {
        let (expected, found) = (table.column(name).unwrap(), back.column(name).unwrap());
        let found = found.cast(expected.dtype()).unwrap();
        let same = expected.as_materialized_series().equals_missing(found.as_materialized_series());
        assert!(same || variant == "single" && matches!(name, "price" | "x"), "{file} {variant}: {name}");
    }
    if file != "DuckDB.sql" {
        assert_eq!(back.column("id").unwrap().dtype(), &DataType::Int32, "{file}");
        let x = if variant == "single" { DataType::Float32 } else { DataType::Float64 };
        assert_eq!(back.column("x").unwrap().dtype(), &x, "{file} {variant}");
    }
}

#[test]
fn every_format_that_a_reader_may_have_is_read() {
    for (file, _) in SNIPPETS {
        for format in ["csv", "tsv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "avro", "parquet", "arrow", "arrows"] {
            let code = filled(file, "lossless", &format!("table.{format}"), "table.parquet", format);
            let cannot = file == "DuckDB.sql" && (format.starts_with("arrow") || format == "avro");
            assert!(code.contains("table.parquet") || cannot, "{file} {format}: {code}");
        }
    }
}
