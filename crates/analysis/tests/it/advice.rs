//! Advice: what it saves, and when none is given.

use analysis::{Analysis, Assumptions, Gain, Recommendation, advice_candidates, analyse};
use catalog::Advice;
use results::{Case, Column, Dataset, Outcome, Role, Run, Source};
use stats::Interval;

use crate::fixture::{Dress, SLUG, analysed, case, chapter, definition, experiment, noisy, point, with};

/// CSV, Parquet and Avro on both warm workloads: seconds per scan and per lookup.
fn cases(csv: (f64, f64), parquet: (f64, f64), avro: (f64, f64)) -> Vec<Case> {
    [("csv", csv), ("parquet", parquet), ("avro", avro)]
        .into_iter()
        .flat_map(|(variant, (scan, lookup))| {
            [case(variant, &point("scan", "warm"), scan), case(variant, &point("lookup", "warm"), lookup)]
        })
        .collect()
}

fn advice(cases: Vec<Case>) -> Result<Recommendation, String> {
    let analysis = analysed(&with(cases));
    let chapter = chapter(&analysis);
    chapter.recommendation.clone().ok_or_else(|| chapter.no_recommendation.clone().unwrap())
}

/// What time a recommendation saves a day, and money a month.
fn time(found: &Recommendation) -> (Interval, Interval) {
    match &found.gain {
        Gain::Time { seconds_per_day, money_per_month } => (*seconds_per_day, *money_per_month),
        other => panic!("{other:?}"),
    }
}

fn seconds(found: &Recommendation) -> Interval {
    time(found).0
}

fn money(found: &Recommendation) -> Interval {
    time(found).1
}

fn near(got: f64, expected: f64) -> bool {
    (got / expected - 1.0).abs() < 0.03
}

#[test]
fn the_variant_that_saves_most_over_all_workloads_is_advised() {
    // 40 scans and 10 lookups a day. Avro wins the lookup, Parquet the day.
    let found = advice(cases((2.0, 1.0), (0.5, 1.5), (1.8, 0.1))).unwrap();
    assert_eq!((found.current.as_str(), found.advised.as_str()), ("csv", "parquet"));
    assert_eq!((found.action.as_str(), found.unless.as_str()), ("Convert to Parquet", "You append row by row."));
    assert!(near(seconds(&found).estimate, 40.0 * 1.5 - 10.0 * 0.5), "{found:?}");
    assert!(seconds(&found).low > 50.0 && seconds(&found).high < 60.0);
    assert!(near(money(&found).estimate, 21.0 * 55.0 * 75.0 / 3600.0));
    assert_eq!(found.params["codec"], "zstd");
    assert_eq!((found.confirmed, found.left_out.len(), found.disk_bytes), (None, 0, None));
    let (scan, lookup) = (&found.workloads[0], &found.workloads[1]);
    assert!(near(scan.now, 2.0) && near(scan.then, 0.5) && near(scan.saved.estimate, 1.5));
    assert!(lookup.saved.high < 0.0, "what it costs is said too");
}

#[test]
fn the_readers_frequencies_and_prices_decide() {
    let run = with(cases((2.0, 1.0), (0.5, 1.5), (1.8, 0.1)));
    let ask = |assumptions: Assumptions| {
        analyse(&run, &[(SLUG.to_owned(), definition(), vec![])], &assumptions).recommendations.first().cloned()
    };
    let lookups = Assumptions {
        frequencies: [("lookup".to_owned(), 1000.0), ("scan".to_owned(), 1.0)].into(),
        ..Assumptions::default()
    };
    assert_eq!(ask(lookups).unwrap().advised, "avro");
    let free = Assumptions { usd_per_hour: 0.0, usd_per_tb: 0.0, ..Assumptions::default() };
    let free = ask(free).unwrap();
    assert_eq!((free.advised.as_str(), money(&free).estimate), ("parquet", 0.0), "time alone counts then");
    let never = Assumptions {
        frequencies: [("lookup".to_owned(), 0.0), ("scan".to_owned(), 0.0)].into(),
        ..Assumptions::default()
    };
    assert_eq!(ask(never), None);
}

