//! The training step, on the emulated GPU, against the crate `transformer`.

use gpu::{Copies, Element, Fed, Handle, Numbers, Trainer};
use transformer::{AdamW, Batch, Config, Precision, Task};

use crate::emulator;

const SEED: u64 = 7;

/// Small, with sizes that do not fill what threads move at once.
const ODD: Config =
    Config { layers: 2, width: 12, heads: 3, feed_forward: 20, sequence: 7, vocabulary: 11, classes: 3 };
/// Small, with sizes that do.
const EVEN: Config =
    Config { layers: 2, width: 32, heads: 2, feed_forward: 64, sequence: 16, vocabulary: 24, classes: 2 };

/// Tokens and classes without pattern.
fn batch(config: &Config, size: usize, sequence: usize, salt: usize) -> Batch {
    let mix = |i: usize, below: usize| ((i + salt).wrapping_mul(2_654_435_761) >> 7) % below;
    let tokens = (0..size * sequence).map(|i| mix(i, config.vocabulary) as u32).collect();
    let labels = (0..size).map(|i| mix(i * 31, config.classes) as u32).collect();
    Batch::new(tokens, labels).unwrap()
}

fn numbers() -> [(Numbers, Precision, f64); 3] {
    [
        (Numbers::F32, Precision::F32, 2e-5),
        (Numbers::F16 { scaling: true }, Precision::F16 { scaling: true }, 2e-2),
        (Numbers::Bf16, Precision::Bf16, 1e-1),
    ]
}

fn distance(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let square = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|number| number * number).sum::<f64>().sqrt();
    let difference = square(&mut ours.iter().zip(theirs).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    difference / square(&mut theirs.iter().map(|number| f64::from(*number))).max(1e-12)
}

fn device() -> Option<Handle> {
    emulator::device(64 << 20)
}

#[test]
fn loss_and_every_gradient_are_those_of_the_processor() {
    let Some(device) = device() else { return };
    for config in [ODD, EVEN] {
        for (ours, theirs, tolerance) in numbers() {
            let mut gpu = Trainer::new(&device, &config, ours, SEED).unwrap();
            let mut cpu = transformer::Trainer::new(&config, theirs, SEED, 1).unwrap();
            assert_eq!(gpu.weights().unwrap(), cpu.weights());
            // A larger batch first, then a smaller one of shorter texts in the same room.
            for (size, sequence) in [(5, config.sequence), (3, config.sequence - 2)] {
                let batch = batch(&config, size, sequence, size);
                let (loss, gradients) = gpu.gradients(&batch).unwrap();
                let (expected_loss, expected) = cpu.gradients(&batch).unwrap();
                assert!((loss - expected_loss).abs() < tolerance as f32, "{ours:?}: {loss} for {expected_loss}");
                for parameter in transformer::layout(&config) {
                    // Keys' biases shift all scores of a row alike: their gradient is nothing but rounding.
                    let keys = parameter.name.ends_with("qkv.bias");
                    let (mut a, mut b) =
                        (gradients[parameter.range.clone()].to_vec(), expected[parameter.range].to_vec());
                    if keys {
                        a.drain(config.width..2 * config.width);
                        b.drain(config.width..2 * config.width);
                    }
                    let distance = distance(&a, &b);
                    assert!(distance < tolerance, "{ours:?} {}: {distance}", parameter.name);
                }
            }
        }
    }
}

#[test]
fn steps_go_the_same_way() {
    let Some(device) = device() else { return };
    let config = EVEN;
    for (ours, theirs, tolerance) in numbers() {
        let mut gpu = Trainer::new(&device, &config, ours, SEED).unwrap();
        let mut cpu = transformer::Trainer::new(&config, theirs, SEED, 1).unwrap();
        for step in 0..3 {
            let batch = batch(&config, 4, config.sequence, step);
            let (ours, theirs) = (gpu.step(&batch).unwrap(), cpu.step(&batch).unwrap());
            assert!((ours.loss - theirs.loss).abs() < 10.0 * tolerance as f32, "{step}: {ours:?} for {theirs:?}");
            assert_eq!((ours.skipped, ours.scale), (theirs.skipped, theirs.scale), "{step}");
            assert_eq!(ours.underflow.is_some(), theirs.underflow.is_some());
        }
        let start = transformer::initial_weights(&config, SEED);
        let moved: Vec<f32> = cpu.weights().iter().zip(&start).map(|(now, before)| now - before).collect();
        let ours: Vec<f32> = gpu.weights().unwrap().iter().zip(&start).map(|(now, before)| now - before).collect();
        // AdamW's first steps are the signs of gradients: those that are nothing but rounding go either way.
        let distance = distance(&ours, &moved);
        assert!(distance < 0.35, "{theirs:?}: {distance}");
        let batches = [batch(&config, 4, config.sequence, 99)];
        let (ours, theirs) = (gpu.accuracy(&batches).unwrap(), cpu.accuracy(&batches).unwrap());
        assert!((ours - theirs).abs() <= 0.25, "{ours} for {theirs}");
    }
}

#[test]
fn it_learns() {
    let Some(device) = device() else { return };
    let config = Config { layers: 1, width: 16, heads: 2, feed_forward: 16, sequence: 8, vocabulary: 12, classes: 2 };
    let task = Task::new(&config, SEED).unwrap();
    let quick = AdamW { rate: 2e-2, warm_up: 1, ..AdamW::default() };
    let mut gpu = Trainer::new(&device, &config, Numbers::F32, SEED).unwrap().with_optimizer(quick);
    let first = gpu.step(&task.batch(0, 8)).unwrap().loss;
    // The same texts again and again: what is learned by heart needs no insight.
    let last = (0..30).map(|_| gpu.step(&task.batch(0, 8)).unwrap().loss).last().unwrap();
    assert!(last < 0.5 * first, "{first} became {last}");
}

