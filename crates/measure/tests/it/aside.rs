//! Work in a process of its own: what becomes of it when it succeeds, fails and dies.

use std::path::Path;
use std::time::{Duration, Instant};

use measure::aside::Aside;
use measure::launch::Program;
use results::Answer;

use crate::processes::{GREETING, READY, task};

/// A worker that notes its process number and then behaves like `script`.
fn program(folder: &Path, script: &str) -> Program {
    let script = format!("echo $$ > '{}'; {script}", folder.join("pid").display());
    Program { command: ["/bin/sh", "-c", &script].map(str::to_owned).into(), environment: Vec::new() }
}

/// What it answers to two calls, and whether its process is gone afterwards.
fn answers(script: &str) -> Option<[Option<Answer>; 2]> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut aside = Aside::in_program(&program(folder.path(), script), &task());
    let answers = aside.as_mut().map(|aside| [aside.answer(), aside.answer()]);
    drop(aside);
    let pid = std::fs::read_to_string(folder.path().join("pid")).expect("it was started");
    #[cfg(target_os = "linux")]
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "{script}: process {pid} is left");
    answers
}

#[test]
fn it_answers_call_after_call() {
    let ran = |rows: u32| format!(r#"read line; echo '{{"reply":"ran","wall_ns":1,"answer":{{"rows":{rows}}}}}';"#);
    let found = answers(&format!("{GREETING} {READY} {} {} read line", ran(5), ran(6))).expect("it prepares");
    assert_eq!(found.map(|answer| answer.map(|answer| answer.rows)), [Some(5), Some(6)]);
}

#[test]
fn what_cannot_be_prepared_is_none() {
    for script in [
        r#"read line; echo '{"reply":"fail","reason":"bad column"}'; read line"#,
        r#"read line; echo '{"reply":"skip","reason":"no such unit"}'; read line"#,
        r#"read line; echo '{"reply":"ran","wall_ns":1,"answer":{"rows":1}}'; read line"#,
        "read line; kill -SEGV $$",
        "read line; exit 0",
    ] {
        assert_eq!(answers(&format!("{GREETING} {script}")), None, "{script}");
    }
    assert_eq!(answers("echo 'running 3 tests'; read line"), None, "no greeting");
    assert_eq!(answers(r#"echo '{"protocol":2}'; read line"#), None, "another version");
    let nowhere = Program { command: vec!["/no/such/program".to_owned()], environment: Vec::new() };
    assert!(Aside::in_program(&nowhere, &task()).is_none());
}

#[test]
fn a_call_that_fails_or_kills_it_has_no_answer_and_neither_has_the_next() {
    for script in ["kill -KILL $$", "exit 3", r#"echo '{"reply":"fail","reason":"no memory"}'"#] {
        let found = answers(&format!("{GREETING} {READY} read line; {script}"));
        assert_eq!(found, Some([None, None]), "{script}");
    }
}

#[test]
fn one_that_is_stuck_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let aside = Aside::in_program(&program(folder.path(), &format!("{GREETING} {READY} exec sleep 600")), &task());
    let begun = Instant::now();
    drop(aside.expect("it prepares"));
    assert!(begun.elapsed() < Duration::from_secs(30));
}
