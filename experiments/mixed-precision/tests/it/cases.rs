//! Whole cases on the processor: every precision at every kind of work.

use results::{Cell, Point};

use crate::support::{Bench, DEFINITION, at};

const PRECISIONS: [&str; 3] = ["f32", "bf16", "f16"];

/// Runs variants at a point twice, and holds their answers against the baseline's by their own tolerance.
fn agree(bench: &Bench, point: &Point, variants: &[&str]) {
    let mut baseline = None;
    for id in variants {
        let mut case = bench.prepare(id, point).unwrap_or_else(|why| panic!("{id} {point}: {why}"));
        let first = (case.work)().unwrap();
        assert_eq!(first, (case.work)().unwrap(), "{id} {point}: the second call differs");
        let tolerance = DEFINITION.variant(id).unwrap().tolerance.unwrap_or(DEFINITION.tolerance);
        let expected = baseline.get_or_insert_with(|| first.clone());
        assert_eq!(first.disagreement(expected, tolerance), None, "{id} {point}");
        for setting in ["precision", "arithmetic", "threads"] {
            assert!(!case.settings[setting].is_empty(), "{id} {point}: {setting}");
        }
    }
}

#[test]
fn products_agree_and_their_errors_grow_as_digits_shrink() {
    let bench = Bench::new();
    for size in ["64", "256"] {
        let point = at(&[("work", "product"), ("size", size)]);
        agree(&bench, &point, &PRECISIONS);
        let error = |variant| bench.prepare(variant, &point).unwrap().facts["error"];
        let [f32, bf16, f16] = PRECISIONS.map(error);
        assert!(f32 > 0.0 && f32 < 1e-6, "{f32}");
        // Half of the largest rounding error of each factor is about what random numbers suffer.
        assert!((1e-4..1e-3).contains(&f16), "{f16}");
        assert!((1e-3..5e-3).contains(&bf16), "{bf16}");
    }
}

#[test]
fn arrays_agree_in_every_format() {
    let bench = Bench::new();
    for work in ["add", "sum"] {
        let point = at(&[("work", work), ("elements", "32k")]);
        agree(&bench, &point, &PRECISIONS);
        let bytes = |variant| bench.prepare(variant, &point).unwrap().facts["bytes"];
        assert_eq!(bytes("f32"), 2.0 * bytes("bf16"));
    }
    let sum = bench.prepare("bf16", &at(&[("work", "sum"), ("elements", "32k")])).unwrap();
    assert_eq!(sum.tables["accumulation"].rows.len(), 6);
}

#[test]
fn steps_agree_and_say_what_they_hold() {
    let bench = Bench::new();
    let point = at(&[("work", "step"), ("model", "small"), ("batch", "8")]);
    agree(&bench, &point, &PRECISIONS);
    let [f32, bf16] = ["f32", "bf16"].map(|variant| bench.prepare(variant, &point).unwrap().facts);
    assert_eq!(f32["rows"], 8.0 * 8.0);
    assert_eq!(f32["memory_master"], 0.0);
    assert_eq!(bf16["memory_master"], f32["memory_weights"], "the weights in f32 are the master weights");
    assert!(bf16["memory_activations"] < f32["memory_activations"]);
    for part in ["weights", "gradients", "optimizer", "activations", "workspace"] {
        assert!(f32[&format!("memory_{part}")] > 0.0, "{part}");
    }
    let parts: f64 = f32.iter().filter(|(name, _)| name.starts_with("memory_")).map(|(_, bytes)| bytes).sum();
    assert_eq!(parts, f32["memory"]);
    assert!(bench.scratch.path().join("mixed-precision/small-8.json").exists());
}

#[test]
fn the_model_learns_and_loses_gradients_without_a_scale() {
    let bench = Bench::new();
    let point = at(&[("work", "learn"), ("model", "small")]);
    agree(&bench, &point, &["f32", "bf16", "f16", "f16-unscaled"]);
    let learnt = |variant| bench.prepare(variant, &point).unwrap();
    let f32 = learnt("f32");
    let accuracies = &f32.trials["accuracy"];
    assert!(accuracies.iter().all(|accuracy| (0.8..0.97).contains(accuracy)), "{accuracies:?}");
    let losses = &f32.tables["loss"];
    let loss = |row: usize| if let Cell::Number(loss) = losses.rows[row][1] { loss } else { panic!("{losses:?}") };
    assert!(loss(losses.rows.len() - 1) < loss(0) / 2.0);
    assert!(!f32.trials.contains_key("underflow"), "nothing is rounded to f16");
    let lost = |variant| learnt(variant).trials["underflow"][0];
    assert!(lost("f16") < lost("f16-unscaled"), "{} and {}", lost("f16"), lost("f16-unscaled"));
}

#[test]
fn a_launch_draws_its_own_weights_and_all_precisions_the_same() {
    let bench = Bench::new();
    let first = |variant: &str, launch| {
        let mut task = bench.task(DEFINITION.variant(variant).unwrap(), &at(&[("work", "learn"), ("model", "small")]));
        task.launch = launch;
        let Ok(mut case) = mixed_precision::experiment().prepare(&task) else { panic!("{variant}") };
        (case.work)().unwrap().values[0]
    };
    assert_ne!(first("f32", 0), first("f32", 1));
    assert!((first("f32", 1) - first("bf16", 1)).abs() < 0.01);
}

#[test]
fn a_format_of_sixteen_bits_fits_a_larger_batch() {
    let bench = Bench::new();
    let point = at(&[("work", "fit"), ("model", "wide")]);
    let [f32, bf16] = ["f32", "bf16"].map(|variant| {
        let mut case = bench.prepare(variant, &point).unwrap();
        (case.work)().unwrap();
        assert!(case.facts["memory"] <= f64::from(384 << 20));
        case.facts["largest_batch"]
    });
    assert!(f32 >= 1.0 && bf16 > f32, "{f32} and {bf16}");
}