#[test]
fn an_overflow_is_skipped_with_scaling_and_shows_without() {
    let Some(device) = device() else { return };
    let batch = batch(&EVEN, 2, EVEN.sequence, 1);
    let scaling = transformer::Scaling { initial: 3e38, interval: 100 };
    let mut gpu = Trainer::new(&device, &EVEN, Numbers::F16 { scaling: true }, SEED).unwrap().with_scaling(scaling);
    let before = gpu.weights().unwrap();
    let report = gpu.step(&batch).unwrap();
    assert!(report.skipped && report.loss.is_finite(), "{report:?}");
    assert_eq!(gpu.weights().unwrap(), before);
    assert!(gpu.step(&batch).unwrap().scale < 2e38);

    let mut gpu = Trainer::new(&device, &EVEN, Numbers::F16 { scaling: false }, SEED).unwrap();
    let mut broken = before;
    broken[0..EVEN.width].fill(f32::NAN);
    gpu.set_weights(&broken).unwrap();
    let zeros = Batch::new(vec![0; EVEN.sequence], vec![0]).unwrap();
    let report = gpu.step(&zeros).unwrap();
    assert!(report.loss.is_nan() && !report.skipped, "{report:?}");
    assert_eq!(gpu.accuracy(&[zeros]).unwrap(), 0.0, "no number is no answer");
}

#[test]
fn memory_is_counted_and_a_lack_of_it_is_an_error_that_can_be_lived_with() {
    let Some(device) = emulator::device(1 << 20) else { return };
    let mut gpu = Trainer::new(&device, &EVEN, Numbers::Bf16, SEED).unwrap();
    let weights = transformer::initial_weights(&EVEN, SEED).len() as u64;
    assert_eq!((gpu.memory().master, gpu.memory().optimizer), (4 * weights, 8 * weights));
    assert_eq!(gpu.memory().activations, 0);
    let error = gpu.reserve(1000).unwrap_err();
    assert!(error.is_out_of_memory(), "{error}");
    gpu.step(&batch(&EVEN, 1, EVEN.sequence, 1)).unwrap();
    assert!(gpu.memory().activations > 0 && gpu.memory().total() <= 1 << 20);
    drop(gpu);
    // All of it came back.
    gpu::Buffer::reserve(&device, Element::F32, (1 << 20) / 4).unwrap();
}

#[test]
fn a_batch_that_the_model_cannot_read_is_an_error() {
    let Some(device) = device() else { return };
    let mut gpu = Trainer::new(&device, &ODD, Numbers::F32, SEED).unwrap();
    let strange = Batch::new(vec![ODD.vocabulary as u32; ODD.sequence], vec![0]).unwrap();
    assert!(gpu.step(&strange).unwrap_err().to_string().contains("vocabulary"));
    let wrong = Config { heads: 5, ..ODD };
    assert!(Trainer::new(&device, &wrong, Numbers::F32, SEED).is_err());
}

#[test]
fn the_largest_batch_fits_and_the_next_does_not() {
    let Some(device) = emulator::device(1 << 20) else { return };
    let found = gpu::largest_batch(&device, &EVEN, Numbers::Bf16, 1000, |size| batch(&EVEN, size, EVEN.sequence, 1));
    let found = found.unwrap();
    let fits =
        |size| Trainer::new(&device, &EVEN, Numbers::Bf16, SEED).unwrap().step(&batch(&EVEN, size, EVEN.sequence, 2));
    assert!(found > 1 && fits(found).is_ok() && fits(found + 1).unwrap_err().is_out_of_memory(), "{found}");
    let tiny = emulator::device(1 << 10).expect("it was had before");
    assert_eq!(gpu::largest_batch(&tiny, &EVEN, Numbers::F32, 8, |size| batch(&EVEN, size, 2, 1)).unwrap(), 0);
}

#[test]
fn a_fed_trainer_takes_the_same_steps_as_one_that_is_not() {
    let Some(device) = device() else { return };
    let texts = |step| batch(&EVEN, 2, EVEN.sequence, step);
    let mut alone = Trainer::new(&device, &EVEN, Numbers::F32, SEED).unwrap();
    let expected: Vec<_> = (0..4).map(|step| alone.step(&texts(step)).unwrap()).collect();
    for copies in [Copies::Before, Copies::Beside] {
        let trainer = Trainer::new(&device, &EVEN, Numbers::F32, SEED).unwrap();
        let mut fed = Fed::new(trainer, copies, 8).unwrap();
        let mut reports: Vec<_> = (0..4).map(|step| fed.take(&[1.0; 8][step..], texts(step)).unwrap()).collect();
        assert_eq!(reports[0].is_none(), copies == Copies::Beside);
        reports.push(fed.finish().unwrap());
        assert_eq!(reports.into_iter().flatten().collect::<Vec<_>>(), expected, "{copies:?}");
        assert_eq!(fed.finish().unwrap(), None);
        let error = fed.take(&[0.0; 9], texts(0)).unwrap_err().to_string();
        assert!(error.contains("9 numbers for a place of 8"), "{error}");
        assert!(fed.take(&[], texts(0)).unwrap().is_some(), "nothing to copy is nothing to wait for");
    }
}
