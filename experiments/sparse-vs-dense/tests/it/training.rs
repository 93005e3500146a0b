//! The model: its gradient against differences, its layouts against each other, its optimum against the definition.

use kernels::{Level, Team};
use sparse_vs_dense::train::design::{Design, Lesson};
use sparse_vs_dense::train::model;
use testing::Random;

use crate::support::{by_rows, close, matrix};

const ROWS: usize = 300;
const COLUMNS: usize = 37;

fn designs(numbers: &[f64]) -> [Design; 3] {
    let csr = by_rows(numbers, ROWS, COLUMNS);
    let csc = csr.to_csc();
    [Design::dense(ROWS, COLUMNS, numbers.to_vec()), Design::sparse(csr), Design::sparse(csc)]
}

fn lessons(random: &mut Random) -> Vec<Lesson> {
    (0..ROWS).map(|_| [Lesson::Yes, Lesson::No, Lesson::Out][(random.bits() % 3) as usize]).collect()
}

#[test]
fn every_layout_has_the_same_loss_and_the_gradient_is_its_slope() {
    let mut random = Random(11);
    let numbers = matrix(&mut random, ROWS, COLUMNS, 0.2);
    let lessons = lessons(&mut random);
    let at = matrix(&mut random, COLUMNS + 1, 1, 1.0);
    for threads in [1, 3] {
        let team = Team::new(threads).unwrap();
        let mut seen: Option<(f64, Vec<f64>)> = None;
        for mut design in designs(&numbers) {
            for level in Level::present() {
                let mut gradient = vec![f64::NAN; COLUMNS + 1];
                let loss = design.loss(&team, level, &at, &lessons, &mut gradient);
                let (first_loss, first) = seen.get_or_insert_with(|| (loss, gradient.clone()));
                close(&[loss], &[*first_loss], "loss");
                close(&gradient, first, "gradient");
                for k in 0..=COLUMNS {
                    let mut moved = |by: f64| {
                        let mut place = at.clone();
                        place[k] += by;
                        design.loss(&team, level, &place, &lessons, &mut vec![0.0; COLUMNS + 1])
                    };
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((slope - gradient[k]).abs() < 1e-5, "{slope} and {} at {k}", gradient[k]);
                }
            }
        }
    }
}

#[test]
fn extreme_margins_have_finite_losses() {
    let mut design = Design::dense(4, 1, vec![1e4, -1e4, 1e4, -1e4]);
    let lessons = [Lesson::Yes, Lesson::Yes, Lesson::No, Lesson::No];
    let mut gradient = [0.0; 2];
    let loss = design.loss(&Team::new(1).unwrap(), Level::best(), &[1.0, 0.0], &lessons, &mut gradient);
    assert_eq!(loss, 2e4);
    assert_eq!(gradient, [2e4, 0.0]);
}

#[test]
fn training_ends_at_the_optimum_in_every_layout() {
    let mut random = Random(12);
    let numbers = matrix(&mut random, ROWS, COLUMNS, 0.3);
    let target: Vec<bool> =
        numbers.chunks(COLUMNS).map(|row| row[0] + row[1] - row[2] + 0.2 * random.signed() > 0.0).collect();
    let team = Team::new(1).unwrap();
    let mut values = Vec::new();
    for mut design in designs(&numbers) {
        let lessons = model::lessons(&target);
        let found = model::train(&mut design, &team, Level::best(), &lessons);
        assert!(found.converged, "{} iterations", found.iterations);
        // At the optimum, the gradient of the losses balances the weights.
        let mut gradient = vec![0.0; COLUMNS + 1];
        let loss = design.loss(&team, Level::best(), &found.at, &lessons, &mut gradient);
        for (slope, weight) in gradient.iter().zip(&found.at).take(COLUMNS) {
            assert!((slope + weight).abs() < 1e-5 * ROWS as f64 * 1.01, "{slope} {weight}");
        }
        let square: f64 = found.at[..COLUMNS].iter().map(|w| w * w).sum();
        close(&[found.value], &[(loss + square / 2.0) / ROWS as f64], "objective");
        values.push(found.value);
        let accuracy = model::accuracy(&mut design, &team, Level::best(), &target, 3).unwrap();
        assert!((0.75..=1.0).contains(&accuracy), "{accuracy}");
    }
    assert!(values.iter().all(|value| (value - values[0]).abs() < 1e-6 * values[0]), "{values:?}");
}

#[test]
fn splits_hold_out_about_a_fifth_and_differ_by_seed() {
    let held_out = |seed: u64| (0..10_000).filter(|row| model::is_held_out(seed, *row)).collect::<Vec<u64>>();
    let (one, two) = (held_out(1), held_out(2));
    assert!((1800..2200).contains(&one.len()), "{}", one.len());
    assert_eq!(one, held_out(1));
    assert_ne!(one, two);
}

#[test]
fn a_split_with_nobody_on_one_side_has_no_accuracy() {
    let mut design = Design::dense(1, 1, vec![1.0]);
    assert_eq!(model::accuracy(&mut design, &Team::new(1).unwrap(), Level::best(), &[true], 1), None);
}
