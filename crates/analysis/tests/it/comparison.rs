//! Two runs side by side.

use analysis::compare;
use results::{Case, Outcome, Run};
use stats::Verdict;

use crate::fixture::{Dress, SLUG, case, point, with};

fn runs(a: Vec<Case>, b: Vec<Case>) -> (Run, Run) {
    let mut second = with(b);
    second.header.id = "b".to_owned();
    (with(a), second)
}

#[test]
fn each_case_measured_in_both_is_a_row() {
    let (scan, lookup) = (point("scan", "warm"), point("lookup", "warm"));
    let (a, b) = runs(
        vec![case("csv", &scan, 2.0), case("csv", &lookup, 1.0), case("parquet", &scan, 1.0), case("avro", &scan, 1.0)],
        vec![
            case("csv", &scan, 1.0),
            case("csv", &lookup, 3.0),
            case("parquet", &scan, 1.001),
            case("avro", &scan, 1.0).outcome(Outcome::Failed { reason: "it crashed".to_owned() }),
            case("avro", &lookup, 1.0),
        ],
    );
    let found = compare(&a, &b);
    let verdicts: Vec<Verdict> = found.rows.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [Verdict::Faster, Verdict::Slower, Verdict::Same]);
    assert!((found.rows[0].factor.estimate - 2.0).abs() < 0.05, "B is twice as fast");
    assert!(
        (found.rows[0].a_seconds.estimate - 2.0).abs() < 0.05 && (found.rows[0].b_seconds.estimate - 1.0).abs() < 0.05
    );
    assert_eq!(found.regressions().map(|row| row.point.clone()).collect::<Vec<_>>(), [lookup]);
    assert_eq!(
        found.unmatched,
        [
            "formats/avro/cache=warm,workload=scan: only in A; in B it crashed",
            "formats/avro/cache=warm,workload=lookup: only in B"
        ]
    );
    let (slug, mean) = &found.summary[0];
    assert!(slug == SLUG && (mean.estimate - (2.0_f64 / 3.0).cbrt()).abs() < 0.02, "{mean:?}");
    assert!(found.same_data && found.same_machine);
    assert_eq!((found.a.id.as_str(), found.b.id.as_str(), found.a.data.as_str()), ("a", "b", "no table"));
}

#[test]
fn comparing_the_other_way_round_turns_the_factors() {
    let at = point("scan", "warm");
    let (a, b) = runs(vec![case("csv", &at, 2.0)], vec![case("csv", &at, 1.0)]);
    let (there, back) = (compare(&a, &b), compare(&b, &a));
    assert!((there.rows[0].factor.low * back.rows[0].factor.high - 1.0).abs() < 1e-9);
    assert_eq!((there.rows[0].verdict, back.rows[0].verdict), (Verdict::Faster, Verdict::Slower));
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let at = point("scan", "warm");
    let run = with(vec![case("csv", &at, 2.0), case("parquet", &at, 1.0)]);
    let found = compare(&run, &run);
    assert!(found.regressions().next().is_none() && found.unmatched.is_empty());
    assert!(found.rows.iter().all(|row| (row.factor.estimate - 1.0).abs() < 1e-12));
}

#[test]
fn other_machines_and_data_are_said() {
    let (mut a, b) = runs(vec![], vec![]);
    a.machine.cpu.model = "another".to_owned();
    a.dataset = None;
    let found = compare(&a, &b);
    assert!(!found.same_machine && found.same_data && found.rows.is_empty() && found.summary.is_empty());
}

#[test]
fn unproven_cold_cases_are_not_compared() {
    let at = point("scan", "cold");
    let (a, b) = runs(vec![case("csv", &at, 2.0)], vec![case("csv", &at, 1.0)]);
    let found = compare(&a, &b);
    assert!(found.rows.is_empty() && found.unmatched[0].contains("not shown to be cold in A"));
}
