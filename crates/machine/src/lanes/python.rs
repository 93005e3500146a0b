//! The user's Python interpreter and its packages: one start, and nothing is imported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use results::Lane;
use serde::Deserialize;

use super::program::{find, run};
use crate::cuda;

/// Environment variable that names the interpreter.
const VARIABLE: &str = "BENCHBOOK_PYTHON";

/// A package that runs variants.
struct Package {
    /// Id of the lane.
    id: &'static str,
    /// Names under which it is distributed, the usual one first.
    distributions: &'static [&'static str],
    /// What it adds to the guide.
    adds: &'static str,
}

const PACKAGES: &[Package] = &[
    Package {
        id: "numpy",
        distributions: &["numpy"],
        adds: "NumPy beside the Python loop and the Rust kernels, as most ML code is written",
    },
    Package {
        id: "pyarrow",
        distributions: &["pyarrow"],
        adds: "reading and writing Parquet and Arrow files with PyArrow",
    },
    Package { id: "duckdb", distributions: &["duckdb"], adds: "SQL on files with DuckDB" },
    Package {
        id: "polars",
        distributions: &["polars", "polars-lts-cpu", "polars-u64-idx", "polars-lts-cpu-rt"],
        adds: "Polars as it is called from Python",
    },
    Package { id: "fastavro", distributions: &["fastavro"], adds: "reading and writing Avro from Python" },
    Package { id: "scipy", distributions: &["scipy"], adds: "sparse matrices as they are multiplied from Python" },
    Package { id: "sklearn", distributions: &["scikit-learn"], adds: "classical models with scikit-learn" },
    Package { id: "torch", distributions: &["torch"], adds: "neural networks and data loading with PyTorch" },
    Package { id: "pillow", distributions: &["pillow"], adds: "decoding images in PyTorch's data loader" },
    Package { id: "pyspark", distributions: &["pyspark"], adds: "the cluster engine Spark, started locally" },
];

/// Prints version, path, the folders that hold NVIDIA's libraries, and the versions of the distributions in its arguments, as one line of JSON.
///
/// The folder that it starts in is taken off the search path first: a file `json.py` there would be imported.
const SCRIPT: &str = r#"
import sys
sys.path[:] = [p for p in sys.path if p not in ("", ".")]
import json, os
found = {}
try:
    from importlib import metadata
except ImportError:
    metadata = None
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except Exception:
        pass
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "path": sys.executable,
    "usable": metadata is not None,
    "packages": found,
    "nvidia": [p for p in sys.path if os.path.isdir(os.path.join(p, "nvidia"))],
}))
"#;

/// What the script prints.
#[derive(Debug, Deserialize)]
struct Report {
    version: String,
    path: Option<String>,
    usable: bool,
    packages: BTreeMap<String, Option<String>>,
    /// Folders of packages with some of NVIDIA's among them.
    #[serde(default)]
    nvidia: Vec<PathBuf>,
}

/// An interpreter that was named or found.
struct Interpreter {
    path: Option<PathBuf>,
    /// Where the name came from, for messages.
    origin: &'static str,
}

/// An interpreter and what it answered.
pub(super) struct Answer {
    interpreter: Interpreter,
    report: Result<Report, String>,
}

/// Starts the given interpreter, else `$BENCHBOOK_PYTHON`, else that on the search path, and asks what it has.
pub(super) fn ask_interpreter(given: Option<&Path>, limit: Duration) -> Answer {
    Answer::of(interpreter(given), limit)
}

fn interpreter(given: Option<&Path>) -> Interpreter {
    if let Some(path) = given {
        return Interpreter { path: Some(path.to_path_buf()), origin: "as asked for" };
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return Interpreter { path: Some(PathBuf::from(path)), origin: "named by BENCHBOOK_PYTHON" };
    }
    Interpreter { path: find(&["python3", "python"]), origin: "found on the search path" }
}

impl Answer {
    fn of(interpreter: Interpreter, limit: Duration) -> Self {
        let report = ask(&interpreter, limit);
        Self { interpreter, report }
    }

    /// Folders of libraries that came with its packages: PyTorch brings NVIDIA's along.
    pub(super) fn nvidia_folders(&self) -> Vec<PathBuf> {
        let packages = self.report.iter().flat_map(|report| &report.nvidia);
        packages.flat_map(|folder| cuda::python_folders(folder)).collect()
    }

    /// The interpreter's lane, then one for each package.
    pub(super) fn lanes(&self, has_java: bool) -> Vec<Lane> {
        let report = self.report.as_ref();
        let path = self.interpreter.path.as_ref().map(|path| path.display().to_string());
        let mut lanes = vec![Lane {
            id: "python".to_owned(),
            version: report.ok().map(|report| report.version.clone()),
            path: report.ok().and_then(|report| report.path.clone()).or(path),
            missing: report.err().cloned(),
            adds: "the plain Python loop, and the packages below".to_owned(),
        }];
        lanes.extend(PACKAGES.iter().map(|package| lane(package, &self.report, has_java)));
        lanes
    }
}

