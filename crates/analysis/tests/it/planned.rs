//! Every case of the definition appears, measured or not, with its reason.

use catalog::Definition;
use results::{BudgetName, Outcome, RunEnd};

use crate::fixture::{DEFINITION, Dress, SLUG, analysed, case, chapter, find, point, run, with};

#[test]
fn every_case_appears_in_the_order_of_the_definition() {
    let analysis = analysed(&with(vec![case("csv", &point("scan", "warm"), 1.0)]));
    let seen: Vec<String> =
        chapter(&analysis).cases.iter().map(|case| format!("{} {}", case.variant, case.point)).collect();
    let mut expected = Vec::new();
    for workload in ["scan", "lookup"] {
        for cache in ["warm", "cold"] {
            for variant in ["csv", "parquet", "avro"] {
                expected.push(format!("{variant} {}", point(workload, cache)));
            }
        }
    }
    assert_eq!(seen, expected);
    assert!(chapter(&analysis).cases.iter().all(|case| case.missing.is_some() == case.metrics.is_empty()));
}

#[test]
fn each_kind_of_absence_has_its_reason() {
    let scan = point("scan", "warm");
    let failed = Outcome::Failed { reason: "the worker crashed".to_owned() };
    let cases = vec![
        case("csv", &scan, 1.0).outcome(failed),
        case("parquet", &scan, 1.0).outcome(Outcome::TimedOut { seconds: 9 }),
        case("avro", &scan, 1.0).outcome(Outcome::Skipped { reason: "needs fastavro".to_owned() }),
    ];
    let mut run = with(cases);
    let reason = |run: &results::Run, variant: &str, workload: &str, cache: &str| {
        find(&analysed(run), variant, &point(workload, cache)).missing.clone().unwrap()
    };
    assert_eq!(reason(&run, "csv", "scan", "warm"), "the worker crashed");
    assert_eq!(reason(&run, "parquet", "scan", "warm"), "no answer within 9 s");
    assert_eq!(reason(&run, "avro", "scan", "warm"), "needs fastavro");
    assert_eq!(reason(&run, "avro", "lookup", "cold"), "Avro has no index to look up in");
    assert_eq!(reason(&run, "csv", "lookup", "cold"), "the budget was spent before this was measured");

    let end = run.end.take();
    assert_eq!(reason(&run, "csv", "lookup", "cold"), "the run had not come to this yet");
    run.end = end.map(|end| RunEnd { interrupted: true, ..end });
    assert_eq!(reason(&run, "csv", "lookup", "cold"), "the run was interrupted before this was measured");
    run.header.budget = BudgetName::Quick;
    assert_eq!(reason(&run, "csv", "lookup", "cold"), "not part of the quick budget");
    assert_eq!(reason(&run, "avro", "lookup", "warm"), "not part of the quick budget");
    run.experiments[0].skipped = Some("needs a table".to_owned());
    assert_eq!(reason(&run, "csv", "lookup", "warm"), "needs a table");
    assert_eq!(chapter(&analysed(&run)).skipped.as_deref(), Some("needs a table"));
}

#[test]
fn the_recorded_definition_goes_first_and_the_embedded_one_stands_in() {
    let mut run = with(vec![case("orc", &point("scan", "warm"), 1.0)]);
    let recorded = format!("{DEFINITION}\n[[variant]]\nid = \"orc\"\nlabel = \"ORC\"\n");
    let recorded = Definition::parse(SLUG, &recorded).unwrap();
    run.experiments[0].definition = serde_json::to_value(&recorded).unwrap();
    assert!(find(&analysed(&run), "orc", &point("scan", "warm")).missing.is_none());

    run.experiments[0].definition = serde_json::json!({"of": "another version"});
    let analysis = analysed(&run);
    assert_eq!(chapter(&analysis).cases.len(), 12, "the embedded definition has no ORC");

    run.experiments[0].slug = "gone".to_owned();
    let analysis = analysed(&run);
    assert!(chapter(&analysis).cases.is_empty() && chapter(&analysis).skipped.as_deref().unwrap().contains("gone"));
}

#[test]
fn names_that_the_record_lacks_come_from_the_embedded_definition() {
    let mut older = crate::fixture::definition();
    older.finding.retain(|finding| finding.name == "scan");
    older.value.clear();
    let mut run = run();
    run.experiments[0].definition = serde_json::to_value(&older).unwrap();
    let analysis = analysed(&run);
    assert!(
        chapter(&analysis).findings.contains_key("throughput") && chapter(&analysis).values.contains_key("scan_time")
    );
}

#[test]
fn chapters_come_in_the_order_of_the_guide() {
    let mut run = run();
    let mut first = crate::fixture::definition();
    first.order = 1;
    let mut other = crate::fixture::experiment(&first);
    other.slug = "zebra".to_owned();
    run.experiments.push(other);
    let order: Vec<String> = analysed(&run).chapters.into_iter().map(|chapter| chapter.slug).collect();
    assert_eq!(order, ["zebra", SLUG]);
}
