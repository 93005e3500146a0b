//! The code that the chapter tells its readers to copy, run where Python has what it needs.

use std::path::Path;
use std::process::Command;

use loading::picture;
use report::snippet::{SnippetContext, render};
use results::Cell;
use testing::python::{has, python};

use crate::{DEFINITION, feeding, prepare};

fn torch() -> bool {
    let found = has("torch") && has("PIL") && has("numpy");
    if !found {
        println!("skipped: {} lacks torch, pillow or numpy", python());
    }
    found
}

/// Runs a program from a file: workers that are spawned import it.
fn run(what: &str, folder: &Path, code: &str) {
    let file = folder.join("program.py");
    std::fs::write(&file, code).unwrap();
    let ran = Command::new(python()).arg(&file).current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "{what}:\n{code}\n{}", String::from_utf8_lossy(&ran.stderr));
}

/// What stands behind a program, for whoever started it alone.
fn checked(code: &str, check: &str) -> String {
    let check: String = check.trim().lines().map(|line| format!("    {line}\n")).collect();
    format!("{code}\nif __name__ == \"__main__\":\n{check}")
}

#[test]
fn the_snippet_loads_a_folder_of_images() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snippets/PyTorch.py");
    let template = std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("our \"own\" images");
    std::fs::create_dir(&images).unwrap();
    for number in 0..37 {
        let name = if number % 2 == 0 { format!("{number} é.jpg") } else { format!("{number}.JPEG") };
        std::fs::write(images.join(name), picture::jpeg(3, number).unwrap()).unwrap();
    }
    std::fs::write(images.join("notes.txt"), "no image").unwrap();
    for variant in &DEFINITION.advice.as_ref().unwrap().variants {
        let context = SnippetContext {
            variant: variant.clone(),
            params: DEFINITION.variant(variant).unwrap().params.clone(),
            input: images.display().to_string(),
            ..SnippetContext::default()
        };
        let code = render("PyTorch.py", &template, &context).unwrap();
        if torch() {
            let check = "
sizes = [tuple(batch.shape) for batch in loader]
assert sizes == [(16, 3, 224, 224)] * 2 + [(5, 3, 224, 224)], sizes
assert batch.dtype == torch.uint8 and loader.num_workers == cores";
            run(variant, folder.path(), &checked(&code, check));
        }
    }
}

#[test]
fn the_line_to_paste_is_one_that_pytorch_takes() {
    let scratch = tempfile::tempdir().unwrap();
    let case = prepare(&feeding("tuned", scratch.path())).unwrap();
    let Cell::Text(line) = &case.tables["advice"].rows[0][1] else { panic!("no line to paste") };
    assert!(line.contains("batch_size=16") && line.contains("shuffle=True"), "{line}");
    if torch() {
        let code = "
import torch
from torch.utils.data import DataLoader, TensorDataset
dataset = TensorDataset(torch.arange(50))";
        let workers = &case.settings["workers"];
        let check = format!(
            "
loader = {line}
for epoch in range(2):
    batches = [batch for batch, in loader]
    assert [len(batch) for batch in batches] == [16, 16, 16, 2]
    assert sorted(torch.cat(batches).tolist()) == list(range(50)) and torch.cat(batches).tolist() != list(range(50))
assert loader.num_workers == {workers}"
        );
        run("the line to paste", scratch.path(), &checked(code, &check));
    }
}

#[test]
fn shards_are_written_as_the_chapter_says() {
    let chapter = include_str!("../../chapter.md");
    let blocks = chapter.split("```python\n").skip(1).filter_map(|rest| rest.split_once("\n```").map(|(code, _)| code));
    let code = blocks.into_iter().find(|code| code.contains("tarfile")).unwrap();
    if !has("tarfile") {
        println!("skipped: there is no {}", python());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |number: u32| folder.path().join(format!("{number}.jpg"));
    for number in 0..20 {
        std::fs::write(path(number), picture::jpeg(3, number).unwrap()).unwrap();
    }
    let paths =
        (0..20).map(|number| format!("{:?}", path(number).display().to_string())).collect::<Vec<_>>().join(", ");
    run("chapter.md", folder.path(), &format!("paths = [{paths}]\n{code}\n"));
    let tar = loading::Tar::open(&folder.path().join("train-000.tar")).unwrap();
    let mut bucket = loading::Bucket::default();
    loading::Source::fetch(&tar, &(0..20).collect::<Vec<_>>(), &mut bucket);
    let mut found: Vec<&[u8]> = (0..20).map(|place| bucket.sample(place).unwrap()).collect();
    let mut expected: Vec<Vec<u8>> = (0..20).map(|number| std::fs::read(path(number)).unwrap()).collect();
    assert_ne!(found, expected, "they are shuffled");
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
