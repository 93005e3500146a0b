//! The task: the same for the same seed, and no use without places.

use std::collections::BTreeMap;

use transformer::{Batch, Config, Task};

#[test]
fn what_occurs_says_nothing_about_the_class() {
    let config = Config::small();
    let task = Task::new(&config, 2).expect("a task");
    let batch = task.batch(0, 4000);
    let mut ones = BTreeMap::new();
    for (text, label) in batch.tokens().chunks(config.sequence).zip(batch.labels()) {
        let mut counts = BTreeMap::new();
        text[1..].iter().filter(|token| **token < 3).for_each(|token| *counts.entry(*token).or_insert(0) += 1);
        assert_eq!(counts, BTreeMap::from([(0, 5), (1, 5), (2, 5)]));
        assert!((3..6).contains(&text[0]) && text[1..].iter().all(|token| !(3..6).contains(token) && *token < 64));
        let class = ones.entry(text[0]).or_insert((0, 0));
        *class = (class.0 + label, class.1 + 1);
        // The definition: where most markers of the kind asked about stand.
        let late = text.iter().enumerate().filter(|(at, token)| *at >= 16 && **token + 3 == text[0]).count();
        assert_eq!(*label, u32::from(late >= 3));
    }
    for (asked, (ones, texts)) in ones {
        let share = f64::from(ones) / f64::from(texts);
        assert!((share - 0.5).abs() < 0.06, "{asked}: {share}");
    }
}

#[test]
fn batches_repeat_and_differ() {
    let config = Config::small();
    let task = |seed| Task::new(&config, seed).expect("a task");
    assert_eq!(task(1).batch(5, 8), task(1).batch(5, 8));
    assert_ne!(task(1).batch(5, 8), task(1).batch(6, 8));
    assert_ne!(task(1).batch(5, 8), task(2).batch(5, 8));
    let held_out = task(1).held_out(20, 8);
    assert_eq!(held_out.len(), 20);
    let all: Vec<Batch> = (0..200).map(|step| task(1).batch(step, 8)).collect();
    assert!(held_out.iter().all(|held| all.iter().all(|batch| batch.tokens() != held.tokens())));
}

#[test]
fn fits_every_model_that_is_large_enough() {
    for sequence in [7, 8, 15, 33, 128] {
        let config = Config { sequence, vocabulary: 7, ..Config::small() };
        let batch = Task::new(&config, 1).expect("a task").batch(0, 50);
        assert_eq!((batch.size(), batch.sequence()), (50, sequence));
    }
}
