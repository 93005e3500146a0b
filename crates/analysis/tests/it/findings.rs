//! Findings and values: what is compared with what, and which verdict follows.

use analysis::{Finding, Reading};
use results::{Case, Outcome, Role};
use stats::Verdict;

use crate::fixture::{Dress, analysed, case, chapter, find, noisy, point, with};

fn finding(cases: Vec<Case>, name: &str) -> Finding {
    chapter(&analysed(&with(cases))).findings[name].clone()
}

fn pair(csv: f64, parquet: f64) -> Vec<Case> {
    let at = point("scan", "warm");
    vec![case("csv", &at, csv), case("parquet", &at, parquet)]
}

#[test]
fn verdicts_follow_the_interval() {
    for (csv, parquet, expected) in [
        (3.0, 1.0, Verdict::Faster),
        (1.0, 3.0, Verdict::Slower),
        (1.0, 1.0, Verdict::Same),
        (1.05, 1.0, Verdict::CannotTell),
    ] {
        let found = finding(pair(csv, parquet), "scan");
        assert_eq!(found.verdict, Some(expected), "{csv} to {parquet}");
        let factor = found.factor.unwrap();
        assert!((factor.estimate / (csv / parquet) - 1.0).abs() < 0.03 && factor.low < factor.estimate);
        assert_eq!((found.launches, found.missing, found.confirmed), (5, None, None));
    }
}

#[test]
fn more_is_better_turns_the_ratio() {
    let mut cases = pair(3.0, 1.0);
    cases = cases.into_iter().map(|case| case.fact("rows", 1e6)).collect();
    let found = finding(cases, "throughput");
    assert_eq!(found.verdict, Some(Verdict::Faster));
    assert!((found.factor.unwrap().estimate - 3.0).abs() < 0.1);
}

#[test]
fn sizes_are_exact() {
    let at = point("scan", "warm");
    let cases =
        vec![case("csv", &at, 1.0).fact("disk_bytes", 1000.0), case("parquet", &at, 1.0).fact("disk_bytes", 250.0)];
    let found = finding(cases, "size");
    let factor = found.factor.unwrap();
    assert!((factor.low - 4.0).abs() < 1e-9 && (factor.high - 4.0).abs() < 1e-9);
    assert_eq!((found.verdict, found.launches), (Some(Verdict::Faster), 5));
}

#[test]
fn another_point_is_compared_unpaired() {
    let cold = case("parquet", &point("scan", "cold"), 4.0).fact("bytes_needed", 400.0).counter("device_bytes", 1600);
    let cases = vec![case("parquet", &point("scan", "warm"), 1.0), cold];
    let found = finding(cases, "cold");
    assert_eq!(found.verdict, Some(Verdict::Slower));
    assert!((found.factor.unwrap().estimate - 0.25).abs() < 0.01);
}

#[test]
fn an_axis_that_is_not_named_is_at_its_first_value() {
    let found = finding(pair(3.0, 1.0), "first-values");
    assert_eq!(found.verdict, Some(Verdict::Faster));
}

#[test]
fn what_is_missing_says_why_and_is_no_number() {
    let at = point("scan", "warm");
    let failed = case("parquet", &at, 1.0).outcome(Outcome::Failed { reason: "it crashed".to_owned() });
    let analysis = analysed(&with(vec![case("csv", &at, 1.0), failed]));
    let found = &chapter(&analysis).findings["scan"];
    assert_eq!(found.missing.as_deref(), Some("Parquet: it crashed"));
    assert_eq!((found.factor, found.verdict, found.launches), (None, None, 0));
    for name in ["scan_time", "scan_factor"] {
        assert_eq!(
            chapter(&analysis).values[name].reading,
            Reading::Missing("Parquet: it crashed".to_owned()),
            "{name}"
        );
    }
    assert!(find(&analysis, "parquet", &at).metrics.is_empty());

    let single = finding(vec![noisy("csv", &at, 1.0, 1, 0.01), noisy("parquet", &at, 1.0, 1, 0.01)], "scan");
    assert!(single.missing.unwrap().contains("single launch"));
    let sizes = finding(pair(1.0, 1.0), "size");
    assert_eq!(sizes.missing.as_deref(), Some("Parquet: the experiment does not say how many bytes lie on disk"));
}

