//! Every verb, on the fake clock where it measures.

use std::time::Duration;

use results::{Clock, Role};

use super::support::{Bench, did, tree};

const QUICK: [&str; 4] = ["report", "--fake-clock", "--budget", "quick"];

#[test]
fn a_report_is_a_site_and_a_results_file() {
    let bench = Bench::new();
    let did = bench.good(&QUICK);
    assert!(did.out.contains("site:"), "{}", did.out);
    let site = tree(&bench.path("report"));
    for page in ["index.html", "claims.html", "method.html", "machine.html", "data.html"] {
        assert!(site.iter().any(|f| f == page), "{page} in {site:?}");
    }
    for folder in catalog::FOLDERS {
        assert!(site.contains(&format!("{}.html", folder.slug)), "{}", folder.slug);
    }
    let run = bench.newest();
    assert_eq!(run.header.clock, Clock::Fake);
    assert!(run.end.is_some_and(|end| !end.interrupted && end.measured > 0));
    let planned: usize = run.experiments.iter().map(|e| e.planned.len()).sum();
    assert_eq!(run.cases.iter().filter(|c| c.role == Role::Measure).count(), planned, "every planned case is a row");
    assert!(run.cases.iter().any(|c| c.role == Role::Control), "there are A/A controls");
}

#[test]
fn an_unchanged_report_measures_nothing() {
    let bench = Bench::new();
    bench.good(&QUICK);
    let first = std::fs::read(bench.path("report/index.html")).expect("a site");
    let again = bench.good(&QUICK);
    assert!(again.err.contains("nothing has changed"), "{}", again.err);
    assert_eq!(bench.results().len(), 1, "no second file");
    assert_eq!(first, std::fs::read(bench.path("report/index.html")).expect("a site"), "the same page");
    bench.good(&["report", "--fake-clock", "--budget", "quick", "--seed", "8"]);
    assert_eq!(bench.results().len(), 2, "another seed is another run");
}

#[test]
fn the_same_seed_gives_the_same_samples() {
    let samples = || {
        let bench = Bench::new();
        bench.good(&["run", "--fake-clock", "--budget", "quick", "--seed", "3"]);
        bench.newest().cases.into_iter().map(|c| (c.id(), c.seconds(), c.outcome)).collect::<Vec<_>>()
    };
    assert_eq!(samples(), samples());
}

