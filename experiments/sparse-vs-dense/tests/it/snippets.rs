//! The code that the chapter tells its readers to copy, filled and run where Python has what it needs.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::*;
use report::snippet::{SnippetContext, render};
use testing::chapter;
use testing::python::{self, has, python};

use crate::support::reviews;

const SNIPPETS: [(&str, &[&str]); 3] =
    [("Polars.py", &["polars"]), ("DuckDB.sql", &["duckdb"]), ("scikit-learn.py", &["polars", "scipy", "sklearn"])];

fn template(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("snippets").join(file)).unwrap()
}

fn context(input: &Path, output: &Path, columns: &[(&str, &str)]) -> SnippetContext {
    SnippetContext {
        variant: "csr".to_owned(),
        params: BTreeMap::from([("layout".to_owned(), "csr".to_owned())]),
        input: input.display().to_string(),
        output: output.display().to_string(),
        input_format: "csv".to_owned(),
        columns: columns.iter().map(|(purpose, name)| ((*purpose).to_owned(), (*name).to_owned())).collect(),
    }
}

fn run(file: &str, code: &str) {
    let program = if file.ends_with(".sql") { format!("import duckdb\nduckdb.sql({code:?})") } else { code.to_owned() };
    python::run(file, &program);
}

#[test]
fn snippets_store_what_is_not_zero() {
    let scratch = tempfile::tempdir().unwrap();
    let input = scratch.path().join("our table's \"rows\".csv");
    let mut table = reviews(300);
    table.rename("clicks", "it's clicks".into()).unwrap();
    CsvWriter::new(std::fs::File::create(&input).unwrap()).finish(&mut table).unwrap();
    let nonzeros =
        (0..300).filter(|row| row % 13 == 0).count() + (0..300).filter(|row| row % 29 == 0 && row % 5 != 1).count();
    let columns = [("text", "review"), ("zeros1", "it's clicks"), ("zeros2", "returns")];
    for (file, modules) in SNIPPETS {
        let output = scratch.path().join(format!("{file}.npz"));
        let code = render(file, &template(file), &context(&input, &output, &columns)).unwrap();
        assert!(!code.trim().is_empty());
        if !modules.iter().all(|module| has(module)) {
            println!("{file} is only rendered: {} lacks one of {modules:?}", python());
            continue;
        }
        run(file, &code);
        if file == "scikit-learn.py" {
            run(
                file,
                &format!(
                    "from scipy import sparse\nassert sparse.load_npz({:?}).shape[0] == 300",
                    output.display().to_string()
                ),
            );
        } else {
            let stored = ParquetReader::new(std::fs::File::open(&output).unwrap()).finish().unwrap();
            assert_eq!(stored.get_column_names(), ["row", "column", "value"]);
            assert_eq!(stored.height(), nonzeros, "{file}");
        }
    }
}

#[test]
fn snippets_without_their_columns_come_out_empty() {
    for (file, _) in SNIPPETS {
        let code = render(file, &template(file), &context(Path::new("a"), Path::new("b"), &[])).unwrap();
        assert_eq!(code.trim(), "", "{file}");
    }
}

#[test]
fn every_format_that_a_reader_may_have_is_read() {
    for (file, _) in SNIPPETS {
        for format in ["csv", "tsv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "avro", "parquet", "arrow", "arrows"] {
            let mut context = context(Path::new("in"), Path::new("out"), &[("text", "t"), ("zeros1", "z")]);
            context.input_format = format.to_owned();
            let code = render(file, &template(file), &context).unwrap();
            assert!(code.contains("\"out\"") || code.contains("'out'"), "{file} {format}: {code}");
        }
    }
}

#[test]
fn the_python_code_of_the_chapter_runs() {
    let blocks = chapter::code(include_str!("../../chapter.md"), "python");
    assert_eq!(blocks.len(), 2);
    for (code, module) in blocks.iter().zip(["sklearn", "scipy"]) {
        if has(module) {
            run("chapter.md", code);
        } else {
            println!("skipped: {} has no {module}", python());
        }
    }
}
