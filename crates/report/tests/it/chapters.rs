//! The embedded chapters: no measured figure typed by hand, every block and name resolves, every snippet fills.

use std::collections::BTreeMap;

use report::lint_chapter;
use report::snippet::{self, SnippetContext};

use crate::fixture::{analyse, guide};

#[test]
fn chapters_hold_no_measured_figure() {
    let mut found = Vec::new();
    for folder in catalog::FOLDERS {
        for figure in lint_chapter(folder.chapter()) {
            found.push(format!("experiments/{}/chapter.md:{}: {}", folder.slug, figure.line, figure.text));
        }
    }
    assert!(found.is_empty(), "name a value, or mark a constant (CONTRIBUTING.md):\n{}", found.join("\n"));
}

/// Whether all, none or some of the cases were measured, every paragraph of every outcome must fill.
#[test]
fn every_block_and_name_resolves() {
    for measured in [|_| true, |_| false, |i| i % 3 == 0] {
        let fixture = guide::fixture(measured);
        let out = tempfile::tempdir().unwrap();
        report::render(&fixture.input(), out.path()).unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn every_recorded_sample_renders() {
    for folder in catalog::FOLDERS {
        let Some(text) = folder.file("sample.jsonl") else { continue };
        let path = format!("experiments/{}/sample.jsonl", folder.slug);
        let run = results::file::parse(text.as_bytes(), path.as_ref()).unwrap_or_else(|e| panic!("{e}"));
        let mut fixture = guide::fixture(|_| false);
        fixture.analysis = analyse(&run, &fixture.folders, &fixture.assumptions);
        fixture.run = run;
        let out = tempfile::tempdir().unwrap();
        report::render(&fixture.input(), out.path()).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
}

#[test]
fn every_chapter_fits_its_page() {
    let fixture = guide::fixture(|_| true);
    let out = tempfile::tempdir().unwrap();
    let rendered = report::render(&fixture.input(), out.path()).unwrap_or_else(|e| panic!("{e}"));
    assert!(rendered.bytes < 3_000_000, "{rendered:?}");
    assert!(rendered.largest.as_ref().is_some_and(|(_, bytes)| *bytes < 200_000), "{rendered:?}");
}

#[test]
fn every_snippet_fills_for_every_variant_that_can_be_advised() {
    for (folder, definition) in catalog::all().unwrap() {
        let Some(advice) = &definition.advice else { continue };
        let text: String =
            folder.files.iter().filter(|(path, _)| path.starts_with("snippets/")).map(|(_, t)| *t).collect();
        let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let columns: BTreeMap<String, String> =
            text.split("columns.").skip(1).map(|rest| (name(rest), format!("a \"{}\"", name(rest)))).collect();
        for (path, text) in folder.files.iter().filter(|(path, _)| path.starts_with("snippets/")) {
            for variant in advice.variants.iter().filter_map(|id| definition.variant(id)) {
                for input_format in ["csv", "jsonl", "parquet", "avro", "ipc"] {
                    let context = SnippetContext {
                        variant: variant.id.clone(),
                        params: variant.params.clone(),
                        input: "in".to_owned(),
                        output: "out".to_owned(),
                        input_format: input_format.to_owned(),
                        columns: columns.clone(),
                    };
                    let file = format!("experiments/{}/{path}", folder.slug);
                    snippet::render(&file, text, &context).unwrap_or_else(|e| panic!("{e}"));
                }
            }
        }
    }
}