#[test]
fn nothing_is_left_behind() {
    let bench = Bench::new();
    bench.good(&QUICK);
    let left: Vec<String> = tree(&bench.path("results")).into_iter().filter(|f| f.contains("scratch")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_run_that_was_killed_is_resumed_and_loses_no_case() {
    let bench = Bench::new();
    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    let whole = bench.newest();
    let file = bench.results().remove(0);
    // As if it had been killed in the middle of a line, two thirds through.
    let bytes = std::fs::read(&file).expect("readable");
    std::fs::write(&file, &bytes[..bytes.len() * 2 / 3]).expect("written");
    let cut = results::file::read(&file).expect("a cut file is readable");
    assert!(cut.end.is_none() && !cut.cases.is_empty());

    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    let resumed = bench.newest();
    let end = resumed.end.clone().expect("finished");
    assert!(end.reused > 0 && end.measured > 0, "{end:?}");
    assert_eq!(resumed.cases.len(), whole.cases.len());
    let kept = cut.cases.iter().filter(|c| resumed.cases.contains(c)).count();
    assert!(kept + 20 > cut.cases.len(), "whole points are reused: {kept} of {}", cut.cases.len());
}

#[test]
fn two_runs_at_once_write_two_whole_files() {
    let bench = Bench::new();
    let start = || {
        let mut command = bench.command(&["run", "--fake-clock", "--budget", "quick", "--fresh"]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.spawn().expect("starts")
    };
    let mut both = [start(), start()];
    assert!(both.iter_mut().all(|child| child.wait().expect("ends").success()));
    let files = bench.results();
    assert_eq!(files.len(), 2);
    for file in files {
        let run = results::file::read(&file).expect("whole");
        assert!(run.warnings.is_empty() && run.end.is_some());
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_partial_run_that_renders() {
    let bench = Bench::new();
    let mut command = bench.command(&["report", "--budget", "60s", "--experiments", "loop-vs-simd"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("starts");
    // Wait until something was measured, then press Ctrl-C.
    let deadline = std::time::Instant::now() + Duration::from_secs(120);
    let measured = || {
        bench
            .results()
            .first()
            .and_then(|f| std::fs::read_to_string(f).ok())
            .is_some_and(|t| t.contains("\"kind\":\"case\""))
    };
    while !measured() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let did = did(child.wait_with_output().expect("ends"));
    assert_eq!(did.code, Some(130), "{}\n{}", did.out, did.err);
    let run = bench.newest();
    assert!(run.end.expect("an end record").interrupted);
    assert!(!run.cases.is_empty());
    assert!(bench.path("report/loop-vs-simd.html").is_file());
}

#[test]
fn render_compare_check_and_export_need_no_measuring() {
    let bench = Bench::new();
    bench.good(&["run", "--fake-clock", "--budget", "quick", "--seed", "1"]);
    bench.good(&["run", "--fake-clock", "--budget", "quick", "--seed", "2"]);
    let files: Vec<String> = bench.results().iter().map(|f| f.display().to_string()).collect();
    bench.good(&["render", "--out", "site"]);
    assert!(bench.path("site/index.html").is_file());

    let compared = bench.good(&["compare", &files[0], &files[1], "--out", "memo"]);
    assert!(compared.out.contains("geometric mean"), "{}", compared.out);
    assert!(!tree(&bench.path("memo")).is_empty());
    let json = bench.good(&["compare", &files[0], &files[1], "--json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&json.out).expect("JSON")[0]["rows"].is_array());

    let checked = bench.good(&["check", "--baseline", &files[0]]);
    assert!(checked.out.contains("slower beyond doubt"), "{}", checked.out);

    let csv = bench.good(&["export"]);
    let planned: usize = bench.newest().experiments.iter().map(|e| e.planned.len()).sum();
    assert!(csv.out.lines().count() > planned, "a row for each case");
    bench.good(&["export", "--format", "parquet", "-o", "cases.parquet"]);
    assert!(std::fs::read(bench.path("cases.parquet")).expect("written").starts_with(b"PAR1"));
    assert!(bench.good(&["export", "--format", "md"]).out.starts_with("| experiment |"));
    assert_eq!(bench.run(&["export", "--format", "xlsx"]).code, Some(2));
}

#[test]
fn check_finds_a_regression() {
    let bench = Bench::new();
    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    let file = bench.results().remove(0);
    // The same run, with every second of one experiment doubled.
    let mut slow = String::new();
    for line in std::fs::read_to_string(&file).expect("readable").lines() {
        let mut record: serde_json::Value = serde_json::from_str(line).expect("JSON");
        if record["kind"] == "case" && record["experiment"] == "loop-vs-simd" {
            for launch in record.get_mut("launches").and_then(|l| l.as_array_mut()).into_iter().flatten() {
                for sample in launch["samples"].as_array_mut().into_iter().flatten() {
                    sample["wall_ns"] = (sample["wall_ns"].as_u64().expect("a number") * 2).into();
                }
            }
        }
        slow += &format!("{record}\n");
    }
    let slow = bench.write("slow.jsonl", slow).display().to_string();
    let file = file.display().to_string();
    let did = bench.run(&["check", &slow, "--baseline", &file]);
    assert_eq!(did.code, Some(1), "{}{}", did.out, did.err);
    assert!(did.out.contains("slower: loop-vs-simd/"), "{}", did.out);
    assert_eq!(bench.run(&["check", &file, "--baseline", &slow]).code, Some(0), "faster is no regression");
}

#[test]
fn reproduce_prints_recorded_against_new() {
    let bench = Bench::new();
    bench.good(&["run", "--fake-clock", "--budget", "quick"]);
    let definition = catalog::folder("loop-vs-simd").expect("there").definition().expect("good");
    let id = format!("loop-vs-simd/{}", definition.chart[0].id);
    let did = bench.good(&["reproduce", &id, "--fake-clock"]);
    assert!(did.out.contains("recorded") && did.out.lines().count() > 3, "{}", did.out);
    for (id, hint) in [("loop-vs-simd", "experiment/chart"), ("loop-vs-simd/nope", "it has:"), ("nope/x", "there are:")]
    {
        let did = bench.run(&["reproduce", id, "--fake-clock"]);
        assert!(did.code == Some(2) && did.err.contains(hint), "{}", did.err);
    }
}

#[test]
fn list_doctor_and_profile_print_text_and_json() {
    let bench = Bench::new();
    let data = bench.write("t.csv", "day,n\n2024-01-01,1\n2024-01-02,2\n").display().to_string();
    for verb in [vec!["list"], vec!["doctor"], vec!["profile", &data]] {
        let plain = bench.good(&verb);
        assert!(plain.out.lines().count() > 2, "{verb:?}: {}", plain.out);
        let json = bench.good(&[verb.as_slice(), &["--json"]].concat());
        serde_json::from_str::<serde_json::Value>(&json.out).unwrap_or_else(|e| panic!("{verb:?}: {e}"));
    }
}

#[test]
fn progress_can_be_json() {
    let bench = Bench::new();
    let did = bench.good(&["run", "--fake-clock", "--budget", "quick", "--json"]);
    let events: Vec<serde_json::Value> =
        did.out.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
    assert_eq!(events.last().expect("events")["event"], "done");
    assert!(events.iter().any(|e| e["event"] == "case"));
}

#[test]
fn settings_come_from_the_file_and_flags_win() {
    let bench = Bench::new();
    bench.write(
        "benchbook.toml",
        "budget = \"quick\"\nseed = 5\nexperiments = [\"loop-vs-simd\"]\ntitle = \"Our guide\"\n",
    );
    bench.good(&["report", "--fake-clock", "--seed", "6"]);
    let run = bench.newest();
    assert_eq!((run.header.seed, run.experiments.len()), (6, 1));
    assert!(std::fs::read_to_string(bench.path("report/index.html")).expect("a page").contains("Our guide"));
}

#[test]
fn the_readers_own_program_joins_the_rounds() {
    let bench = Bench::new();
    let script = "printf '{\"protocol\":1}\\n'; while read l; do printf '{\"reply\":\"skip\",\"reason\":\"mine says no\"}\\n'; done";
    let program = bench.write("mine.sh", script).display().to_string();
    bench.write(
        "benchbook.toml",
        format!("[[lane]]\nexperiment = \"loop-vs-simd\"\nid = \"mine\"\nlabel = \"mine\"\ncommand = [\"/bin/sh\", {program:?}]\n"),
    );
    bench.good(&["run", "--budget", "2s", "--experiments", "loop-vs-simd"]);
    let run = bench.newest();
    let mine: Vec<_> = run.cases.iter().filter(|c| c.variant == "mine").collect();
    assert!(!mine.is_empty());
    assert!(mine.iter().all(|c| c.outcome.reason().is_some_and(|r| r == "mine says no")), "{:?}", mine[0].outcome);
}

#[test]
fn new_makes_a_folder_that_is_registered_once() {
    let bench = Bench::new();
    let manifest = include_str!("../../crates/registry/Cargo.toml");
    bench.write("crates/registry/Cargo.toml", manifest);
    bench.good(&["new", "my-idea"]);
    for file in ["Cargo.toml", "experiment.toml", "chapter.md", "claims.toml", "src/lib.rs"] {
        assert!(bench.path("experiments/my-idea").join(file).is_file(), "{file}");
    }
    catalog::read_definition(&bench.path("experiments/my-idea")).expect("a good definition");
    let registry = std::fs::read_to_string(bench.path("crates/registry/Cargo.toml")).expect("there");
    assert_eq!(registry.matches("my-idea = {").count(), 1);
    assert_eq!(bench.run(&["new", "my-idea"]).code, Some(2), "not twice");
    for slug in ["", "My-Idea", "a b", "-a", "../x", "1a"] {
        assert_eq!(bench.run(&["new", slug]).code, Some(2), "{slug:?}");
    }
}
