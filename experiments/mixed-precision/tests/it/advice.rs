//! What a reader is advised, from runs that are made up: with a GPU, and without.

use analysis::{Assumptions, ChapterAnalysis, Gain, analyse};
use results::{Case, Cell, Point, RecordedTable, Unit};
use testing::run::{case, run, with_trials};

use crate::support::{DEFINITION, at};

const SLUG: &str = "mixed-precision";

fn chapter(cases: Vec<Case>) -> ChapterAnalysis {
    let run = run(SLUG, &DEFINITION, cases);
    analyse(&run, &[(SLUG.to_owned(), DEFINITION.clone(), Vec::new())], &Assumptions::default()).chapters.remove(0)
}

fn step(model: &str, batch: &str) -> Point {
    at(&[("work", "step"), ("model", model), ("batch", batch)])
}

/// A variant that takes so long for a step, and then knows so much of the small task.
fn trained(variant: &str, step: &Point, seconds: f64, accuracy: f64) -> [Case; 2] {
    let learn = case(SLUG, variant, &at(&[("work", "learn"), ("model", "small")]), 0.001);
    [case(SLUG, variant, step, seconds), with_trials(learn, "accuracy", accuracy)]
}

fn on_the_processor() -> Vec<Case> {
    let step = step("wide", "2");
    [("f32", 0.2), ("bf16", 0.1), ("f16", 0.3)].iter().flat_map(|(id, s)| trained(id, &step, *s, 0.99)).collect()
}

/// Times of a step in f32, TF32, bf16 and f16, and what is known after training in bf16.
fn on_the_gpu(seconds: [f64; 4], accuracy: f64) -> Vec<Case> {
    let step = step("distilbert", "32");
    let variants = ["gpu-f32", "gpu-tf32", "gpu-bf16", "gpu-f16"].into_iter().zip(seconds);
    let right = |id| if id == "gpu-bf16" { accuracy } else { 0.99 };
    variants.flat_map(|(id, seconds)| trained(id, &step, seconds, right(id))).collect()
}

#[test]
fn who_has_no_gpu_is_told_about_the_processor() {
    let found = chapter(on_the_processor()).recommendation.unwrap();
    assert_eq!((found.current.as_str(), found.advised.as_str()), ("f32", "bf16"));
    assert_eq!(found.action, "Train on this processor in bf16");
}

#[test]
fn who_has_a_gpu_is_told_about_the_gpu() {
    let mut cases = [on_the_processor(), on_the_gpu([0.1, 0.05, 0.025, 0.03], 0.99)].concat();
    let fits = RecordedTable::new(&[("On this GPU", Unit::Number)], vec![vec![Cell::Number(512.0)]]);
    let mut fit = case(SLUG, "gpu-bf16", &at(&[("work", "fit"), ("model", "distilbert")]), 1.0);
    fit.tables.insert("advice".to_owned(), fits.clone());
    cases.push(fit);
    let found = chapter(cases).recommendation.unwrap();
    assert_eq!((found.current.as_str(), found.advised.as_str()), ("gpu-f32", "gpu-bf16"));
    assert_eq!(found.action, "Train in bf16 on the GPU");
    // What it saves: by step, by day, and in money; and what fits.
    let work = &found.workloads[0];
    assert!((work.now - 0.1).abs() < 2e-3 && (work.saved.estimate - 0.075).abs() < 2e-3, "{work:?}");
    let Gain::Time { seconds_per_day, money_per_month } = found.gain else { panic!("{:?}", found.gain) };
    assert!((seconds_per_day.estimate / (work.per_day * 0.075) - 1.0).abs() < 0.03, "{seconds_per_day:?}");
    assert!(money_per_month.low > 0.0);
    assert_eq!(found.details, Some(fits));
}

#[test]
fn a_precision_in_which_nothing_is_learnt_is_not_advised_on_a_gpu_either() {
    let found = chapter(on_the_gpu([0.1, 0.05, 0.025, 0.03], 0.5));
    assert_eq!(found.recommendation.unwrap().advised, "gpu-f16");
    assert_eq!(found.ruled_out.iter().map(|out| out.variant.as_str()).collect::<Vec<_>>(), ["gpu-bf16"]);
}

#[test]
fn who_has_a_gpu_without_units_for_less_is_told_to_stay() {
    let step = step("distilbert", "32");
    let old = ["gpu-f32", "gpu-f16"].iter().flat_map(|id| trained(id, &step, 0.1, 0.99)).collect();
    let found = chapter([on_the_processor(), old].concat());
    assert_eq!(found.recommendation, None);
    assert!(found.no_recommendation.unwrap().contains("what you have now (f32 on the GPU)"));
}
