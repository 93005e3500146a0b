//! How far a run can be trusted.

use results::{BudgetName, Clock, Outcome, Role, RunEnd};
use stats::Verdict;

use crate::fixture::{Dress, analysed, case, noisy, point, with};

#[test]
fn controls_count_false_alarms_and_tell_what_could_be_seen() {
    let (scan, lookup) = (point("scan", "warm"), point("lookup", "warm"));
    let cases = vec![
        case("csv", &scan, 1.0),
        case("csv", &scan, 1.001).role(Role::Control),
        case("csv", &lookup, 1.0),
        case("csv", &lookup, 2.0).role(Role::Control),
    ];
    let trust = analysed(&with(cases)).trust;
    assert_eq!((trust.controls.len(), trust.false_alarms), (2, 1));
    let [quiet, alarm] = trust.controls.as_slice() else { panic!("{:?}", trust.controls) };
    assert!(quiet.factor.low < 1.0 && quiet.factor.high > 1.0 || quiet.verdict == Verdict::Same, "{quiet:?}");
    assert_eq!((alarm.point.clone(), alarm.verdict), (lookup, Verdict::Slower));
    let effect = trust.smallest_effect.unwrap();
    assert!(effect > 0.05 && effect < 0.08, "{effect}");
    assert!(trust.warnings.iter().any(|warning| warning.contains("1 of 2 A/A controls")));
    assert_eq!(trust.judged, 0, "controls are no findings");
}

#[test]
fn without_controls_nothing_is_said_about_false_alarms() {
    let trust = analysed(&with(vec![case("csv", &point("scan", "warm"), 1.0)])).trust;
    assert_eq!((trust.controls.len(), trust.smallest_effect), (0, None));
    assert!(trust.warnings.iter().any(|warning| warning.contains("no A/A control")));
}

#[test]
fn cases_are_counted_by_outcome() {
    let at = point("scan", "warm");
    let mut run = with(vec![
        case("csv", &at, 1.0),
        case("parquet", &at, 1.0).outcome(Outcome::TimedOut { seconds: 1 }),
        case("avro", &at, 1.0).outcome(Outcome::Skipped { reason: "no".to_owned() }),
        case("csv", &point("lookup", "warm"), 1.0).outcome(Outcome::Failed { reason: "no".to_owned() }),
    ]);
    run.experiments[0].planned = (0..9).map(|i| i.to_string()).collect();
    let trust = analysed(&run).trust;
    assert_eq!((trust.measured, trust.skipped, trust.failed, trust.unfinished), (1, 1, 2, 5));
    run.experiments[0].skipped = Some("no table".to_owned());
    assert_eq!(analysed(&run).trust.unfinished, 0);
}

#[test]
fn comparisons_are_counted_once() {
    let at = point("scan", "warm");
    let trust = analysed(&with(vec![case("csv", &at, 1.05), case("parquet", &at, 1.0)])).trust;
    // The finding, the value, the table and the finding without a point all speak of one comparison.
    assert_eq!((trust.judged, trust.cannot_tell, trust.taken_back), (1, 1, 0));
}

#[test]
fn warnings_say_what_a_reader_should_know() {
    let at = point("scan", "warm");
    let mut run = with(vec![noisy("csv", &at, 1.0, 5, 0.5), noisy("csv", &at, 1.01, 5, 0.5).role(Role::Control)]);
    run.warnings.push("the last line was cut off".to_owned());
    run.header.budget = BudgetName::Quick;
    run.header.clock = Clock::Fake;
    run.end = Some(RunEnd { elapsed_seconds: 1.0, interrupted: true, reused: 0, measured: 1 });
    let warnings = analysed(&run).trust.warnings.join("\n");
    for part in ["made up", "interrupted", "noisy", "the last line was cut off"] {
        assert!(warnings.contains(part), "{part:?} is missing in:\n{warnings}");
    }
    run.end = None;
    assert!(analysed(&run).trust.warnings.iter().any(|warning| warning.contains("cut off without an end")));
}
