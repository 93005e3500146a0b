//! The results file: what is written is read, what is cut is recovered, what is older migrates, what is newer is refused.

use std::path::Path;

use results::file::{parse, read};
use results::{
    BudgetName, Case, Cell, Clock, Error, Launch, Outcome, Point, Record, RecordedTable, Role, RunEnd, RunHeader,
    SCHEMA, Unit, Writer,
};

fn header() -> RunHeader {
    RunHeader {
        schema: SCHEMA,
        id: "20261122-120000-000-00001".into(),
        started: "2026-11-22T12:00:00Z".into(),
        benchbook: "0.1.0".into(),
        command: vec!["benchbook".into(), "report".into()],
        seed: 7,
        budget: BudgetName::Quick,
        budget_seconds: 60,
        margin: 0.05,
        clock: Clock::Real,
        looks: vec![3, 5],
    }
}

fn case(variant: &str) -> Case {
    Case {
        experiment: "e".into(),
        variant: variant.into(),
        point: Point::new().with("cache", "warm").with("workload", "<script>"),
        role: Role::Measure,
        key: format!("key-{variant}"),
        outcome: Outcome::Skipped { reason: "needs numpy".into() },
        settings: [("threads".into(), "2".into())].into(),
        facts: [("rows".into(), 12.0)].into(),
        answer: None,
        launches: Vec::new(),
        tables: [].into(),
    }
}

fn text(records: &[Record]) -> Vec<u8> {
    records
        .iter()
        .flat_map(|r| serde_json::to_string(r).expect("serializes").into_bytes().into_iter().chain([b'\n']))
        .collect()
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let end = RunEnd { elapsed_seconds: 1.5, interrupted: false, reused: 0, measured: 1 };
    let records = [Record::Run(header()), Record::Case(case("a")), Record::End(end.clone())];
    let mut writer = Writer::create(folder.path(), &header().id).expect("created");
    for record in &records {
        writer.write(record).expect("written");
    }
    let run = read(writer.path()).expect("read");
    assert_eq!((run.header, run.cases, run.end), (header(), vec![case("a")], Some(end)));
    assert!(run.warnings.is_empty());
}

#[test]
fn a_file_is_never_shared_by_two_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let _first = Writer::create(folder.path(), "same").expect("created");
    assert!(matches!(Writer::create(folder.path(), "same"), Err(Error::Io { .. })));
}

#[test]
fn a_file_cut_anywhere_keeps_every_whole_line() {
    let whole = text(&[Record::Run(header()), Record::Case(case("a")), Record::Case(case("b"))]);
    let first = text(&[Record::Run(header())]).len();
    for cut in first..whole.len() {
        let run = parse(&whole[..cut], Path::new("cut.jsonl")).unwrap_or_else(|e| panic!("cut at {cut}: {e}"));
        let lines = whole[..cut].iter().filter(|&&b| b == b'\n').count();
        // A line that lacks nothing but its line break counts as whole.
        assert!(run.cases.len() + 1 == lines || run.cases.len() == lines, "cut at {cut}");
        assert!(run.cases.len() + 1 >= lines, "cut at {cut} lost a line");
        assert_eq!(
            run.warnings.len(),
            usize::from(run.cases.len() < lines && !whole[..cut].ends_with(b"\n")),
            "cut at {cut}"
        );
    }
}

#[test]
fn a_broken_line_in_the_middle_is_named() {
    let mut broken = text(&[Record::Run(header())]);
    broken.extend(b"{\"kind\":\"case\",\n");
    broken.extend(text(&[Record::Case(case("a"))]));
    let error = parse(&broken, Path::new("x.jsonl")).expect_err("refused").to_string();
    assert!(error.contains("x.jsonl, line 2"), "{error}");
}