#[test]
fn bytes_billed_are_money_too() {
    let sized = |bytes: f64| move |case: Case| case.fact("bytes_scanned", bytes);
    let mut all: Vec<Case> = cases((1.0, 1.0), (1.0, 1.0), (1.0, 1.0));
    all = all.into_iter().map(|c| if c.variant == "parquet" { sized(1e11)(c) } else { sized(1e12)(c) }).collect();
    let found = advice(all).unwrap();
    assert_eq!(found.advised, "parquet");
    assert!(near(found.workloads[0].saved_money, 4.5));
    assert!(near(money(&found).estimate, 21.0 * 50.0 * 4.5), "{:?}", money(&found));
}

#[test]
fn sizes_now_and_then() {
    let all = cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9)).into_iter();
    let all = all.map(|c| if c.variant == "parquet" { c.fact("disk_bytes", 3.0) } else { c.fact("disk_bytes", 9.0) });
    assert_eq!(advice(all.collect()).unwrap().disk_bytes, Some((9.0, 3.0)));
}

#[test]
fn what_the_reader_has_goes_by_the_format_of_the_files() {
    let mut run = with(cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9)));
    run.dataset = Some(dataset("avro"));
    let recommended = |run: &Run| analysed(run).recommendations.first().map(|r| (r.current.clone(), r.advised.clone()));
    assert_eq!(recommended(&run), Some(("avro".to_owned(), "parquet".to_owned())));
    run.dataset = Some(dataset("csv"));
    assert_eq!(recommended(&run), Some(("csv".to_owned(), "parquet".to_owned())));

    let label = |run: &Run| analysed(run).recommendations.first().map(|r| r.current_label.clone());
    assert_eq!(label(&run).as_deref(), Some("CSV"));
    run.dataset = Some(dataset("csv.gz"));
    assert_eq!(label(&run).as_deref(), Some("csv.gz, measured as CSV"), "it only comes nearest");
}

fn dataset(format: &str) -> Dataset {
    Dataset {
        id: "d".to_owned(),
        name: "d".to_owned(),
        source: Source::User,
        format: Some(format.to_owned()),
        files: 1,
        bytes: 1,
        rows: 1,
        rows_used: 1,
        part: None,
        columns: Vec::<Column>::new(),
        notes: vec![],
    }
}

#[test]
fn who_has_more_is_told_something_else() {
    let mut definition = definition();
    let advice = definition.advice.as_mut().unwrap();
    let more = Advice {
        action: "Use {variant} on it".to_owned(),
        variants: vec!["parquet".to_owned()],
        current: "avro".to_owned(),
        current_by_format: Default::default(),
        ..advice.clone()
    };
    advice.instead = Some(Box::new(more));
    let told = |cases: Vec<Case>| {
        let run = Run { experiments: vec![experiment(&definition)], ..with(cases) };
        let analysis = analyse(&run, &[(SLUG.to_owned(), definition.clone(), vec![])], &Assumptions::default());
        let chapter = chapter(&analysis).clone();
        chapter
            .recommendation
            .map(|found| (found.current, found.action))
            .ok_or(chapter.no_recommendation.unwrap_or_default())
    };
    let all = cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9));
    assert_eq!(told(all.clone()), Ok(("avro".to_owned(), "Use Parquet on it".to_owned())));
    let without: Vec<Case> = all.iter().filter(|case| case.variant != "avro").cloned().collect();
    assert_eq!(told(without), Ok(("csv".to_owned(), "Convert to Parquet".to_owned())));
    // Who has more and cannot gain there is not told about what others have.
    let good = cases((2.0, 1.0), (0.5, 0.5), (0.4, 0.4));
    assert!(told(good).unwrap_err().contains("what you have now (Avro) is as good"));
}

