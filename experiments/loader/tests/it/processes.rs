//! Workers that are processes: this test's own program, which serves the worker protocol when it is asked to.

use std::path::Path;

use measure::{Experiment, Prepared, Refusal, Task};
use results::{Cell, Choice, Dataset};

use crate::{answer, feeding, prepare};

/// A file with this name in the scratch folder makes the worker that finds it end at once.
const DEADLY: &str = "deadly";

/// The experiment, whose worker processes may be killed by a file.
struct Mortal(Box<dyn Experiment>);

impl Experiment for Mortal {
    fn choose(&self, dataset: &Dataset) -> Result<Vec<Choice>, String> {
        self.0.choose(dataset)
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        let mut case = self.0.prepare(task)?;
        let deadly = task.scratch.join(DEADLY);
        let mut calls = 0;
        let work = move || {
            calls += 1;
            // The one that can remove it dies: one of several, in the middle of a pass.
            if calls == 2 && std::fs::remove_file(&deadly).is_ok() {
                std::process::exit(7);
            }
            (case.work)()
        };
        Ok(Prepared::new(work))
    }
}

/// Not a test: what [`by_processes`]'s worker processes run. The test's own words go to standard error, see there.
#[test]
#[ignore = "it serves the worker protocol on standard input"]
fn serve() {
    let experiment = Mortal(loader::experiment());
    let mut output = std::fs::File::options().write(true).open("/dev/fd/3").unwrap();
    let find = |_: &str| Some(&experiment as &dyn Experiment);
    measure::worker::serve(&find, &mut std::io::stdin().lock(), &mut output).unwrap();
}

fn by_processes(scratch: &Path, knobs: &str) -> Task {
    let mut task = feeding("processes", scratch);
    let this = std::env::current_exe().unwrap().display().to_string();
    // What a test prints before it runs is no word of the protocol.
    let apart = "exec 3>&1 1>&2; exec \"$0\" processes::serve --exact --ignored --nocapture";
    let program = ["/bin/sh", "-c", apart, &this];
    task.params.insert("program".to_owned(), serde_json::to_string(&program).unwrap());
    task.params.insert("knobs".to_owned(), knobs.to_owned());
    task
}

/// Processes that this test has started: those of its own thread.
fn children() -> usize {
    std::fs::read_to_string("/proc/thread-self/children").unwrap().split_whitespace().count()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "memory without a name is there on Linux alone")]
fn processes_bring_what_threads_bring_and_are_gone_afterwards() {
    let scratch = tempfile::tempdir().unwrap();
    let expected = answer(&mut prepare(&feeding("guide", scratch.path())).unwrap());
    let before = children();
    for (knobs, workers) in [("1x1", 1), ("2x2", 2), ("5x1", 5)] {
        let mut case = prepare(&by_processes(scratch.path(), knobs)).unwrap();
        assert_eq!(children(), before + workers, "{knobs}");
        assert_eq!(answer(&mut case).digest, expected.digest, "{knobs}");
        assert!(case.settings["fetch not told"].contains("worker process"));
    }
    assert!(children() <= before, "no process is left");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "memory without a name is there on Linux alone")]
fn a_process_that_dies_is_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let expected = answer(&mut prepare(&feeding("guide", scratch.path())).unwrap());
    std::fs::write(scratch.path().join(DEADLY), b"").unwrap();
    let mut case = prepare(&by_processes(scratch.path(), "2x2")).unwrap();
    assert!(!scratch.path().join(DEADLY).exists(), "one has died while it was warmed up");
    assert_eq!(answer(&mut case).digest, expected.digest);
    let [died] = &case.tables["troubles"].rows[..] else { panic!("{:?}", case.tables["troubles"]) };
    assert_eq!((&died[0], &died[1]), (&Cell::from("worker that died and was replaced"), &Cell::Number(1.0)));
    assert!(matches!(&died[2], Cell::Column(name) if name.starts_with("worker ")), "{died:?}");
    drop(case);
    assert_eq!(children(), 0, "neither the one that died nor its successor is left");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "memory without a name is there on Linux alone")]
fn a_process_that_dies_again_and_again_ends_the_case_with_a_reason() {
    let scratch = tempfile::tempdir().unwrap();
    let mut task = by_processes(scratch.path(), "1x1");
    // It greets, prepares, and dies of its first batch.
    let deadly = r#"echo '{"protocol":1}'; read line; echo '{"reply":"prepared"}'; read line; exit 9"#;
    let program = serde_json::to_string(&["/bin/sh", "-c", deadly]).unwrap();
    task.params.insert("program".to_owned(), program);
    match loader::experiment().prepare(&task) {
        Err(Refusal::Fail(error)) => {
            let error = format!("{error:#}");
            assert!(error.contains("worker 0 died 4 times") && error.contains("exit status: 9"), "{error}");
        }
        other => panic!("{:?}", other.map(|_| ()).err()),
    }
    assert_eq!(children(), 0);
}

#[test]
fn a_program_that_is_no_worker_is_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    let mut task = by_processes(scratch.path(), "1x1");
    for (program, why) in
        [(r#"["/no/such/program"]"#, "/no/such/program"), (r#"["true"]"#, "ended early"), ("[]", "program")]
    {
        task.params.insert("program".to_owned(), program.to_owned());
        match loader::experiment().prepare(&task) {
            Err(Refusal::Fail(error)) => assert!(format!("{error:#}").contains(why), "{error:#}"),
            other => panic!("{program}: {:?}", other.map(|_| ()).err()),
        }
    }
}
