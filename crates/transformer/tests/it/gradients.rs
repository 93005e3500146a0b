//! Gradients against differences of the reference's loss, for every group of parameters.

use transformer::{Config, Precision, Trainer};

use crate::reference::Reference;
use crate::{lively_weights, odd, texts, tiny};

/// Half the distance of a central difference: its error is about the square.
const STEP: f64 = 1e-4;

#[test]
fn of_every_weight_of_a_tiny_model() {
    let config = tiny();
    for (batch, sequence) in [(3, 6), (5, 4)] {
        let weights = lively_weights(&config);
        let batch = texts(&config, batch, sequence);
        let mut trainer = Trainer::new(&config, Precision::F32, 1, 2).expect("a trainer");
        trainer.set_weights(&weights).expect("as many weights");
        let (_, gradients) = trainer.gradients(&batch).expect("gradients");
        let mut reference = Reference::new(&config, &weights);
        for parameter in transformer::layout(&config) {
            let exact: Vec<f64> = parameter
                .range
                .clone()
                .map(|at| {
                    let mut shifted = |by: f64| {
                        let before = reference.weights[at];
                        reference.weights[at] += by;
                        let loss = reference.loss(&batch);
                        reference.weights[at] = before;
                        loss
                    };
                    (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP)
                })
                .collect();
            let error = distance(&gradients[parameter.range.clone()], &exact);
            // Keys' biases have no gradient, so that a group may be all noise: it is measured against the whole, too.
            assert!(error < 2e-5, "{}: {error:e}", parameter.name);
            assert!(norm(&exact) > 1e-6, "{} has a say", parameter.name);
        }
    }
}

#[test]
fn along_random_directions_of_a_model_that_fits_nothing_evenly() {
    let config = odd();
    let weights = lively_weights(&config);
    let batch = texts(&config, 2, 20);
    let mut trainer = Trainer::new(&config, Precision::F32, 1, 2).expect("a trainer");
    trainer.set_weights(&weights).expect("as many weights");
    let (_, gradients) = trainer.gradients(&batch).expect("gradients");
    let mut reference = Reference::new(&config, &weights);
    for parameter in transformer::layout(&config) {
        // Along the gradient itself the difference is its length: no part of it may be missing or too much.
        let ours = &gradients[parameter.range.clone()];
        let length = norm(&ours.iter().map(|g| f64::from(*g)).collect::<Vec<_>>());
        let before = reference.weights[parameter.range.clone()].to_vec();
        let mut shifted = |by: f64| {
            for ((weight, before), g) in reference.weights[parameter.range.clone()].iter_mut().zip(&before).zip(ours) {
                *weight = before + by * f64::from(*g) / length;
            }
            reference.loss(&batch)
        };
        let exact = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
        shifted(0.0);
        assert!((exact - length).abs() < 1e-4 * length, "{}: {length} for {exact}", parameter.name);
    }
}

#[test]
fn of_lower_precisions_lie_near_those_of_f32() {
    let config = odd();
    let (weights, batch) = (lively_weights(&config), texts(&config, 2, 20));
    let exact = gradients(&config, Precision::F32, &weights, &batch);
    for (precision, tolerance) in
        [(Precision::F16 { scaling: true }, 0.01), (Precision::F16 { scaling: false }, 0.01), (Precision::Bf16, 0.06)]
    {
        let ours = gradients(&config, precision, &weights, &batch);
        for parameter in transformer::layout(&config) {
            let exact: Vec<f64> = exact[parameter.range.clone()].iter().map(|g| f64::from(*g)).collect();
            let error = distance(&ours[parameter.range.clone()], &exact);
            assert!(error < tolerance * norm(&exact), "{precision:?} {}: {error:e}", parameter.name);
        }
    }
}

fn gradients(config: &Config, precision: Precision, weights: &[f32], batch: &transformer::Batch) -> Vec<f32> {
    let scaling = transformer::Scaling { initial: 1024.0, ..transformer::Scaling::default() };
    let mut trainer = Trainer::new(config, precision, 1, 2).expect("a trainer").with_scaling(scaling);
    trainer.set_weights(weights).expect("as many weights");
    trainer.gradients(batch).expect("gradients").1
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn distance(ours: &[f32], exact: &[f64]) -> f64 {
    norm(&ours.iter().zip(exact).map(|(ours, exact)| f64::from(*ours) - exact).collect::<Vec<_>>())
}
