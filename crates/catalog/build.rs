//! Embeds every folder under `experiments/` that has an `experiment.toml`, with a hash of its measuring code.
//!
//! The reporting half needs the definitions and the prose, and must not compile the experiments (which need Polars): so
//! they are embedded as text here, found by their path.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use walkdir::WalkDir;
use xxhash_rust::xxh3::Xxh3;

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = here.join("../..").canonicalize().expect("the workspace exists");
    let folder = root.join("experiments");
    println!("cargo::rerun-if-changed={}", folder.display());

    // What every experiment's numbers depend on beside its own code.
    let mut shared = Xxh3::new();
    for part in ["crates/measure/src", "crates/dataset/src", "Cargo.lock"] {
        let path = root.join(part);
        println!("cargo::rerun-if-changed={}", path.display());
        hash_tree(&path, &mut shared);
    }

    let mut out = String::from("&[\n");
    let mut slugs: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("experiments/ exists")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.join("experiment.toml").is_file())
        .collect();
    slugs.sort();
    for path in slugs {
        let slug = path.file_name().and_then(|name| name.to_str()).expect("a folder name in UTF-8").to_owned();
        let mut code = shared.clone();
        hash_tree(&path.join("src"), &mut code);
        let mut files = String::new();
        for entry in WalkDir::new(&path).sort_by_file_name().into_iter().filter_map(Result::ok) {
            let name = entry.path().strip_prefix(&path).expect("below the folder");
            let text = name.to_str().expect("a file name in UTF-8").replace('\\', "/");
            if !entry.file_type().is_file()
                || name.starts_with("src")
                || name.starts_with("tests")
                || text == "Cargo.toml"
            {
                continue;
            }
            if name.extension().is_some_and(|ext| ext == "py") {
                hash_tree(entry.path(), &mut code);
            }
            let _ = writeln!(files, "            ({text:?}, include_str!({:?})),", entry.path());
        }
        let _ = write!(
            out,
            "    Folder {{\n        slug: {slug:?},\n        code: \"{:016x}\",\n        files: &[\n{files}        ],\n    }},\n",
            code.digest()
        );
    }
    out.push_str("]\n");
    let target = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("folders.rs");
    fs::write(target, out).expect("the build folder is writable");
}

fn hash_tree(path: &Path, hasher: &mut Xxh3) {
    for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_map(Result::ok) {
        if entry.file_type().is_file() && entry.path().extension().is_none_or(|ext| ext != "pyc") {
            hasher.update(entry.file_name().as_encoded_bytes());
            hasher.update(&fs::read(entry.path()).unwrap_or_default());
        }
    }
}
