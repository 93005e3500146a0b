//! What must hold for any run.

use analysis::{Analysis, CaseAnalysis};
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use results::{Case, Outcome, Role, Run};

use crate::fixture::{Dress, analysed, case, chapter, noisy, point, with};

/// Runs with some of the cases measured, some failed, some absent, at any speed.
fn any_runs(mut check: impl FnMut(Run, &mut Xoshiro256PlusPlus)) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    for _ in 0..60 {
        let mut cases: Vec<Case> = Vec::new();
        for workload in ["scan", "lookup"] {
            for cache in ["warm", "cold"] {
                for variant in ["csv", "parquet", "avro"] {
                    let at = point(workload, cache);
                    let (seconds, noise) = (0.5 + 2.0 * rng.random::<f64>(), 0.2 * rng.random::<f64>());
                    let measured = noisy(variant, &at, seconds, rng.random_range(1..12), noise)
                        .fact("rows", 100.0)
                        .fact("bytes_needed", 1000.0)
                        .counter("device_bytes", rng.random_range(0..8000));
                    match rng.random_range(0..5) {
                        0 => {}
                        1 => cases.push(measured.outcome(Outcome::Failed { reason: "it crashed".to_owned() })),
                        _ => cases.push(measured),
                    }
                }
            }
        }
        check(with(cases), &mut rng);
    }
}

/// Everything that an analysis found, as text; the order of the variants apart.
fn found(analysis: &Analysis) -> (Vec<String>, String) {
    let of_case = |case: &CaseAnalysis| format!("{case:?}");
    let mut cases: Vec<String> = chapter(analysis).cases.iter().map(of_case).collect();
    cases.sort();
    let chapter = chapter(analysis);
    let rest = format!("{:?} {:?} {:?} {:?}", chapter.findings, chapter.values, chapter.recommendation, analysis.trust);
    (cases, rest)
}

#[test]
fn the_order_of_variants_and_of_records_changes_nothing() {
    any_runs(|run, rng| {
        let before = found(&analysed(&run));
        let mut other = run.clone();
        other.cases.shuffle(rng);
        let mut definition = crate::fixture::definition();
        definition.variant.shuffle(rng);
        other.experiments = vec![crate::fixture::experiment(&definition)];
        assert_eq!(found(&analysed(&other)), before);
    });
}

#[test]
fn a_failed_case_changes_no_other_finding() {
    any_runs(|run, _| {
        let before = analysed(&run);
        let mut more = run.clone();
        let missing = chapter(&before).cases.iter().find(|case| case.missing.is_some());
        let Some(missing) = missing else { return };
        let failed = case(&missing.variant, &missing.point, 1.0).outcome(Outcome::Failed { reason: "boom".to_owned() });
        more.cases.retain(|case| case.id() != failed.id());
        more.cases.push(failed);
        let after = analysed(&more);
        for (a, b) in chapter(&before).cases.iter().zip(&chapter(&after).cases) {
            assert_eq!((&a.metrics, &a.against_baseline), (&b.metrics, &b.against_baseline));
        }
        for (name, finding) in &chapter(&before).findings {
            let again = &chapter(&after).findings[name];
            assert_eq!((finding.factor, finding.verdict), (again.factor, again.verdict), "{name}");
        }
    });
}

#[test]
fn missing_never_becomes_a_number_and_never_disappears() {
    any_runs(|run, _| {
        let analysis = analysed(&run);
        assert_eq!(chapter(&analysis).cases.len(), 12);
        for case in &chapter(&analysis).cases {
            let record = run.cases.iter().find(|c| c.variant == case.variant && c.point == case.point);
            let measured = record.is_some_and(|c| c.outcome.is_measured());
            assert_eq!(case.missing.is_none(), measured);
            assert_eq!(case.metrics.is_empty(), !measured);
            assert!(measured || (case.samples, case.launches, case.against_baseline.is_none()) == (0, 0, true));
        }
        for finding in chapter(&analysis).findings.values() {
            assert_eq!(finding.missing.is_none(), finding.factor.is_some());
            assert_eq!(finding.verdict.is_some(), finding.factor.is_some());
        }
        let chapter = chapter(&analysis);
        assert!(chapter.recommendation.is_some() != chapter.no_recommendation.is_some());
    });
}

#[test]
fn a_control_changes_no_finding() {
    any_runs(|run, _| {
        let before = analysed(&run);
        let mut controlled = run.clone();
        controlled.cases.push(case("csv", &point("scan", "warm"), 9.0).role(Role::Control));
        let after = analysed(&controlled);
        assert_eq!(chapter(&before).findings, chapter(&after).findings);
    });
}

#[test]
fn a_run_of_nothing_is_analysed() {
    let mut empty = with(vec![]);
    assert_eq!(chapter(&analysed(&empty)).cases.len(), 12);
    empty.experiments.clear();
    assert!(analysed(&empty).chapters.is_empty());
}
