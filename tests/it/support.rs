//! A temporary folder and the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A working folder of its own, removed at the end.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a command did.
pub(crate) struct Did {
    /// Exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders that it needs.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_benchbook"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Runs `benchbook` with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Did {
        did(self.command(arguments).output().expect("it starts"))
    }

    /// Runs it and expects that it succeeds.
    pub(crate) fn good(&self, arguments: &[&str]) -> Did {
        let did = self.run(arguments);
        assert_eq!(did.code, Some(0), "{arguments:?}\n{}\n{}", did.out, did.err);
        did
    }

    /// Every results file, the oldest first.
    pub(crate) fn results(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("results")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if entry.path().extension().is_some_and(|ext| ext == "jsonl") {
                    found.push(entry.path());
                }
            }
        }
        found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
        found
    }

    /// The newest results file, read.
    pub(crate) fn newest(&self) -> results::Run {
        results::file::read(self.results().last().expect("there is one")).expect("readable")
    }
}

pub(crate) fn did(output: Output) -> Did {
    Did {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Every file below a folder, relative, sorted.
pub(crate) fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("below").display().to_string());
            }
        }
    }
    found.sort();
    found
}
