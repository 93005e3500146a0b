//! The code that the chapter tells its readers to copy, run where Python has what it needs.

use std::collections::BTreeMap;
use std::path::Path;

use report::snippet::{SnippetContext, render};
use testing::chapter;
use testing::python::{has, python, run};

use crate::support::DEFINITION;

fn context(variant: &str) -> SnippetContext {
    let params: BTreeMap<String, String> = DEFINITION.variant(variant).unwrap().params.clone();
    SnippetContext { variant: variant.to_owned(), params, ..SnippetContext::default() }
}

/// A training loop that the snippet's function must walk through.
const USE: &str = "
layer = torch.nn.Linear(8, 3)
adam = torch.optim.AdamW(layer.parameters(), lr=0.1)
before = layer.weight.detach().clone()
batches = [(torch.randn(4, 8), torch.randint(3, (4,))) for _ in range(3)]
train(layer, adam, batches, torch.nn.functional.cross_entropy)
assert layer.weight.dtype == torch.float32 and not torch.equal(layer.weight, before)
";

#[test]
fn snippets_train_in_the_advised_precision() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snippets/PyTorch.py");
    let template = std::fs::read_to_string(path).unwrap();
    let advised = &DEFINITION.advice.as_ref().unwrap().variants;
    assert!(!advised.is_empty());
    for variant in advised {
        let code = render("PyTorch.py", &template, &context(variant)).unwrap();
        assert!(code.contains("torch.autocast"), "{variant}: {code}");
        assert_eq!(code.contains("GradScaler"), variant == "f16", "{variant}");
        if has("torch") {
            run(variant, &format!("{code}\n{USE}"));
        } else {
            println!("skipped: {} has no torch", python());
        }
    }
    assert_eq!(render("PyTorch.py", &template, &context("f32")).unwrap().trim(), "");
}

#[test]
fn the_python_code_of_the_chapter_runs() {
    let blocks = chapter::code(include_str!("../../chapter.md"), "python");
    assert_eq!(blocks.len(), 3);
    for code in &blocks {
        if has("torch") {
            run("chapter.md", code);
        } else {
            println!("skipped: {} has no torch", python());
        }
    }
}
