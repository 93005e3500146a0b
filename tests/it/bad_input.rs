//! Bad input: exit code, message and what is kept.

use super::support::{Bench, tree};

/// The command fails with this code, and its message has these parts.
fn refused(bench: &Bench, arguments: &[&str], code: i32, parts: &[&str]) {
    let did = bench.run(arguments);
    assert_eq!(did.code, Some(code), "{arguments:?}\n{}\n{}", did.out, did.err);
    for part in parts {
        assert!(did.err.contains(part), "{arguments:?} does not say {part:?}: {}", did.err);
    }
    assert!(!did.err.contains("panicked"), "{}", did.err);
}

#[test]
fn data_that_cannot_be_used() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("empty")).expect("made");
    bench.write("nothing.csv", "");
    bench.write("cut.parquet", b"PAR1 and then the disk was full");
    bench.write("mixed/a.csv", "x,y\n1,2\n");
    bench.write("mixed/b.csv", "x,z\n1,2\n");
    let table: [(&str, &[&str]); 5] = [
        ("no/such/path.csv", &["no/such/path.csv"]),
        ("empty", &["empty"]),
        ("nothing.csv", &["nothing.csv"]),
        ("cut.parquet", &["cut.parquet"]),
        ("mixed", &["a.csv", "b.csv"]),
    ];
    for (data, parts) in table {
        refused(&bench, &["profile", data], 2, parts);
        refused(&bench, &["report", "--fake-clock", "--budget", "quick", "--data", data], 2, parts);
    }
    assert!(bench.results().is_empty(), "nothing was measured");
    assert!(!bench.path("report").exists(), "no site pretends to be one");
    assert_eq!(std::fs::read(bench.path("mixed/a.csv")).expect("untouched"), b"x,y\n1,2\n");
}

#[test]
fn results_files_that_cannot_be_used() {
    let bench = Bench::new();
    bench.write("newer.jsonl", "{\"kind\":\"run\",\"schema\":99,\"benchbook\":\"7.0.0\"}\n");
    bench.write("text.jsonl", "dear diary\n");
    bench.write("empty.jsonl", "");
    refused(&bench, &["render", "newer.jsonl"], 2, &["newer.jsonl", "99", "7.0.0"]);
    refused(&bench, &["render", "text.jsonl"], 2, &["text.jsonl", "not a Benchbook results file"]);
    refused(&bench, &["render", "empty.jsonl"], 2, &["empty"]);
    refused(&bench, &["render", "missing.jsonl"], 3, &["missing.jsonl"]);
    refused(&bench, &["render"], 2, &["benchbook report"]);
    refused(&bench, &["check", "--baseline", "text.jsonl", "text.jsonl"], 2, &["text.jsonl"]);
    assert!(!bench.path("report").exists());
}

#[test]
fn a_results_file_that_cannot_be_read_stops_no_run() {
    let bench = Bench::new();
    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    let folder = bench.results()[0].parent().expect("a folder").to_owned();
    std::fs::write(folder.join("99990101-000000-000-00001.jsonl"), "rubbish\n").expect("written");
    let did = bench.good(&["run", "--fake-clock", "--budget", "quick", "--seed", "2"]);
    assert!(did.err.contains("left out") && did.err.contains("99990101"), "{}", did.err);
}

#[test]
fn flags_and_settings_that_cannot_be_used() {
    let bench = Bench::new();
    refused(&bench, &["report", "--budget", "soon"], 2, &["soon", "90s"]);
    refused(&bench, &["report", "--margin", "0"], 2, &["margin"]);
    refused(&bench, &["report", "--experiments", "nope"], 2, &["nope", "loop-vs-simd"]);
    refused(&bench, &["report", "--nonsense"], 2, &["--nonsense"]);
    refused(&bench, &["report", "--config", "no.toml"], 3, &["no.toml"]);
    bench.write("a.toml", "budgte = \"quick\"\n");
    refused(&bench, &["report", "--config", "a.toml"], 2, &["a.toml", "budgte"]);
    bench.write("b.toml", "[frequencies]\nread = -1\n");
    refused(&bench, &["report", "--config", "b.toml"], 2, &["b.toml", "read"]);
    bench.write("c.toml", "[[lane]]\nexperiment = \"nope\"\nid = \"x\"\nlabel = \"x\"\ncommand = [\"x\"]\n");
    refused(&bench, &["report", "--config", "c.toml"], 2, &["nope"]);
    assert!(tree(&bench.path("")).iter().all(|f| !f.ends_with(".html")));
}

#[test]
fn a_site_is_not_written_over_a_strangers_folder() {
    let bench = Bench::new();
    bench.write("mine/thesis.txt", "three years of work");
    refused(&bench, &["report", "--fake-clock", "--budget", "quick", "--out", "mine"], 2, &["mine"]);
    assert!(bench.results().is_empty(), "it is refused before anything is measured");
    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    refused(&bench, &["render", "--out", "mine"], 2, &["mine"]);
    assert_eq!(tree(&bench.path("mine")), ["thesis.txt"]);
}

/// A full disk: a small memory file system, where a user namespace allows one; otherwise skipped with a word.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_no_finished_case() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("results")).expect("made");
    let binary = env!("CARGO_BIN_EXE_benchbook");
    let script = format!(
        "mount -t tmpfs -o size=160k none results || exit 77; {binary} run --fake-clock --budget quick --experiments loop-vs-simd; \
         code=$?; cp results/*/*.jsonl . ; exit $code"
    );
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(bench.path(""))
        .output();
    let did = match output {
        Ok(output) => super::support::did(output),
        Err(e) => return eprintln!("skipped: unshare does not start: {e}"),
    };
    if did.code == Some(77) || did.err.contains("unshare") {
        return eprintln!("skipped: no mount here: {}", did.err);
    }
    assert_eq!(did.code, Some(3), "{}\n{}", did.out, did.err);
    assert!(did.err.contains("finished cases are kept"), "{}", did.err);
    let kept = tree(&bench.path("")).into_iter().find(|f| f.ends_with(".jsonl")).expect("a file");
    let run = results::file::read(&bench.path(&kept)).expect("readable");
    assert!(!run.cases.is_empty(), "what was finished is there");
}
