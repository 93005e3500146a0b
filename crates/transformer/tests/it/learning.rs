//! What every precision is for: to learn.

use transformer::{Config, Precision, Scaling, StepReport, Task, Trainer};

const ALL: [Precision; 4] =
    [Precision::F32, Precision::Bf16, Precision::F16 { scaling: true }, Precision::F16 { scaling: false }];

fn learn(trainer: &mut Trainer, task: &Task, steps: u64) -> Vec<StepReport> {
    (0..steps).map(|step| trainer.step(&task.batch(step, 32)).expect("a step")).collect()
}

// How soon a seed finds the rule of the task is chaos: another CPU rounds otherwise, and takes another path. What any path must
// do is to learn a few samples by heart.
#[test]
fn every_precision_learns_samples_by_heart() {
    let config = Config { sequence: 16, vocabulary: 24, ..Config::small() };
    let task = Task::new(&config, 1).expect("a task");
    let batch = task.batch(0, 16);
    for precision in ALL {
        let mut trainer = Trainer::new(&config, precision, 1, 2).expect("a trainer");
        let reports: Vec<_> = (0..80).map(|_| trainer.step(&batch).expect("a step")).collect();
        let (first, last) = (reports[0].loss, reports[79].loss);
        assert!((first - 0.693).abs() < 0.05, "{precision:?} begins by guessing: {first}");
        assert!(last < 0.05 * first, "{precision:?}: {first} to {last}");
        let accuracy = trainer.accuracy(std::slice::from_ref(&batch)).expect("an accuracy");
        assert!(accuracy > 0.9, "{precision:?}: {accuracy}");
        let counted = reports.iter().all(|report| report.underflow.is_some_and(|u| u.values > 0 && u.lost <= u.values));
        assert_eq!(counted, matches!(precision, Precision::F16 { .. }), "{precision:?}");
    }
}

#[test]
fn a_scale_that_is_too_high_skips_steps_until_it_fits() {
    let config = Config::small();
    let task = Task::new(&config, 1).expect("a task");
    let scaling = Scaling { initial: 2.0_f32.powi(40), interval: 4 };
    let mut trainer =
        Trainer::new(&config, Precision::F16 { scaling: true }, 1, 2).expect("a trainer").with_scaling(scaling);
    let start = trainer.weights().to_vec();
    let mut skipped = 0;
    while trainer.step(&task.batch(skipped, 16)).expect("a step").skipped {
        assert_eq!(trainer.weights(), start, "a step that is skipped changes nothing");
        skipped += 1;
        assert!(skipped < 60, "the scale falls");
    }
    assert!(skipped > 5);
    assert_ne!(trainer.weights(), start);
    let reports = learn(&mut trainer, &task, 40);
    assert!(reports.iter().filter(|report| report.skipped).count() < 20);
    assert!(reports.windows(2).any(|pair| pair[1].scale > pair[0].scale), "and rises again");
    assert!(reports.iter().all(|report| report.loss.is_finite()));
    assert!(trainer.weights().iter().all(|weight| weight.is_finite()));
}

#[test]
fn scaling_keeps_gradients_that_f16_loses() {
    let config = Config::small();
    let task = Task::new(&config, 1).expect("a task");
    let share = |scaling: bool| {
        let mut trainer = Trainer::new(&config, Precision::F16 { scaling }, 1, 2).expect("a trainer");
        let report = trainer.step(&task.batch(0, 32)).expect("a step");
        report.underflow.expect("counted").share()
    };
    let (with, without) = (share(true), share(false));
    assert!(without > 0.01 && with < without / 5.0, "{with} with scaling, {without} without");
}

#[test]
fn weights_that_are_not_numbers_give_no_answer() {
    let config = Config::small();
    let task = Task::new(&config, 1).expect("a task");
    for precision in ALL {
        let mut trainer = Trainer::new(&config, precision, 1, 2).expect("a trainer");
        trainer.set_weights(&vec![f32::NAN; trainer.weights().len()]).expect("as many weights");
        let report = trainer.step(&task.batch(0, 4)).expect("a step");
        assert!(report.loss.is_nan());
        assert_eq!(report.skipped, precision == Precision::F16 { scaling: true });
        assert_eq!(trainer.accuracy(&task.held_out(1, 8)).expect("an accuracy"), 0.0);
    }
}
