//! The embedded chapters: no measured figure typed by hand, every block and name resolves, every snippet fills.

use std::collections::BTreeMap;

use analysis::Assumptions;
use report::snippet::{self, SnippetContext};
use report::{Input, SiteSettings, lint_chapter};
use results::{Experiment, Run};

use crate::fixture::{analyse, run};

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

/// A run in which every embedded experiment was planned and nothing was measured.
fn bare_run() -> Run {
    let mut bare = run();
    bare.cases.clear();
    bare.experiments = catalog::all()
        .unwrap()
        .into_iter()
        .map(|(folder, definition)| Experiment {
            slug: folder.slug.to_owned(),
            definition: serde_json::to_value(definition).unwrap(),
            code: folder.code.to_owned(),
            choices: Vec::new(),
            skipped: None,
            planned: Vec::new(),
        })
        .collect();
    bare
}

#[test]
fn every_block_and_name_resolves() {
    let run = bare_run();
    let folders = catalog::all().unwrap();
    let assumptions = Assumptions::default();
    let analysis = analyse(&run, &folders, &assumptions);
    let settings = SiteSettings::default();
    let input = Input {
        run: &run,
        analysis: &analysis,
        folders: &folders,
        assumptions: &assumptions,
        settings: &settings,
        version: "0.1.0",
    };
    let out = tempfile::tempdir().unwrap();
    report::render(&input, out.path()).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn every_snippet_fills_for_every_variant_that_can_be_advised() {
    for (folder, definition) in catalog::all().unwrap() {
        let Some(advice) = &definition.advice else { continue };
        let purposes = ["time", "key", "filter", "group", "measure", "category", "text", "label"];
        let columns: BTreeMap<String, String> = purposes.map(|purpose| (purpose.to_owned(), format!("a \"{purpose}\""))).into();
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
