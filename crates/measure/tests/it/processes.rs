//! Real processes: each kind of trouble becomes its own reason.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use measure::Task;
use measure::launch::{Launcher, Processes, Program, Trouble, Worker};
use results::{Cell, Point, Unit};

pub(crate) const GREETING: &str = r#"echo '{"protocol":1}';"#;
pub(crate) const READY: &str = r#"read line; echo '{"reply":"prepared"}';"#;

fn launch(script: &str) -> Result<Box<dyn Worker>, Trouble> {
    let command = ["/bin/sh", "-c", script].map(str::to_owned).into();
    Processes.launch(&Program { command, environment: Vec::new() })
}

pub(crate) fn task() -> Task {
    Task {
        experiment: "demo".into(),
        variant: "a".into(),
        params: BTreeMap::new(),
        point: Point::new(),
        numbers: BTreeMap::new(),
        seed: 1,
        launch: 0,
        threads: 1,
        scratch: "/tmp".into(),
        table: None,
        dataset: None,
        images: None,
        storage: Vec::new(),
        columns: BTreeMap::new(),
    }
}

/// What becomes of a worker that behaves like `script` after its greeting.
fn trouble(script: &str) -> String {
    let limit = Duration::from_millis(300);
    let outcome = launch(&format!("{GREETING} {script}")).and_then(|mut worker| {
        worker.prepare(&task(), limit)?;
        worker.run(1, limit).map(|sampled| format!("{sampled:?}"))
    });
    match outcome {
        Ok(text) => text,
        Err(Trouble::Skip(reason)) => format!("skip: {reason}"),
        Err(Trouble::Fail(reason)) => format!("fail: {reason}"),
        Err(Trouble::TimedOut(limit)) => format!("timed out: {limit:?}"),
    }
}

#[test]
fn each_kind_of_trouble_has_its_own_reason() {
    let table = [
        ("read line; echo 'Segfault? no, just chatting'", "not the worker protocol"),
        ("read line; kill -SEGV $$", "crashed with signal 11"),
        ("read line; kill -KILL $$", "killed by signal 9"),
        ("read line; echo 'out of cheese' >&2; exit 3", "out of cheese"),
        ("read line; sleep 60", "timed out: 300ms"),
        (r#"read line; echo '{"reply":"skip","reason":"no such unit"}'"#, "skip: no such unit"),
        (r#"read line; echo '{"reply":"fail","reason":"bad column"}'"#, "fail: bad column"),
        (r#"read line; echo '{"reply":"ran","wall_ns":1,"answer":{"rows":1}}'"#, "asked to prepare"),
        ("read line; head -c 3000000 /dev/zero | tr '\\0' x", "not the worker protocol"),
    ];
    for (script, expected) in table {
        let text = trouble(script);
        assert!(text.contains(expected), "{script}: {text}");
    }
}

#[test]
fn a_worker_that_behaves_is_measured() {
    let text = trouble(&format!(
        r#"{READY} read line; echo '{{"reply":"ran","wall_ns":77,"answer":{{"rows":5}}}}'; read line"#
    ));
    assert!(text.contains("wall_ns: 77") && text.contains("rows: 5"), "{text}");
}

#[test]
fn a_program_that_is_not_there_or_speaks_another_version_is_named() {
    let missing = Program { command: vec!["/no/such/program".into()], environment: Vec::new() };
    assert!(matches!(Processes.launch(&missing), Err(Trouble::Fail(reason)) if reason.contains("/no/such/program")));
    let newer = launch(r#"echo '{"protocol":2}'; sleep 5"#);
    assert!(matches!(newer, Err(Trouble::Fail(reason)) if reason.contains("version 2")));
}

#[test]
fn no_worker_outlives_its_handle() {
    let begun = Instant::now();
    let worker = launch(&format!("{GREETING} sleep 600")).expect("greets");
    drop(worker);
    assert!(begun.elapsed() < Duration::from_secs(30), "a stuck worker is not waited for");
}

/// The Python side speaks the same protocol; skipped, with a word, where there is no Python.
#[test]
fn a_variant_may_be_a_python_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let (name, text) = measure::PYTHON_HELPER;
    std::fs::write(folder.path().join(name), text).expect("written");
    let script = folder.path().join("lane.py");
    let text = r#"
import benchbook_worker

def prepare(task):
    if task["variant"] == "none":
        raise benchbook_worker.Skip("no such variant")
    print("noise that must not reach the protocol")
    if task["variant"] == "nan":
        return {"work": lambda: {"rows": 3}, "trials": {"recall": [1.0, float("nan")]}}
    return {
        "work": lambda: {"rows": 3, "values": [1.5]},
        "settings": {"threads": 1},
        "facts": {"rows": 3},
        "trials": {"seed": [benchbook_worker.trial_seed(task, i) for i in range(2)]},
        "tables": {"t": {
            "columns": [{"label": "Column"}, {"label": "Size", "unit": "B"}],
            "rows": [[benchbook_worker.column("user_id"), 12], ["ours", None], ["not a number", float("inf")]] * 100,
        }},
    }

benchbook_worker.run(prepare)
"#;
    std::fs::write(&script, text).expect("written");
    let command = vec!["python3".to_owned(), script.display().to_string()];
    let launched = Processes.launch(&Program { command, environment: Vec::new() });
    let mut worker = match launched {
        Err(Trouble::Fail(reason)) if reason.contains("does not start") => {
            eprintln!("skipped: {reason}");
            return;
        }
        other => other.expect("greets"),
    };
    let limit = Duration::from_secs(20);
    let ready = worker.prepare(&Task { launch: 2, ..task() }, limit).expect("prepares");
    assert_eq!((ready.settings["threads"].as_str(), ready.facts["rows"]), ("1", 3.0));
    assert_eq!(ready.trials["seed"], [2001.0, 2002.0]);
    let table = &ready.tables["t"];
    assert_eq!((table.rows.len(), table.more, table.columns[1].unit), (200, 100, Unit::Bytes));
    assert_eq!(table.rows[0], [Cell::Column("user_id".into()), Cell::Number(12.0)]);
    assert_eq!(table.rows[2], [Cell::from("not a number"), Cell::Missing]);
    let sampled = worker.run(10, limit).expect("runs");
    assert_eq!((sampled.ran.answer.rows, sampled.ran.answer.values), (3, vec![1.5]));
    let unspoken = worker.prepare(&Task { variant: "nan".into(), ..task() }, limit);
    assert!(matches!(&unspoken, Err(Trouble::Fail(reason)) if reason.contains("'recall' is nan")), "{unspoken:?}");
    let other = Task { variant: "none".into(), ..task() };
    assert_eq!(worker.prepare(&other, limit), Err(Trouble::Skip("no such variant".into())));
}