#[test]
fn values_are_levels_and_factors() {
    let analysis = analysed(&with(pair(3.0, 1.5)));
    let values = &chapter(&analysis).values;
    assert!(matches!(values["scan_time"].reading, Reading::Level(time) if (time.estimate - 1.5).abs() < 0.05));
    assert!(matches!(values["scan_factor"].reading, Reading::Factor(factor) if (factor.estimate - 2.0).abs() < 0.05));
}

#[test]
fn each_case_is_held_against_the_baseline_at_its_point() {
    let analysis = analysed(&with(pair(3.0, 1.0)));
    let against = find(&analysis, "parquet", &point("scan", "warm")).against_baseline.clone().unwrap();
    assert_eq!(against.verdict, Some(Verdict::Faster));
    assert!(
        find(&analysis, "csv", &point("scan", "warm")).against_baseline.is_none(),
        "the baseline has no other side"
    );
    assert!(find(&analysis, "avro", &point("scan", "warm")).against_baseline.is_none(), "not measured");
}

#[test]
fn a_second_run_confirms_or_does_not() {
    let at = point("scan", "warm");
    for (again, expected) in [(1.0, true), (3.0, false)] {
        let mut cases = pair(3.0, 1.0);
        cases.push(case("csv", &at, 2.9).role(Role::Confirm));
        cases.push(case("parquet", &at, again).role(Role::Confirm));
        assert_eq!(finding(cases, "scan").confirmed, Some(expected));
    }
    let mut half = pair(3.0, 1.0);
    half.push(case("csv", &at, 2.9).role(Role::Confirm));
    assert_eq!(finding(half, "scan").confirmed, None, "one side alone confirms nothing");
}

#[test]
fn a_verdict_that_chance_explains_is_taken_back() {
    // Alone, this comparison is just clear. Among many that are not, it is one that chance would bring.
    let at = point("scan", "warm");
    let analyse = |csv: f64, others: usize| -> analysis::Analysis {
        let mut definition = crate::fixture::definition();
        let template = definition.variant[2].clone();
        let mut cases = vec![noisy("csv", &at, csv, 5, 0.06), noisy("parquet", &at, 1.0, 5, 0.06)];
        for i in 0..others {
            let id = format!("x{i}");
            cases.push(noisy(&id, &at, csv / 1.05, 5, 0.06));
            definition.variant.push(catalog::Variant { id, ..template.clone() });
        }
        let mut run = with(cases);
        run.experiments = vec![crate::fixture::experiment(&definition)];
        analysed(&run)
    };
    let verdict = |analysis: &analysis::Analysis| chapter(analysis).findings["scan"].verdict;
    let levels = (110..200).map(|percent| f64::from(percent) / 100.0);
    let clear = levels.into_iter().find(|csv| verdict(&analyse(*csv, 0)) == Some(Verdict::Faster)).unwrap();
    let (alone, among) = (analyse(clear, 0), analyse(clear, 60));
    assert_eq!(verdict(&among), Some(Verdict::CannotTell));
    assert_eq!(chapter(&among).findings["scan"].factor, chapter(&alone).findings["scan"].factor);
    assert!(among.trust.taken_back >= 1 && alone.trust.taken_back == 0);
}

#[test]
fn exact_comparisons_do_not_lend_their_certainty() {
    // Sizes are known without noise: they must not make the noisy verdicts easier.
    let at = point("scan", "warm");
    let cases = |sizes: bool| -> Vec<Case> {
        let both = vec![noisy("csv", &at, 1.0, 5, 0.05), noisy("parquet", &at, 1.0, 5, 0.05)];
        let dress = |case: Case| if sizes { case.fact("disk_bytes", 10.0) } else { case };
        both.into_iter().map(dress).collect()
    };
    assert_eq!(finding(cases(true), "scan").verdict, finding(cases(false), "scan").verdict);
}
