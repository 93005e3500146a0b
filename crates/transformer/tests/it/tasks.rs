//! The task: the same for the same seed, to be learnt from its batches, and from no less than all words of a text.

use std::collections::BTreeSet;

use transformer::{Batch, Config, Task};

/// Texts of eight tokens, of which seven are words.
fn config() -> Config {
    Config { sequence: 8, vocabulary: 1 + Task::WORDS, classes: 3, ..Config::small() }
}

/// How often each class came with each word, for words at the `places` of a text.
fn counted(batch: &Batch, config: &Config, places: &[usize]) -> Vec<f64> {
    let mut counts = vec![1.0; config.vocabulary * config.classes];
    for (text, class) in batch.tokens().chunks(config.sequence).zip(batch.labels()) {
        for place in places {
            counts[text[*place] as usize * config.classes + *class as usize] += 1.0;
        }
    }
    counts
}

/// Share of the texts whose class is that for which the most speaks, by counts from other texts.
fn found(batch: &Batch, config: &Config, counts: &[f64], places: &[usize]) -> f64 {
    let texts = batch.tokens().chunks(config.sequence).zip(batch.labels());
    let right = texts.filter(|(text, class)| {
        let speaks = |class: usize| -> f64 {
            let words = places.iter().map(|place| &counts[text[*place] as usize * config.classes..][..config.classes]);
            words.map(|counts| (counts[class] / counts.iter().sum::<f64>()).ln()).sum()
        };
        let most = (0..config.classes).max_by(|a, b| speaks(*a).total_cmp(&speaks(*b))).expect("a class");
        most as u32 == **class
    });
    right.count() as f64 / batch.size() as f64
}

#[test]
fn it_takes_all_words_of_a_text() {
    let config = config();
    let task = Task::new(&config, 2).expect("a task");
    let (learnt, asked) = (task.batch(0, 40_000), task.batch(1, 4000));
    let all: Vec<usize> = (1..config.sequence).collect();
    let right = found(&asked, &config, &counted(&learnt, &config, &all), &all);
    assert!(right > 0.75, "whoever counts the words is right about most texts: {right}");
    assert!(right < 0.99, "but not about all: {right}");
    for place in 0..config.sequence {
        let right = found(&asked, &config, &counted(&learnt, &config, &[place]), &[place]);
        let most = if place == 0 { 0.4 } else { 0.55 };
        assert!(right < most, "a single token says little: {right} at {place}");
    }
}

#[test]
fn no_class_is_right_more_often_than_another() {
    let config = config();
    for seed in 0..6 {
        let batch = Task::new(&config, seed).expect("a task").batch(0, 6000);
        for class in 0..config.classes as u32 {
            let share = batch.labels().iter().filter(|label| **label == class).count() as f64 / 6000.0;
            assert!((share - 1.0 / 3.0).abs() < 0.06, "{seed}, {class}: {share}");
        }
        assert!(batch.tokens().chunks(config.sequence).all(|text| text[0] == Task::BEGINNING));
    }
}

#[test]
fn batches_repeat_and_differ() {
    let config = config();
    let task = |seed| Task::new(&config, seed).expect("a task");
    assert_eq!(task(1).batch(5, 8), task(1).batch(5, 8));
    assert_ne!(task(1).batch(5, 8), task(1).batch(6, 8));
    assert_ne!(task(1).batch(5, 8), task(2).batch(5, 8));
    assert_eq!(task(1).held_out(3, 8), task(1).held_out(3, 8));
    let held_out = task(1).held_out(20, 8);
    assert_eq!(held_out.len(), 20);
    let steps: Vec<Batch> = (0..200).map(|step| task(1).batch(step, 8)).collect();
    let seen: BTreeSet<&[u32]> = steps.iter().flat_map(|batch| batch.tokens().chunks(8)).collect();
    assert_eq!(seen.len(), 200 * 8);
    assert!(held_out.iter().flat_map(|batch| batch.tokens().chunks(8)).all(|text| !seen.contains(text)));
}

#[test]
fn fits_every_model_that_is_large_enough() {
    for (sequence, vocabulary, classes) in
        [(2, 3, 2), (7, 7, 3), (8, 513, 2), (15, 514, 9), (33, 1000, 4), (128, 30_522, 2)]
    {
        let config = Config { sequence, vocabulary, classes, ..Config::small() };
        let batch = Task::new(&config, 1).expect("a task").batch(0, 50);
        assert_eq!((batch.size(), batch.sequence()), (50, sequence));
        batch.check(&config).expect("tokens and classes that the model knows");
        let silent = 1 + Task::WORDS as u32;
        let words = batch.tokens().iter().filter(|token| **token >= silent).count();
        let share = words as f64 / (50 * (sequence - 1)) as f64;
        let expected = if vocabulary > silent as usize { 0.5 } else { 0.0 };
        assert!((share - expected).abs() < 0.1, "{share} of {vocabulary} words say nothing");
    }
}
