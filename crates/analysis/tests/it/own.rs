//! An experiment's own metrics: levels, findings by difference, crossings, advice with conditions, labels with columns.

use analysis::{Analysis, Assumptions, ChapterAnalysis, ClaimVerdict, Crossed, Gain, Place, Reading, analyse};
use catalog::{Claims, Definition, Metric};
use results::{Case, Cell, Choice, Outcome, Point, RecordedTable, Run, Unit};
use stats::Verdict;

use crate::fixture::{Dress, SLUG, case, experiment, run};

const DEFINITION: &str = r#"
title = "Types"
question = "Which type?"
part = "Data management"
order = 2
baseline = "float"
headline = "recall"

[[metric]]
id = "recall"
label = "recall@10"
unit = "%"
better = "more"

[[metric]]
id = "memory"
label = "memory"
unit = "B"
better = "less"
from = "memory_bytes"

[[axis]]
name = "density"
label = "Density"
unit = "%"
values = [
  { id = "low", label = "Low", number = 0.01 },
  { id = "middle", label = "Middle", number = 0.1 },
  { id = "high", label = "High", number = 1.0 },
]

[[variant]]
id = "float"
label = "float32"

[[variant]]
id = "int8"
label = "int8 of {vector}"

[[variant]]
id = "bits"
label = "bits"

[[finding]]
name = "recall"
of = { variant = "int8", metric = "recall" }
margin = 0.01
scale = "difference"

[[finding]]
name = "memory"
of = { variant = "int8", metric = "memory" }

[[value]]
name = "recall"
kind = "level"
of = { variant = "int8", metric = "recall" }

[[value]]
name = "lost"
kind = "difference"
of = { variant = "int8", metric = "recall" }

[[value]]
name = "smaller"
kind = "factor"
of = { variant = "int8", metric = "memory" }

[[value]]
name = "crossover"
kind = "crossing"
axis = "density"
of = { variant = "bits", against = "float" }

[advice]
action = "Store {variant}"
variants = ["int8", "bits"]
current = "float"
gain = "memory"
unless = "You need every bit."
workload = [{ id = "search", label = "Search", point = { density = "low" }, per_day = 1.0 }]
require = [{ metric = "recall", at_least = 0.9 }]
"#;

const CLAIM: &str = r#"
[[claim]]
id = "two-thirds"
statement = "Sparse pays below two thirds"
source = "a post"
low = 0.5
high = 0.8
crossing = { axis = "density", variant = "bits" }
"#;

fn at(density: &str) -> Point {
    Point::new().with("density", density)
}

const FLOAT: [&[f64]; 5] = [&[0.99, 1.0], &[0.98, 1.0], &[1.0, 0.99], &[0.99, 0.99], &[1.0, 0.98]];

/// A case with recall (a value per seed, five launches of two) and memory.
fn stated(variant: &str, density: &str, seconds: f64, lost: f64, bytes: f64) -> Case {
    let trials: Vec<Vec<f64>> = FLOAT.iter().map(|launch| launch.iter().map(|r| r - lost).collect()).collect();
    let trials: Vec<&[f64]> = trials.iter().map(Vec::as_slice).collect();
    case(variant, &at(density), seconds).trials("recall", &trials).fact("memory_bytes", bytes)
}

fn analysed(cases: Vec<Case>) -> Analysis {
    let definition = Definition::parse(SLUG, DEFINITION).unwrap();
    let claims = Claims::parse(SLUG, CLAIM, &definition).unwrap();
    let mut recorded = experiment(&definition);
    recorded.choices =
        vec![Choice { purpose: "vector".to_owned(), column: "embedding".to_owned(), why: "it is one".to_owned() }];
    let run = Run { cases, experiments: vec![recorded], ..run() };
    analyse(&run, &[(SLUG.to_owned(), definition, claims)], &Assumptions::default())
}

fn chapter(cases: Vec<Case>) -> ChapterAnalysis {
    analysed(cases).chapters.remove(0)
}

fn own(id: &str) -> Metric {
    Definition::parse(SLUG, DEFINITION).unwrap().metrics().find(|metric| metric.id() == id).unwrap()
}

