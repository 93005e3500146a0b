//! Benchbook's own programs that are built apart: each is a folder of `lanes/` with a workspace of its own, because what it is
//! built with would make every build of Benchbook longer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use results::Lane;

use super::program::run;

/// A program that is built apart.
struct Program {
    /// Id of the lane, name of the folder, and the last part of the program's name.
    id: &'static str,
    /// What it adds to the guide.
    adds: &'static str,
}

const PROGRAMS: &[Program] = &[Program {
    id: "table-formats",
    adds: "tables in Delta Lake and Apache Iceberg, written and read by the formats' own crates",
}];

/// Environment variable that names a folder of such programs; no other place is looked at then.
const VARIABLE: &str = "BENCHBOOK_LANES";

/// Looks for every such program, and asks each that is there for its version.
pub(super) fn lanes(limit: Duration) -> Vec<Lane> {
    PROGRAMS.iter().map(|program| lane(program, &places(program.id), limit)).collect()
}

/// Where a program may lie: beside this one, or where cargo puts it. A release build does not take a debug build's word for
/// how fast something is.
fn places(id: &str) -> Vec<PathBuf> {
    if let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        return vec![PathBuf::from(folder)];
    }
    let Ok(here) = std::env::current_exe() else { return Vec::new() };
    let profiles: &[&str] = if cfg!(debug_assertions) { &["debug", "release"] } else { &["release"] };
    let beside = here.parent().map(Path::to_path_buf);
    let built = here.ancestors().skip(1).flat_map(|root| {
        let target = root.join("lanes").join(id).join("target");
        profiles.iter().map(move |profile| target.join(profile))
    });
    beside.into_iter().chain(built).collect()
}

fn lane(program: &Program, places: &[PathBuf], limit: Duration) -> Lane {
    let name = format!("benchbook-{}", program.id);
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let found = places.iter().map(|place| place.join(&file)).find(|path| path.is_file());
    let answer = match &found {
        None => Err(format!("{name} is not built")),
        Some(path) => run(path, &["--version"], limit).and_then(|output| {
            let version = output.stdout.lines().next().and_then(|line| line.strip_prefix(&name)?.strip_prefix(' '));
            let version = version.map(|version| version.trim().to_owned()).filter(|version| !version.is_empty());
            version.ok_or_else(|| format!("{} is not {name} ({})", path.display(), output.ending()))
        }),
    };
    let get = format!("cargo build --release --manifest-path lanes/{}/Cargo.toml", program.id);
    Lane {
        id: program.id.to_owned(),
        version: answer.as_ref().ok().cloned(),
        path: found.map(|path| path.display().to_string()),
        missing: answer.err().map(|why| format!("{why}; {get}")),
        adds: program.adds.to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What the lane says of a program that is a shell script.
    fn with(body: &str) -> Lane {
        let folder = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", r#"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod 755 "$2""#, "sh", body])
            .arg(folder.path().join("benchbook-table-formats"))
            .status();
        assert!(status.unwrap().success());
        let nowhere = PathBuf::from("/does/not/exist");
        lane(&PROGRAMS[0], &[nowhere, folder.path().to_owned()], Duration::from_secs(10))
    }

    #[test]
    fn a_program_that_tells_its_version_is_there() {
        let lane = with("echo 'benchbook-table-formats 0.1.0 (deltalake 1.1.2)'");
        assert_eq!(lane.version.as_deref(), Some("0.1.0 (deltalake 1.1.2)"));
        assert!(lane.missing.is_none() && lane.path.unwrap().ends_with("benchbook-table-formats"));
    }

    #[test]
    fn other_programs_and_none_say_what_is_wrong_and_what_builds_it() {
        let command = "; cargo build --release --manifest-path lanes/table-formats/Cargo.toml";
        for (body, expected) in [
            ("echo something else 1.0", "is not benchbook-table-formats (exit code 0)"),
            ("echo benchbook-table-formats", "is not benchbook-table-formats"),
            ("echo oops >&2; exit 3", "exit code 3: oops"),
            ("kill -9 $$", "ended by a signal"),
        ] {
            let missing = with(body).missing.unwrap();
            assert!(missing.contains(expected) && missing.ends_with(command), "{body}: {missing}");
        }
        let none = lane(&PROGRAMS[0], &[], Duration::from_secs(1));
        assert_eq!(none.missing.unwrap(), format!("benchbook-table-formats is not built{command}"));
        assert_eq!((none.version, none.path), (None, None));
    }

    #[test]
    fn folders_above_this_program_are_looked_at() {
        let places = places("x");
        assert!(places.iter().any(|place| place.ends_with("lanes/x/target/release")), "{places:?}");
    }
}
