//! The code that the chapter tells its readers to copy.

use std::process::Command;

use testing::chapter;
use testing::python::{has, python, run};

const CHAPTER: &str = include_str!("../../chapter.md");

#[test]
fn the_rust_code_compiles_and_adds_up() {
    let blocks = chapter::code(CHAPTER, "rust");
    assert_eq!(blocks.len(), 2);
    if !cfg!(target_arch = "x86_64") {
        eprintln!("skipped: the chapter's example is for x86-64");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (source, program) = (folder.path().join("main.rs"), folder.path().join("main"));
    let main = "fn main() {
        for n in [0, 1, 31, 32, 33, 1000] {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(fast_sum(&x), x.iter().sum::<f64>());
            assert_eq!(sum(&x), x.iter().sum::<f64>());
        }
    }";
    std::fs::write(&source, format!("{}\n{main}\n", blocks.concat())).expect("a source file");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled =
        match Command::new(compiler).args(["--edition=2024", "-Dwarnings", "-o"]).args([&program, &source]).output() {
            Ok(compiled) => compiled,
            Err(e) => {
                eprintln!("skipped: rustc does not start ({e})");
                return;
            }
        };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(&program).output().expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn the_python_code_runs() {
    let blocks = chapter::code(CHAPTER, "python");
    assert_eq!(blocks.len(), 2);
    for (block, package) in blocks.iter().zip(["numpy", "polars"]) {
        assert!(block.starts_with(&format!("import {package} as ")), "{block}");
        if has(package) {
            run("chapter.md", block);
        } else {
            eprintln!("skipped: {} has no {package}", python());
        }
    }
}
