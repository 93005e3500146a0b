//! Every variant gives the answer of its workload, and says what it costs and what it loses.

use std::collections::BTreeMap;

use polars::prelude::*;
use results::{Cell, ColumnRole};

use crate::case::{Bench, DEFINITION, Done, values};
use crate::tables::{ROLES, log};

fn bench(rows: usize) -> Bench {
    Bench::new(log(rows), &ROLES, &["id", "at"]).unwrap()
}

fn fact(done: &BTreeMap<String, Done>, variant: &str, name: &str) -> f64 {
    done[variant].facts[name]
}

#[test]
fn all_variants_agree_on_every_workload() {
    let bench = bench(12_000);
    for workload in values("workload") {
        let done = bench.agree(&workload).unwrap_or_else(|reason| panic!("{workload}: {reason}"));
        let variants = DEFINITION.variant.iter().filter(|variant| {
            DEFINITION.exception(&variant.id, &results::Point::new().with("workload", &workload)).is_none()
        });
        // The vectors of these few words have too few dimensions for some cuts.
        assert!(done.len() >= 4 && done.len() + 3 >= variants.count(), "{workload}: {:?}", done.keys());
    }
}

#[test]
fn answers_do_not_carry_values() {
    let bench = bench(3000);
    for workload in ["load", "scan", "group-by", "join", "features"] {
        for (variant, done) in bench.agree(workload).unwrap() {
            assert!(
                done.answer.values.iter().all(|value| value.abs() < 1000.0),
                "{variant} {workload}: {:?}",
                done.answer
            );
        }
    }
}

#[test]
fn smaller_types_take_less_memory_and_the_tables_say_where() {
    let done = bench(4000).agree("load").unwrap();
    let memory = |variant: &str| fact(&done, variant, "memory");
    assert!(memory("lossless") < memory("as-is") / 1.5 && memory("single") < memory("lossless"));
    assert_eq!(memory("as-is"), memory("wide"), "every number of this table has 64 bits");
    let table = &done["as-is"].tables["columns"];
    assert_eq!(table.rows.len(), 16);
    let total = |column: usize| -> f64 {
        table.rows.iter().map(|row| if let Cell::Number(bytes) = row[column] { bytes } else { panic!("{row:?}") }).sum()
    };
    assert_eq!((total(3), total(4)), (memory("as-is"), memory("lossless")));
    let advice = &done["lossless"].tables["advice"];
    assert!(advice.rows.iter().all(|row| matches!(row[3], Cell::Number(saved) if saved > 0.0)), "{advice:?}");
    assert_eq!(done["wide"].answer.rows, 4000);
}

#[test]
fn what_rounding_loses_grows_as_types_shrink() {
    let done = bench(3000).agree("features").unwrap();
    let of = |name: &str| ["f32", "f16", "bf16"].map(|variant| fact(&done, variant, name));
    let [single, half, brain] = of("largest-error");
    assert!(0.0 < single && single < half && half < brain && brain <= 1.0 / 256.0, "{single} {half} {brain}");
    let [single, half, brain] = of("infinite");
    assert!(single == 0.0 && half > 0.9 && brain == 0.0, "a column reaches a million: {half}");
    let [single, half, _] = of("naive-error");
    assert!(single < 1e-3 && half == 1.0, "{single} {half}");
    let [single, _, brain] = of("wide-error");
    assert!(single < 1e-6 && brain < 5e-3, "{single} {brain}");
    assert!(of("merged")[2] > 0.5);
    let (errors, summaries) = (&done["wide"].tables["errors"], &done["wide"].tables["summaries"]);
    assert_eq!((errors.rows.len(), summaries.rows.len()), (5, 5), "the columns of floats");
    let overflows = |row: &&Vec<Cell>| row.contains(&Cell::Text("overflows".to_owned()));
    assert!(summaries.rows.iter().filter(overflows).count() >= 1);
}

#[test]
fn models_learn_in_every_type() {
    let bench = bench(4000);
    for workload in ["logistic", "trees"] {
        for (variant, done) in bench.agree(workload).unwrap() {
            let areas = &done.trials["auc"];
            assert_eq!(areas.len(), 2);
            assert!(areas.iter().all(|area| (0.85..=1.0).contains(area)), "{workload} {variant}: {areas:?}");
        }
    }
}

#[test]
fn recall_is_measured_against_the_exact_search() {
    let bench = bench(12_000);
    for workload in ["search", "search-random"] {
        let done = bench.agree(workload).unwrap();
        let recall = |variant: &str| {
            let trials = &done[variant].trials["recall"];
            assert_eq!(trials.len(), 5);
            trials.iter().sum::<f64>() / 5.0
        };
        assert_eq!(recall("f32"), 1.0, "{workload}");
        assert!(recall("wide") > 0.99 && recall("f16") > 0.97 && recall("int8") > 0.85, "{workload}");
        assert!(recall("binary-int8") > recall("binary"), "{workload}");
        for (variant, done) in &done {
            let (recalls, gains) = (&done.trials["recall"], &done.trials["ndcg"]);
            assert!(recalls.iter().chain(gains).all(|share| (0.0..=1.0).contains(share)), "{workload} {variant}");
        }
        let memory = |variant: &str| fact(&done, variant, "memory");
        assert_eq!((memory("wide"), memory("f16")), (2.0 * memory("f32"), memory("f32") / 2.0));
    }
}

#[test]
fn a_column_of_vectors_is_taken_as_it_is() {
    let vector = |i: usize| {
        let number = |d: usize| (((i * 7919 + d * 104_729) * 48_271 % 10_007) as f64 / 5003.5 - 1.0).to_string();
        format!("[{}]", (0..80).map(number).collect::<Vec<_>>().join(","))
    };
    let table = df!("embedding" => (0..1200).map(vector).collect::<Vec<_>>()).unwrap();
    let bench = Bench::new(table, &[("embedding", ColumnRole::Text)], &[]).unwrap();
    let done = bench.agree("search").unwrap();
    assert_eq!(fact(&done, "f32", "vector-bytes"), 320.0);
    assert!(done.contains_key("first-64") && !done.contains_key("first-256"));
}

#[test]
fn each_launch_draws_its_own_trials() {
    let bench = bench(12_000);
    let variant = DEFINITION.variant("binary").unwrap();
    let trials = |launch: u32| {
        let mut task = bench.task(variant, "search");
        task.launch = launch;
        let Ok(case) = data_types::experiment().prepare(&task) else { panic!("it was prepared before") };
        (case.trials["recall"].clone(), case.facts)
    };
    assert_eq!(trials(0), trials(0));
    assert_ne!(trials(0).0, trials(1).0);
    assert_eq!(trials(0).1, trials(1).1, "facts are the same in every launch");
}
