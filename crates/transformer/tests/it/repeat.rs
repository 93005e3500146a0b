//! The same seed, the same losses: for any number of threads, and from the same weights.

use transformer::{Config, Precision, Task, Trainer};

#[test]
fn losses_do_not_depend_on_the_number_of_threads() {
    let config = Config { width: 96, ..Config::small() };
    let task = Task::new(&config, 5).expect("a task");
    for precision in [Precision::F32, Precision::Bf16, Precision::F16 { scaling: true }] {
        let losses = |threads: usize| -> Vec<u32> {
            let mut trainer = Trainer::new(&config, precision, 5, threads).expect("a trainer");
            (0..6).map(|step| trainer.step(&task.batch(step, 12)).expect("a step").loss.to_bits()).collect()
        };
        let one = losses(1);
        for threads in [2, 3, 5] {
            assert_eq!(one, losses(threads), "{precision:?} on {threads} threads");
        }
    }
}

#[test]
fn seeds_differ_and_batches_of_other_sizes_leave_nothing_behind() {
    let config = Config::small();
    let task = Task::new(&config, 5).expect("a task");
    let first = |seed: u64, warm: bool| {
        let mut trainer = Trainer::new(&config, Precision::F32, seed, 2).expect("a trainer");
        if warm {
            trainer.loss(&task.batch(9, 40)).expect("a loss");
            trainer.loss(&task.batch(8, 3)).expect("a loss");
        }
        (trainer.step(&task.batch(0, 16)).expect("a step").loss, trainer.step(&task.batch(1, 7)).expect("a step").loss)
    };
    assert_eq!(first(1, false), first(1, true));
    assert_ne!(first(1, false), first(2, false));
}

#[test]
fn the_start_is_the_same_in_every_precision() {
    let config = Config::small();
    let start = transformer::initial_weights(&config, 11);
    for precision in [Precision::F32, Precision::Bf16, Precision::F16 { scaling: false }] {
        assert_eq!(Trainer::new(&config, precision, 11, 1).expect("a trainer").weights(), start);
    }
    let layout = transformer::layout(&config);
    let mut end = 0;
    for parameter in &layout {
        assert_eq!(parameter.range.start, end, "{} follows", parameter.name);
        assert_eq!(parameter.range.len(), parameter.shape.iter().product::<usize>());
        end = parameter.range.end;
        let weights = &start[parameter.range.clone()];
        let mean = weights.iter().map(|w| f64::from(*w)).sum::<f64>() / weights.len() as f64;
        if parameter.shape.len() == 2 && weights.len() > 1000 {
            let square = weights.iter().map(|w| (f64::from(*w) - mean).powi(2)).sum::<f64>() / weights.len() as f64;
            assert!(mean.abs() < 0.002 && (square.sqrt() - 0.02).abs() < 0.002, "{}: {mean}", parameter.name);
        }
    }
    assert_eq!(end, start.len());
}
