//! Cold is only what the device's bytes show to be cold.

use analysis::ColdProof;
use results::Case;

use crate::fixture::{Dress, analysed, case, chapter, find, point, with};

/// A cold case; its samples are four calls each.
fn cold() -> Case {
    case("csv", &point("scan", "cold"), 1.0)
}

fn proof(case: Case) -> ColdProof {
    find(&analysed(&with(vec![case])), "csv", &point("scan", "cold")).cold_proof.clone().unwrap()
}

#[test]
fn the_bytes_needed_must_come_from_the_device() {
    for (needed, per_sample, proven) in
        [(1000.0, 4000, true), (1000.0, 3600, true), (1000.0, 3500, false), (0.0, 0, true)]
    {
        let proof = proof(cold().fact("bytes_needed", needed).counter("device_bytes", per_sample));
        assert_eq!(proof.proven, proven, "{}", proof.evidence);
    }
    let told = proof(cold().fact("bytes_needed", 50e6).counter("device_bytes", 4 * 52_300_000));
    assert_eq!(told.evidence, "the device delivered 52.3 MB of the 50.0 MB that the work needs");
}

#[test]
fn else_half_of_what_was_asked_for_or_lies_on_disk() {
    let asked = |asked, device| cold().counter("read_bytes", asked).counter("device_bytes", device);
    assert!(proof(asked(4000, 2000)).proven && !proof(asked(4000, 1900)).proven);
    assert!(proof(asked(40_000, 2000).fact("disk_bytes", 1000.0)).proven, "a file read ten times is cold once");
    assert!(!proof(cold().counter("device_bytes", 1900).fact("disk_bytes", 1000.0)).proven);
    assert!(proof(cold().counter("device_bytes", 2000).fact("disk_bytes", 1000.0)).proven);
}

#[test]
fn without_evidence_it_is_not_proven() {
    assert!(!proof(cold()).proven);
    assert!(!proof(cold().counter("device_bytes", 1 << 40)).proven, "nothing says how many bytes are needed");
    let uncounted = proof(cold().fact("bytes_needed", 9.0).setting("cache note", "the pages could not be dropped"));
    assert!(!uncounted.proven && uncounted.evidence.contains("does not count"), "{}", uncounted.evidence);
    assert!(uncounted.evidence.ends_with("(the pages could not be dropped)"));
    let mut once = cold().fact("bytes_needed", 1000.0).counter("device_bytes", 4000);
    for sample in &mut once.launches[2].samples {
        sample.counters.insert("device_bytes".to_owned(), 0);
    }
    assert!(!proof(once).proven, "every launch must be cold");
}

#[test]
fn warm_cases_need_no_proof() {
    let at = point("scan", "warm");
    assert_eq!(find(&analysed(&with(vec![case("csv", &at, 1.0)])), "csv", &at).cold_proof, None);
}

#[test]
fn nothing_is_concluded_from_an_unproven_case() {
    let at = point("scan", "cold");
    let dress = |case: Case, device| {
        case.fact("bytes_needed", 1000.0).fact("disk_bytes", 1000.0).counter("device_bytes", device)
    };
    let run = |device| with(vec![dress(case("csv", &at, 3.0), 4000), dress(case("parquet", &at, 1.0), device)]);
    let proven = analysed(&run(4000));
    assert!(find(&proven, "parquet", &at).against_baseline.as_ref().unwrap().verdict.is_some());

    let analysis = analysed(&run(0));
    let found = find(&analysis, "parquet", &at).against_baseline.clone().unwrap();
    assert_eq!((found.verdict, found.factor), (None, None));
    assert!(found.missing.unwrap().starts_with("Parquet: the read is not shown to be cold"));
    assert!(chapter(&analysis).findings["cold"].verdict.is_none());
    assert!(analysis.trust.warnings.iter().any(|warning| warning.contains("1 cold case was not shown")));
}
