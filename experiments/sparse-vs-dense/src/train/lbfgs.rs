//! Minimising a smooth function: limited-memory BFGS with a line search for the Wolfe conditions, as SciPy's `lbfgs` does it.

use std::collections::VecDeque;

/// Steps that are remembered, as many as SciPy remembers.
const MEMORY: usize = 10;
/// Most iterations, as many as scikit-learn allows by default.
const ITERATIONS: usize = 100;
/// Most trials of a line search.
const TRIALS: usize = 40;
/// How much of the promised decrease a step must bring.
const DECREASE: f64 = 1e-4;
/// How much of the slope may be left.
const CURVATURE: f64 = 0.9;

/// Where a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The place.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// Steps taken.
    pub iterations: usize,
    /// Whether the gradient became small enough.
    pub converged: bool,
}

/// Minimises `function` from `start` until no part of the gradient exceeds `tolerance`.
///
/// `function` gets a place and room for the gradient, and returns the value.
#[must_use]
pub fn minimise(mut function: impl FnMut(&[f64], &mut [f64]) -> f64, start: Vec<f64>, tolerance: f64) -> Minimum {
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(&at, &mut gradient);
    let mut memory: VecDeque<Step> = VecDeque::with_capacity(MEMORY);
    for iterations in 0..ITERATIONS {
        if largest(&gradient) <= tolerance {
            return Minimum { at, value, iterations, converged: true };
        }
        let direction = direction(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        // Without any memory the gradient's length says nothing about how far to go.
        let first =
            if memory.is_empty() { 1.0_f64.min(1.0 / gradient.iter().map(|g| g.abs()).sum::<f64>()) } else { 1.0 };
        let Some(next) = search(&mut function, &at, value, slope, &direction, first) else {
            return Minimum { at, value, iterations, converged: false };
        };
        if memory.len() == MEMORY {
            memory.pop_front();
        }
        memory.extend(Step::between(&at, &next.at, &gradient, &next.gradient));
        (at, gradient, value) = (next.at, next.gradient, next.value);
    }
    let converged = largest(&gradient) <= tolerance;
    Minimum { at, value, iterations: ITERATIONS, converged }
}

/// A step that was taken: how far, and how the gradient changed.
struct Step {
    moved: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

impl Step {
    /// `None` if the change says nothing about the curvature.
    fn between(from: &[f64], to: &[f64], before: &[f64], after: &[f64]) -> Option<Self> {
        let minus = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let (moved, change) = (minus(to, from), minus(after, before));
        let product = dot(&moved, &change);
        (product > f64::EPSILON * dot(&change, &change)).then(|| Self { moved, change, inverse: 1.0 / product })
    }
}

/// The negative gradient, bent by what is known about the curvature.
fn direction(gradient: &[f64], memory: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut weights = Vec::with_capacity(memory.len());
    for step in memory.iter().rev() {
        let weight = step.inverse * dot(&step.moved, &direction);
        add_scaled(-weight, &step.change, &mut direction);
        weights.push(weight);
    }
    if let Some(last) = memory.back() {
        let scale = 1.0 / (last.inverse * dot(&last.change, &last.change));
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for (step, weight) in memory.iter().zip(weights.into_iter().rev()) {
        let back = step.inverse * dot(&step.change, &direction);
        add_scaled(weight - back, &step.moved, &mut direction);
    }
    direction
}

struct Place {
    at: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
}

/// Halves and doubles the step until it decreases the function enough and leaves little slope; `None` if none does.
fn search(
    function: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
    from: &[f64],
    value: f64,
    slope: f64,
    direction: &[f64],
    first: f64,
) -> Option<Place> {
    if slope >= 0.0 || slope.is_nan() {
        return None;
    }
    let (mut least, mut most, mut step) = (0.0, f64::INFINITY, first);
    let mut place = Place { at: from.to_vec(), gradient: vec![0.0; from.len()], value };
    for _ in 0..TRIALS {
        place.at.iter_mut().zip(from).zip(direction).for_each(|((at, from), d)| *at = from + step * d);
        place.value = function(&place.at, &mut place.gradient);
        if place.value > value + DECREASE * step * slope || place.value.is_nan() {
            most = step;
        } else if dot(&place.gradient, direction) < CURVATURE * slope {
            least = step;
        } else {
            return Some(place);
        }
        step = if most.is_finite() { f64::midpoint(least, most) } else { 2.0 * least };
    }
    // At the end of what doubles can tell apart, a decrease is all that can be had.
    (place.value < value).then_some(place)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add_scaled(factor: f64, x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
}

fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |largest, g| if g.is_nan() { f64::INFINITY } else { g.abs().max(largest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_bottom_of_a_curved_valley() {
        let rosenbrock = |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * x[0] * b;
            g[1] = 200.0 * b;
            a * a + 100.0 * b * b
        };
        let found = minimise(rosenbrock, vec![-1.2, 1.0], 1e-8);
        assert!(found.converged, "{found:?}");
        assert!((found.at[0] - 1.0).abs() < 1e-6 && (found.at[1] - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn it_stops_where_it_starts_if_that_is_the_bottom() {
        let bowl = |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(x);
            0.5 * dot(x, x)
        };
        let found = minimise(bowl, vec![0.0; 3], 1e-6);
        assert_eq!((found.iterations, found.converged), (0, true));
        assert!(minimise(bowl, vec![5.0, -3.0], 1e-9).converged);
        assert!(minimise(bowl, Vec::new(), 1e-6).converged);
    }

    #[test]
    fn a_function_without_a_value_ends_the_search() {
        let found = minimise(
            |_: &[f64], g: &mut [f64]| {
                g.fill(f64::NAN);
                f64::NAN
            },
            vec![1.0],
            1e-6,
        );
        assert!(!found.converged);
    }
}