#[test]
fn trials_have_a_mean_with_an_interval_and_facts_are_exact() {
    let found = chapter(vec![stated("float", "low", 1.0, 0.0, 400.0)]);
    let float = found.cases.iter().find(|case| case.missing.is_none()).unwrap();
    let (recall, memory) = (float.metrics[&own("recall")], float.metrics[&own("memory")]);
    assert!((recall.estimate - 0.992).abs() < 1e-12 && recall.low > 0.98 && recall.high <= 1.0, "{recall:?}");
    assert_eq!((memory.estimate, memory.low, memory.high), (400.0, 400.0, 400.0));
    assert_eq!(float.trials, [(own("recall"), 10)].into());
}

#[test]
fn a_share_does_not_reach_beyond_all() {
    let most: [&[f64]; 5] = [&[1.0, 0.9], &[1.0], &[1.0], &[1.0], &[1.0]];
    let found = chapter(vec![case("float", &at("low"), 1.0).trials("recall", &most)]);
    let recall = found.cases[0].metrics[&own("recall")];
    assert_eq!(recall.high, 1.0);
    assert!(recall.low < 0.99);
}

#[test]
fn accuracy_is_judged_by_difference() {
    for (lost, expected) in
        [(0.0, Verdict::Same), (0.002, Verdict::Same), (0.1, Verdict::Slower), (-0.2, Verdict::Faster)]
    {
        let found = chapter(vec![stated("float", "low", 1.0, 0.0, 400.0), stated("int8", "low", 1.0, lost, 100.0)]);
        let recall = &found.findings["recall"];
        assert_eq!(recall.verdict, Some(expected), "{lost} lost: {recall:?}");
        let difference = recall.difference.unwrap();
        assert!((difference.estimate + lost).abs() < 1e-9, "this − other, in the metric's unit: {difference:?}");
        assert!(difference.high - difference.low < 1e-9, "the same seeds are compared pair by pair");
        assert_eq!(recall.margin, 0.01);
        assert!(matches!(found.values["lost"].reading, Reading::Difference(d) if (d.estimate + lost).abs() < 1e-9));
    }
}

#[test]
fn a_ratio_with_a_zero_side_is_said_and_not_infinite() {
    let found = chapter(vec![stated("float", "low", 1.0, 0.0, 400.0), stated("int8", "low", 1.0, 0.0, 0.0)]);
    assert_eq!(found.values["smaller"].reading, Reading::Zero);
    assert_eq!(found.findings["memory"].factor, None);
    assert!(found.findings["memory"].missing.as_ref().unwrap().contains("zero"));
    // By difference a zero is as good as any other number.
    let nothing: [&[f64]; 5] = [&[0.0, 0.0]; 5];
    let none = case("int8", &at("low"), 1.0).trials("recall", &nothing);
    let found = chapter(vec![stated("float", "low", 1.0, 0.0, 400.0), none]);
    let recall = &found.findings["recall"];
    assert_eq!((recall.verdict, recall.factor), (Some(Verdict::Slower), None));
    assert_eq!(recall.missing, None);
}

#[test]
fn what_was_not_stated_is_missing_with_its_reason() {
    let found = chapter(vec![stated("float", "low", 1.0, 0.0, 400.0), case("int8", &at("low"), 1.0)]);
    assert_eq!(found.findings["memory"].missing.as_deref(), Some("int8 of embedding: its memory is not known"));
    assert_eq!(
        found.values["recall"].reading,
        Reading::Missing("int8 of embedding: its recall@10 is not known".to_owned())
    );
}

/// `bits` is twice as fast at low density, as fast in the middle, half as fast at high density.
fn sweep() -> Vec<Case> {
    [("low", 0.5), ("middle", 1.0), ("high", 2.0)]
        .into_iter()
        .flat_map(|(density, seconds)| {
            [stated("float", density, 1.0, 0.0, 400.0), stated("bits", density, seconds, 0.3, 50.0)]
        })
        .collect()
}

#[test]
fn a_crossing_is_where_the_factor_passes_one() {
    let found = chapter(sweep());
    let Reading::Crossing { axis, crossed: Crossed::Once { estimate, low, high } } = &found.values["crossover"].reading
    else {
        panic!("{:?}", found.values["crossover"]);
    };
    let place = |place: &Place| match place {
        Place::At(place) => *place,
        other => panic!("{other:?}"),
    };
    assert_eq!(axis, "density");
    assert!((place(estimate) / 0.1).ln().abs() < 0.1, "{estimate:?}");
    assert!(place(low) <= place(estimate) && place(estimate) <= place(high));

    let claim = &found.claims[0];
    assert_eq!(claim.verdict, ClaimVerdict::Refuted, "{:?}", claim.measured);
    assert!(matches!(claim.measured, Some(Reading::Crossing { .. })));
}

