//! The programs that can run variants, found or not: each says what it adds, and a missing one how to get it.

mod apart;
mod gpu;
mod program;
mod python;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use results::Lane;

pub use gpu::environment as gpu_environment;
use program::{Output, find, run};

/// A program that does not tell its version in this time is not usable for measuring either.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks for every lane. Starts `python3`, `java` and programs that are built apart once each, for at most ten seconds.
///
/// The interpreter is the given one, else `$BENCHBOOK_PYTHON`, else `python3` or `python` on the search path.
#[must_use]
pub fn lanes(python: Option<&Path>) -> Vec<Lane> {
    // Starting programs is all waiting: side by side it takes as long as the slowest.
    thread::scope(|scope| {
        let java = scope.spawn(java);
        let cuda = scope.spawn(gpu::driver);
        let apart = scope.spawn(|| apart::lanes(PATIENCE));
        let packages = python::ask_interpreter(python, PATIENCE);
        let folders = packages.nvidia_folders();
        let java = java.join().unwrap_or_else(|_| lost("java"));
        let mut lanes = vec![this_binary()];
        lanes.extend(apart.join().unwrap_or_default());
        lanes.extend(packages.lanes(java.version.is_some()));
        lanes.push(java);
        lanes.extend(gpu::lanes(cuda.join().unwrap_or_else(|_| lost("cuda")), &folders));
        lanes
    })
}

/// A search that ended in a panic: not worth more than this lane.
fn lost(id: &str) -> Lane {
    Lane {
        id: id.to_owned(),
        version: None,
        path: None,
        missing: Some("looking for it failed; please report this".to_owned()),
        adds: "could not be found out".to_owned(),
    }
}

fn this_binary() -> Lane {
    Lane {
        id: "rust".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        path: std::env::current_exe().ok().map(|path| path.display().to_string()),
        missing: None,
        adds: "every variant that Benchbook brings along: plain Rust, SIMD, all cores, Polars".to_owned(),
    }
}

fn java() -> Lane {
    let home = std::env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin").join("java"));
    let found = home.filter(|path| path.is_file()).or_else(|| find(&["java"]));
    let answer = match &found {
        None => Err("java was not found".to_owned()),
        Some(path) => run(path, &["-version"], PATIENCE).and_then(|output| java_version(&output)),
    };
    let get = "install Java 17 or newer, for example: apt-get install openjdk-17-jre-headless";
    Lane {
        id: "java".to_owned(),
        version: answer.as_ref().ok().cloned(),
        path: found.map(|path| path.display().to_string()),
        missing: answer.err().map(|why| format!("{why}; {get}")),
        adds: "what PySpark runs on".to_owned(),
    }
}

/// From `openjdk version "17.0.15" 2025-04-15`, which Java writes to stderr.
fn java_version(output: &Output) -> Result<String, String> {
    let version = output
        .stderr
        .lines()
        .chain(output.stdout.lines())
        .find_map(|line| line.split_once("version \"")?.1.split_once('"'))
        .map(|(version, _)| version.to_owned());
    version.ok_or_else(|| format!("java did not tell its version ({})", output.ending()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_versions() {
        let output = |stderr: &str| Output { stdout: String::new(), stderr: stderr.to_owned(), code: Some(0) };
        for (text, expected) in [
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime", Some("17.0.15")),
            ("Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njava version \"1.8.0_401\"\n", Some("1.8.0_401")),
            ("Unable to locate a Java Runtime.", None),
            ("", None),
        ] {
            assert_eq!(java_version(&output(text)).ok().as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn every_lane_is_found_or_says_why_not() {
        let lanes = lanes(Some(Path::new("/does/not/exist/python3")));
        let ids: Vec<&str> = lanes.iter().map(|lane| lane.id.as_str()).collect();
        for id in [
            "rust",
            "table-formats",
            "python",
            "numpy",
            "pyarrow",
            "duckdb",
            "polars",
            "fastavro",
            "sklearn",
            "torch",
            "pyspark",
            "cuda",
            "nvrtc",
            "cublaslt",
        ] {
            assert_eq!(ids.iter().filter(|other| **other == id).count(), 1, "{id}");
        }
        for lane in &lanes {
            assert_ne!(lane.version.is_some(), lane.missing.is_some(), "{lane:?}");
            assert!(!lane.adds.is_empty());
        }
        let python = lanes.iter().find(|lane| lane.id == "python").unwrap();
        assert!(python.missing.as_deref().unwrap().contains("/does/not/exist/python3"), "{python:?}");
    }
}
