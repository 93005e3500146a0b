//! Turns the registry lines of `Cargo.toml` into the table of experiments, so that there is one list and not two.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let manifest = here.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", manifest.display());
    let text = fs::read_to_string(&manifest).expect("the manifest is readable");
    let manifest: toml::Table = text.parse().expect("cargo has parsed it before");
    let dependencies = manifest["dependencies"].as_table().expect("a table");

    let mut out = String::from("&[\n");
    for (name, entry) in dependencies {
        let path = entry.get("path").and_then(|path| path.as_str()).unwrap_or_default();
        if path.starts_with("../../experiments/") {
            let _ = writeln!(out, "    ({name:?}, {}::experiment),", name.replace('-', "_"));
        }
    }
    out.push_str("]\n");
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("experiments.rs");
    fs::write(target, out).expect("the build folder is writable");
}