#[test]
fn a_crossing_needs_two_places() {
    let mut cases = sweep();
    cases.truncate(2);
    let found = chapter(cases);
    assert!(matches!(&found.values["crossover"].reading, Reading::Missing(_)), "{:?}", found.values["crossover"]);
    assert_eq!(found.claims[0].verdict, ClaimVerdict::NotTestable);
}

#[test]
fn advice_keeps_its_conditions_and_saves_what_it_names() {
    let cases = || vec![stated("float", "low", 1.0, 0.0, 400.0), stated("int8", "low", 9.0, 0.01, 100.0)];
    let mut all = cases();
    // Smaller still, and not good enough.
    all.push(stated("bits", "low", 1.0, 0.3, 50.0));
    let found = chapter(all.clone());
    let advised = found.recommendation.unwrap();
    assert_eq!((advised.advised.as_str(), advised.action.as_str()), ("int8", "Store int8 of embedding"));
    let Gain::Metric { metric, now, then, saved } = advised.gain else { panic!("{:?}", advised.gain) };
    assert_eq!((metric, now, then, saved.estimate), (own("memory"), 400.0, 100.0, 300.0));
    assert_eq!(advised.workloads[0].saved.estimate, 300.0);
    let out = &found.ruled_out[0];
    assert_eq!((found.ruled_out.len(), out.variant.as_str(), out.require.at_least), (1, "bits", Some(0.9)));
    assert!(out.measured.unwrap().high < 0.9);

    // An interval that reaches over the bound is not enough.
    let wide: [&[f64]; 5] = [&[0.7], &[1.0], &[1.0], &[1.0], &[1.0]];
    all[1] = case("int8", &at("low"), 1.0).trials("recall", &wide).fact("memory_bytes", 100.0);
    let found = chapter(all);
    assert_eq!(found.recommendation, None);
    assert_eq!(found.ruled_out.len(), 2);
    assert!(found.no_recommendation.unwrap().contains("is shown to keep the conditions"));

    // What was not measured is not shown to keep it.
    let mut unknown = cases();
    unknown[1] = case("int8", &at("low"), 1.0).fact("memory_bytes", 100.0);
    assert_eq!(chapter(unknown).ruled_out[0].measured, None);

    let mut failed = cases();
    failed[1] = failed[1].clone().outcome(Outcome::Failed { reason: "it crashed".to_owned() });
    let found = chapter(failed);
    assert!(found.ruled_out.is_empty(), "a variant without measurement is not measured here, and not ruled out");
    assert!(found.no_recommendation.unwrap().contains("no alternative"));
}

#[test]
fn advice_brings_the_table_that_its_variant_recorded() {
    let table = RecordedTable::new(&[("Column", Unit::Number)], vec![vec![Cell::Column("embedding".to_owned())]]);
    let mut cases = vec![stated("float", "low", 1.0, 0.0, 400.0), stated("int8", "low", 1.0, 0.0, 100.0)];
    cases[1].tables.insert("advice".to_owned(), table.clone());
    assert_eq!(chapter(cases.clone()).recommendation.unwrap().details, Some(table.clone()));

    // Recorded in other work than the advised one, it is found as well; what another variant recorded is not.
    cases[1].tables.clear();
    let mut elsewhere = stated("int8", "high", 1.0, 0.0, 100.0);
    elsewhere.tables.insert("advice".to_owned(), table.clone());
    cases.push(elsewhere);
    assert_eq!(chapter(cases.clone()).recommendation.unwrap().details, Some(table.clone()));
    cases[2].variant = "float".to_owned();
    assert_eq!(chapter(cases).recommendation.unwrap().details, None);
}

#[test]
fn order_on_the_start_page_puts_time_and_money_first() {
    let analysis = analysed(vec![stated("float", "low", 1.0, 0.0, 400.0), stated("int8", "low", 1.0, 0.0, 100.0)]);
    assert_eq!(analysis.recommendations.len(), 1);
    assert!(analysis::advice_candidates(&analysis).is_empty(), "there is no time to measure again");
}
