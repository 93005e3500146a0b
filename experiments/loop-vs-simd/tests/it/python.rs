//! The Python lane, through the worker protocol, beside the Rust lanes.

use std::path::Path;

use loop_vs_simd::experiment;
use testing::python::{Worker, has, python};

use crate::support::{KERNELS, TYPES, disagreement, task};

/// The lane's worker; `None` without Python.
fn start(folder: &Path) -> Option<Worker> {
    if !has("sys") {
        println!("skipped: {} does not start", python());
        return None;
    }
    Some(Worker::start(Path::new(env!("CARGO_MANIFEST_DIR")), "loops.py", folder))
}

#[test]
fn python_gives_the_answers_of_the_rust_lanes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(mut worker) = start(folder.path()) else { return };
    let mut compared = 0;
    for kernel in KERNELS {
        for dtype in TYPES {
            if (kernel, dtype) == ("sigmoid", "i64") {
                continue;
            }
            // An odd number of elements, more than NumPy makes at a time.
            let at = |variant| task(variant, kernel, dtype, 100_040, folder.path());
            let mut rust = experiment().prepare(&at("scalar")).unwrap_or_else(|e| panic!("{e:?}"));
            let expected = (rust.work)().expect("an answer");
            for variant in ["python-loop", "python-builtin", "numpy", "numpy-reuse"] {
                match worker.answer(&at(variant)) {
                    Ok((answer, ready)) => {
                        let why = disagreement(&answer, &expected, dtype);
                        assert_eq!(why, None, "{variant} {kernel} {dtype}");
                        for (name, fact) in &rust.facts {
                            assert_eq!(ready.facts.get(name), Some(fact), "{variant} {kernel} {dtype}: {name}");
                        }
                        for name in ["ceiling", "dtype", "passes", "threads"] {
                            assert_eq!(
                                ready.settings.get(name),
                                Some(&rust.settings[name]),
                                "{variant} {kernel} {dtype}: {name}"
                            );
                        }
                        compared += 1;
                    }
                    Err(reason) if reason.contains("NumPy is not installed") => {
                        eprintln!("skipped {variant}: {reason}");
                    }
                    Err(reason) => {
                        let single = dtype == "f32" && reason.contains("double precision");
                        let nothing = variant == "numpy-reuse" && reason.contains("no output to reuse");
                        assert!(single || nothing, "{variant} {kernel} {dtype}: {reason}");
                    }
                }
            }
        }
    }
    assert!(compared >= 18, "only {compared} cases were compared");
}

#[test]
fn without_numpy_the_numbers_are_kept_for_the_next_launch() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = task("python-loop", "sum", "i64", 8192, folder.path());
    let Some(mut worker) = start(folder.path()) else { return };
    let (first, _) = worker.answer(&at).expect("an answer");
    let kept = || std::fs::read_dir(folder.path()).expect("the folder").flatten().map(|e| e.path());
    let Some(file) = kept().find(|path| path.extension().is_some_and(|ext| ext == "bits20")) else {
        eprintln!("skipped: NumPy is here, which makes them anew");
        return;
    };
    drop(worker);
    // A file that was cut short is made again.
    std::fs::write(&file, b"short").expect("the file");
    let mut worker = start(folder.path()).expect("Python is here");
    assert_eq!(worker.answer(&at).expect("an answer").0, first);
    assert_eq!(std::fs::metadata(&file).expect("the file").len(), 4096);
}
