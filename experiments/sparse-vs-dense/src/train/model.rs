//! Logistic regression as scikit-learn's `LogisticRegression()` defines it: mean loss plus `‖w‖² / (2 n)`, bias free.

use kernels::{Level, Team};

use super::design::{Design, Lesson};
use super::lbfgs::{Minimum, minimise};
use crate::formula::mix;

/// Largest part of the gradient at which training ends: ten times stricter than scikit-learn's default, so that the losses
/// agree to more digits than the answers are compared in.
pub const TOLERANCE: f64 = 1e-5;
/// Share of the rows that a trial holds out, as one in so many.
const HELD_OUT: u64 = 5;

/// Trains on the rows that are not held out.
pub fn train(design: &mut Design, team: &Team, level: Level, lessons: &[Lesson]) -> Minimum {
    let rows = lessons.iter().filter(|lesson| **lesson != Lesson::Out).count().max(1) as f64;
    let columns = design.columns();
    let start = vec![0.0; columns + 1];
    let objective = |model: &[f64], gradient: &mut [f64]| {
        let loss = design.loss(team, level, model, lessons, gradient) / rows;
        gradient.iter_mut().for_each(|g| *g /= rows);
        let mut square = 0.0;
        for (g, weight) in gradient.iter_mut().zip(&model[..columns]) {
            *g += weight / rows;
            square += weight * weight;
        }
        loss + square / (2.0 * rows)
    };
    minimise(objective, start, TOLERANCE)
}

/// Share of held-out rows that a model trained on the others gets right; `None` if one side of the split is empty.
pub fn accuracy(design: &mut Design, team: &Team, level: Level, target: &[bool], seed: u64) -> Option<f64> {
    let held_out: Vec<bool> = (0..target.len() as u64).map(|row| is_held_out(seed, row)).collect();
    let all = lessons(target);
    let lessons: Vec<Lesson> =
        all.iter().zip(&held_out).map(|(lesson, out)| if *out { Lesson::Out } else { *lesson }).collect();
    if held_out.iter().all(|out| *out) || !held_out.contains(&true) {
        return None;
    }
    let model = train(design, team, level, &lessons).at;
    let (weights, bias) = model.split_at(design.columns());
    let margins = design.margins(team, level, weights, bias[0]);
    let (mut right, mut tested) = (0_u32, 0_u32);
    for ((margin, target), _) in margins.iter().zip(target).zip(&held_out).filter(|(_, out)| **out) {
        right += u32::from((*margin > 0.0) == *target);
        tested += 1;
    }
    Some(f64::from(right) / f64::from(tested))
}

/// Whether a row is held out in the split of a seed: the same rows in every lane.
#[must_use]
pub fn is_held_out(seed: u64, row: u64) -> bool {
    mix(mix(seed) ^ row).is_multiple_of(HELD_OUT)
}

/// What each row teaches if none is held out.
#[must_use]
pub fn lessons(target: &[bool]) -> Vec<Lesson> {
    target.iter().map(|is| if *is { Lesson::Yes } else { Lesson::No }).collect()
}