#[test]
fn no_advice_without_a_clear_saving() {
    let same = advice(cases((1.0, 1.0), (1.0, 1.0), (1.01, 1.0))).unwrap_err();
    assert!(same.contains("as good as the best"), "{same}");
    let worse = advice(cases((1.0, 1.0), (3.0, 3.0), (2.0, 2.0))).unwrap_err();
    assert!(worse.contains("as good as the best"), "{worse}");
    let wild: Vec<Case> = [("csv", 1.3), ("parquet", 1.0)]
        .iter()
        .flat_map(|(v, s)| ["scan", "lookup"].map(|w| noisy(v, &point(w, "warm"), *s, 3, 0.4)))
        .collect();
    let wild = advice(wild).unwrap_err();
    assert!(wild.contains("cannot tell") || wild.contains("as good as"), "{wild}");
}

#[test]
fn what_is_missing_is_left_out_aloud() {
    // The current variant's lookup failed: the scan alone counts, and the page says so.
    let mut all = cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9));
    all[1] = all[1].clone().outcome(Outcome::Failed { reason: "it crashed".to_owned() });
    let found = advice(all.clone()).unwrap();
    assert_eq!(found.left_out, ["Lookup: it crashed"]);
    assert!(near(seconds(&found).estimate, 60.0));

    // An alternative without all workloads is no candidate.
    let mut all = cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9));
    all[3] = all[3].clone().outcome(Outcome::TimedOut { seconds: 9 });
    assert_eq!(advice(all).unwrap().advised, "avro");

    assert!(advice(vec![]).unwrap_err().contains("what you have now (CSV) was not measured here"));
    let alone = vec![case("csv", &point("scan", "warm"), 1.0)];
    assert!(advice(alone).unwrap_err().contains("no alternative to CSV"));
}

#[test]
fn candidates_for_the_second_run_carry_most_of_the_saving() {
    let analysis: Analysis = analysed(&with(cases((2.0, 1.0), (0.5, 0.9), (1.8, 0.9))));
    let expected = vec![(SLUG.to_owned(), point("scan", "warm"), "parquet".to_owned(), "csv".to_owned())];
    assert_eq!(advice_candidates(&analysis), expected);
    let even = analysed(&with(cases((2.0, 8.0), (0.5, 1.0), (1.8, 8.0))));
    let points: Vec<_> = advice_candidates(&even).into_iter().map(|(_, point, ..)| point).collect();
    assert_eq!(points, [point("lookup", "warm"), point("scan", "warm")]);
    assert!(advice_candidates(&analysed(&with(vec![]))).is_empty());
}

#[test]
fn a_second_run_confirms_or_withdraws() {
    let again = |parquet: f64| {
        let mut all = cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9));
        all.push(case("csv", &point("scan", "warm"), 2.1).role(Role::Confirm));
        all.push(case("parquet", &point("scan", "warm"), parquet).role(Role::Confirm));
        advice(all)
    };
    assert_eq!(again(0.6).unwrap().confirmed, Some(true));
    assert!(again(2.1).unwrap_err().contains("did not confirm"));
}

#[test]
fn recommendations_come_by_money_then_time() {
    let mut run = with(cases((2.0, 1.0), (0.5, 0.5), (1.8, 0.9)));
    let mut rich = definition();
    rich.order = 9;
    rich.advice.as_mut().unwrap().workload[0].per_day = 4000.0;
    let mut experiment = crate::fixture::experiment(&rich);
    experiment.slug = "rich".to_owned();
    run.experiments.push(experiment);
    let twins: Vec<Case> = run.cases.iter().cloned().map(|c| Case { experiment: "rich".to_owned(), ..c }).collect();
    run.cases.extend(twins);
    let order: Vec<String> = analysed(&run).recommendations.into_iter().map(|r| r.slug).collect();
    assert_eq!(order, ["rich", SLUG]);
}
