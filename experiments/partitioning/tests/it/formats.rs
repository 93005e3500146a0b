//! The program that runs the table formats, on what this crate leaves in the scratch folder: it reads the same rows and gives the
//! same answers. Without the program, which is built apart (`lanes/table-formats`), nothing is tested here.

use std::path::PathBuf;
use std::time::Duration;

use catalog::Variant;
use measure::launch::{Launcher, Processes, Program, Trouble};
use measure::wire::Ready;
use results::{Answer, Point};

use crate::case::{Bench, DEFINITION, at, queries, variant};
use crate::tables::{ROLES, log};

const LIMIT: Duration = Duration::from_secs(120);

fn program() -> Option<PathBuf> {
    let target = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../lanes/table-formats/target"));
    let file = format!("benchbook-table-formats{}", std::env::consts::EXE_SUFFIX);
    let found =
        ["debug", "release"].map(|profile| target.join(profile).join(&file)).into_iter().find(|path| path.is_file());
    if found.is_none() {
        eprintln!("benchbook-table-formats is not built: nothing is tested");
    }
    found
}

fn formats() -> Vec<Variant> {
    let of_program = |variant: &&Variant| variant.built_apart() == Some("table-formats");
    DEFINITION.variant.iter().filter(of_program).cloned().map(Bench::small).collect()
}

fn run(program: &std::path::Path, bench: &Bench, variant: &Variant, point: Point) -> Result<(Ready, Answer), Trouble> {
    let mut worker = Processes.launch(&Program::worker(program))?;
    let ready = worker.prepare(&bench.task(variant, point), LIMIT)?;
    Ok((ready, worker.run(1, LIMIT)?.ran.answer))
}

#[test]
fn tables_of_a_format_agree_with_the_one_file_and_open_fewer_files() {
    let Some(program) = program() else { return };
    let bench = Bench::new(log(4000, 30), &ROLES, &[]).unwrap();
    for query in queries() {
        let single = bench.run(&Bench::small(variant("single")), at(&query)).unwrap();
        for variant in formats() {
            let (ready, answer) = run(&program, &bench, &variant, at(&query)).unwrap();
            let name = format!("{} {query}", variant.id);
            assert_eq!(answer.disagreement(&single.answer, DEFINITION.tolerance), None, "{name}");
            assert_eq!(ready.settings["columns stored"], "8 of 8", "{name}");
            for metric in DEFINITION.metric.iter().filter(|metric| query != "list" && metric.id != "by-page") {
                assert!(ready.facts.contains_key(metric.source()), "{name} has no {}", metric.id);
            }
            if query == "day" && variant.id != "no-list" {
                assert!(ready.facts["files_opened"] < ready.facts["files"], "{name}: {:?}", ready.facts);
            }
        }
    }
}

#[test]
fn a_table_without_days_is_skipped_with_a_sentence() {
    let Some(program) = program() else { return };
    let roles: Vec<_> = ROLES.into_iter().filter(|(name, _)| *name != "at").collect();
    let bench = Bench::new(log(1000, 5).drop("at").unwrap(), &roles, &[]).unwrap();
    bench.run(&Bench::small(variant("single")), at("all")).unwrap();
    for variant in formats() {
        match run(&program, &bench, &variant, at("all")) {
            Err(Trouble::Skip(why)) => assert_eq!(why, "the table has no column of dates or times"),
            other => panic!("{}: {other:?}", variant.id),
        }
    }
}