fn ask(interpreter: &Interpreter, limit: Duration) -> Result<Report, String> {
    let get = format!("install Python 3.8 or newer, or name an interpreter in {VARIABLE}");
    let Some(path) = &interpreter.path else {
        return Err(format!("python3 was not found on the search path; {get}"));
    };
    let mut arguments = vec!["-c", SCRIPT];
    arguments.extend(PACKAGES.iter().flat_map(|package| package.distributions));
    let origin = interpreter.origin;
    let output = run(path, &arguments, limit).map_err(|why| format!("{why} ({origin}); {get}"))?;
    // A site hook may print before the script does: the answer is the last line.
    let line = output.stdout.lines().next_back().unwrap_or_default();
    let report: Report = serde_json::from_str(line).map_err(|_| {
        format!(
            "{} ({origin}) is not a Python 3 interpreter that works here ({}); {get}",
            path.display(),
            output.ending()
        )
    })?;
    if !report.usable {
        return Err(format!("Python {} ({origin}) is too old; {get}", report.version));
    }
    Ok(report)
}

fn lane(package: &Package, report: &Result<Report, String>, has_java: bool) -> Lane {
    let mut lane =
        Lane { id: package.id.to_owned(), version: None, path: None, missing: None, adds: package.adds.to_owned() };
    let name = package.distributions[0];
    match report {
        Err(_) => lane.missing = Some(format!("there is no Python to run it; then: pip install {name}")),
        Ok(report) => {
            let version = package.distributions.iter().find_map(|name| report.packages.get(*name)?.clone());
            let python = report.path.as_deref().unwrap_or("python3");
            lane.missing = match &version {
                None => Some(format!("not installed for {python}; {python} -m pip install {name}")),
                Some(version) if package.id == "pyspark" && !has_java => {
                    Some(format!("PySpark {version} is installed, but Java is not; see the lane java"))
                }
                Some(_) => None,
            };
            lane.version = version.filter(|_| lane.missing.is_none());
            lane.path = report.path.clone().filter(|_| lane.missing.is_none());
        }
    }
    lane
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    /// A stand-in for an interpreter.
    ///
    /// A shell writes it: a file that this process had open for writing might, through another test that starts a program
    /// at that moment, still count as open, and cannot be started then.
    fn script(folder: &Path, body: &str) -> Interpreter {
        let path = folder.join("python3");
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", r#"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod 755 "$2""#, "sh", body])
            .arg(&path)
            .status();
        assert!(status.unwrap().success());
        Interpreter { path: Some(path), origin: "as asked for" }
    }

    fn get<'a>(lanes: &'a [Lane], id: &str) -> &'a Lane {
        lanes.iter().find(|lane| lane.id == id).unwrap()
    }

    #[test]
    fn packages_and_how_to_get_them() {
        let folder = tempfile::tempdir().unwrap();
        let body = r#"echo "hello from a site hook"
echo '{"version": "3.12.1", "path": "/opt/py/bin/python3", "usable": true,
"packages": {"numpy": "2.1.0", "polars-lts-cpu": "1.30.0", "pyspark": "4.0.0", "torch": null}}' | tr -d '\n'"#;
        let lanes = Answer::of(script(folder.path(), body), LIMIT).lanes(false);
        assert_eq!(get(&lanes, "python").version.as_deref(), Some("3.12.1"));
        assert_eq!(get(&lanes, "python").path.as_deref(), Some("/opt/py/bin/python3"));
        assert_eq!(get(&lanes, "numpy").version.as_deref(), Some("2.1.0"));
        assert_eq!(get(&lanes, "polars").version.as_deref(), Some("1.30.0"));
        assert_eq!(
            get(&lanes, "sklearn").missing.as_deref(),
            Some("not installed for /opt/py/bin/python3; /opt/py/bin/python3 -m pip install scikit-learn")
        );
        assert_eq!(get(&lanes, "torch").version, None);
        let spark = get(&lanes, "pyspark");
        assert!(spark.version.is_none() && spark.missing.as_deref().unwrap().contains("Java"), "{spark:?}");
    }

    #[test]
    fn bad_interpreters_say_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        for (body, expected) in [
            ("echo 'SyntaxError: invalid syntax' >&2; exit 1", "exit code 1: SyntaxError: invalid syntax"),
            ("echo hello", "is not a Python 3 interpreter"),
            ("kill -9 $$", "ended by a signal"),
            (
                r#"echo '{"version":"3.6.9","path":null,"usable":false,"packages":{}}'"#,
                "Python 3.6.9 (as asked for) is too old",
            ),
        ] {
            let lanes = Answer::of(script(folder.path(), body), LIMIT).lanes(true);
            let missing = get(&lanes, "python").missing.clone().unwrap();
            assert!(missing.contains(expected), "{body}: {missing}");
            assert!(get(&lanes, "numpy").missing.as_deref().unwrap().contains("pip install numpy"));
        }
        let lanes = Answer::of(script(folder.path(), "sleep 600"), Duration::from_millis(100)).lanes(true);
        let missing = get(&lanes, "python").missing.clone().unwrap();
        assert!(missing.contains("did not answer within 0.1 seconds"), "{missing}");
    }
}