#[test]
fn a_newer_schema_is_refused_by_name() {
    let mut later = header();
    (later.schema, later.benchbook) = (SCHEMA + 1, "9.9.9".into());
    let error = parse(&text(&[Record::Run(later)]), Path::new("new.jsonl")).expect_err("refused").to_string();
    for part in ["new.jsonl", "9.9.9", &(SCHEMA + 1).to_string()] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_is_no_results_file_is_said_so() {
    for (bytes, why) in [
        (&b""[..], "empty"),
        (b"hello\n", "not JSON"),
        (b"{\"kind\":\"case\"}\n", "not a run header"),
        (b"{\"kind\":\"run\"}\n", "no schema"),
        (b"PAR1\x00\xff", "not JSON"),
    ] {
        let error = parse(bytes, Path::new("f")).expect_err("refused").to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn schema_1_migrates() {
    let mut old = serde_json::to_value(Record::Run(header())).expect("serializes");
    old["schema"] = 1.into();
    old.as_object_mut().expect("an object").remove("looks");
    let run = parse(format!("{old}\n").as_bytes(), Path::new("old.jsonl")).expect("migrates");
    assert_eq!((run.header.schema, run.header.looks), (SCHEMA, vec![5, 10, 20]));
    assert_eq!(run.warnings.len(), 1);
}

#[test]
fn schema_2_migrates() {
    let mut old = serde_json::to_value(Record::Run(header())).expect("serializes");
    old["schema"] = 2.into();
    let lines = format!("{old}\n{}\n", serde_json::to_string(&Record::Case(case("a"))).expect("serializes"));
    let run = parse(lines.as_bytes(), Path::new("old.jsonl")).expect("migrates");
    assert_eq!((run.header, run.cases), (header(), vec![case("a")]));
    assert_eq!(run.warnings.len(), 1);
}

#[test]
fn of_two_records_of_a_case_the_later_wins() {
    let mut later = case("a");
    later.outcome = Outcome::TimedOut { seconds: 3 };
    let run =
        parse(&text(&[Record::Run(header()), Record::Case(case("a")), Record::Case(later.clone())]), Path::new("f"));
    assert_eq!(run.expect("read").cases, vec![later]);
}

#[test]
fn answers_agree_within_their_tolerance_only() {
    let answer = |rows, values: &[f64]| results::Answer { rows, values: values.to_vec(), digest: None };
    let exact = answer(2, &[1.0, f64::NAN]);
    assert_eq!(exact.disagreement(&exact, 0.0), None);
    let table = [
        (answer(3, &[1.0, f64::NAN]), "3 rows"),
        (answer(2, &[1.0]), "1 values"),
        (answer(2, &[1.1, f64::NAN]), "value 0"),
        (answer(2, &[1.0, 0.0]), "value 1"),
    ];
    for (other, why) in table {
        let reason = other.disagreement(&exact, 1e-3).unwrap_or_default();
        assert!(reason.contains(why), "{reason}");
    }
    assert_eq!(answer(1, &[1.0005]).disagreement(&answer(1, &[1.0]), 1e-3), None);
}

#[test]
fn the_machine_is_the_same_after_a_reboot() {
    let mut machine = results::Machine::default();
    machine.cpu.model = "Some CPU".into();
    machine.memory_bytes = 16 << 30;
    let before = machine.id();
    machine.memory_bytes -= 100 << 20; // a kernel that keeps a little more for itself
    machine.os.kernel = Some("7.1".into());
    machine.conditions.insert("load".into(), "0.5".into());
    assert_eq!(machine.id(), before);
    machine.cpu.logical_cores = 64;
    assert_ne!(machine.id(), before);
}

#[test]
fn tables_and_trials_are_written_and_read() {
    let row = vec![Cell::Number(1.5), Cell::from("ours"), Cell::Column("user_id".into()), Cell::Missing];
    let columns = [("Size", Unit::Bytes), ("What", Unit::Number), ("Column", Unit::Number), ("Share", Unit::Share)];
    let table = RecordedTable::new(&columns, vec![row]);
    let json = serde_json::to_value(&table).expect("written");
    assert_eq!(json["rows"][0], serde_json::json!([1.5, "ours", { "column": "user_id" }, null]));
    assert_eq!(json["columns"][0], serde_json::json!({ "label": "Size", "unit": "B" }));
    let mut measured = case("a");
    measured.outcome = Outcome::Measured;
    measured.tables.insert("columns".into(), table);
    let trials: std::collections::BTreeMap<String, Vec<f64>> = [("recall".to_owned(), vec![0.5, 1.0])].into();
    measured.launches = vec![Launch { trials, ..Launch::default() }, Launch::default()];
    let read = parse(&text(&[Record::Run(header()), Record::Case(measured.clone())]), Path::new("t")).expect("read");
    assert_eq!(read.cases, [measured]);
    assert_eq!(read.cases[0].trials("recall"), Some(vec![vec![0.5, 1.0], vec![]]));
    assert_eq!(read.cases[0].trials("precision"), None);
}

#[test]
fn a_long_table_is_cut_and_counted_and_a_ragged_one_is_named() {
    let rows = |n: usize| vec![vec![Cell::Number(1.0)]; n];
    let table = RecordedTable::new(&[("x", Unit::Number)], rows(203)).cut();
    assert_eq!((table.rows.len(), table.more), (200, 3));
    assert_eq!(table.clone().cut(), table);
    assert_eq!(RecordedTable::new(&[("x", Unit::Number)], rows(2)).cut().more, 0);
    let ragged = RecordedTable::new(&[("x", Unit::Number), ("y", Unit::Number)], rows(1));
    assert_eq!(ragged.defect().as_deref(), Some("row 0 has 1 cells, and there are 2 columns"));
}

#[test]
fn a_number_that_json_has_no_word_for_is_missing() {
    assert_eq!(serde_json::to_string(&Cell::Number(f64::NAN)).expect("written"), "null");
    let answer = results::Answer { rows: 1, values: vec![f64::NAN, 2.0], digest: None };
    let read: results::Answer = serde_json::from_str(&serde_json::to_string(&answer).expect("written")).expect("read");
    assert_eq!((read.values[0].is_nan(), read.values[1]), (true, 2.0));
}
