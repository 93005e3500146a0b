//! A training step at DistilBERT's width: `cargo bench -p transformer`.
//!
//! For each precision: the step, its arithmetic per second, and the share of the step that its large products take by themselves.
//! With the argument `worker` it speaks the worker protocol (PROTOCOL.md) instead, for `benches/peers/training.py`: it writes its first weights and
//! its batches for the other side, and answers each step with its loss.

use std::error::Error;
use std::time::Instant;

use anyhow::Context;
use half::{bf16, f16};
use kernels::{Matrix, Products};
use measure::{Experiment, Prepared, Refusal};
use results::{Answer, Choice, Dataset};
use transformer::{Config, Precision, Task, Trainer};

/// Batches that the steps go round.
const BATCHES: u64 = 8;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).is_some_and(|argument| argument == "worker") {
        let (input, output) = (&mut std::io::stdin().lock(), &mut std::io::stdout().lock());
        return Ok(measure::worker::serve(&|_| Some(&Step), input, output)?);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let number = |name: &str, default: usize| {
        argument(name).map_or(Ok(default), |text| text.parse().map_err(|e| format!("{name} {text}: {e}")))
    };
    let config = Config {
        layers: number("--layers", 2)?,
        sequence: number("--sequence", 128)?,
        vocabulary: number("--vocabulary", 1024)?,
        ..Config::distilbert()
    };
    let (batch, threads) = (number("--batch", 4)?, number("--threads", cores)?);
    table(&config, batch, threads)
}

/// The value behind a flag.
fn argument(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)
}

fn table(config: &Config, batch: usize, threads: usize) -> Result<(), Box<dyn Error>> {
    let (layers, width, sequence) = (config.layers, config.width, config.sequence);
    println!(
        "{layers} layers, {width} wide, {batch} texts of {sequence} tokens, {threads} threads; best of {ROUNDS} rounds\n"
    );
    println!("| precision | unit | step, ms | GFLOP/s | large products alone, ms | share |");
    println!("|---|---|--:|--:|--:|--:|");
    let task = Task::new(config, 1)?;
    let batches: Vec<_> = (0..BATCHES).map(|step| task.batch(step, batch)).collect();
    let all = [Precision::F32, Precision::Bf16, Precision::F16 { scaling: true }];
    let mut trainers = Vec::new();
    for precision in all {
        let mut trainer = Trainer::new(config, precision, 1, threads)?;
        trainer.step(&batches[0])?;
        trainers.push((trainer, Large::new(config, precision, batch, threads)?, f64::INFINITY, f64::INFINITY));
    }
    for round in 0..ROUNDS {
        for (trainer, large, step, products) in &mut trainers {
            *step = step.min(seconds(|| trainer.step(&batches[round % batches.len()]))?);
            *products = products.min(seconds(|| large.run())?);
        }
    }
    for (trainer, _, step, products) in &trainers {
        println!(
            "| {:?} | {} | {:.1} | {:.1} | {:.1} | {:.0} % |",
            trainer.precision(),
            trainer.precision().unit(),
            step * 1e3,
            config.step_flops(batch) as f64 / step / 1e9,
            products * 1e3,
            100.0 * products / step
        );
    }
    Ok(())
}

fn seconds<T, E>(mut work: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// The products of a step with the matrices of its layers, on numbers without meaning.
struct Large {
    run: Box<dyn FnMut()>,
}

impl Large {
    fn new(config: &Config, precision: Precision, batch: usize, threads: usize) -> Result<Self, Box<dyn Error>> {
        let (tokens, layers) = (batch * config.sequence, config.layers);
        let (width, inside) = (config.width, config.feed_forward);
        let shapes = [(width, 3 * width), (width, width), (width, inside), (inside, width)];
        let products = Products::new(threads)?;
        let run: Box<dyn FnMut()> = match precision {
            Precision::F32 => forward_and_back(products, tokens, layers, shapes, |value| value, Products::f32),
            Precision::Bf16 => forward_and_back(products, tokens, layers, shapes, bf16::from_f32, Products::bf16),
            Precision::F16 { .. } => forward_and_back(products, tokens, layers, shapes, f16::from_f32, Products::f16),
        };
        Ok(Self { run })
    }

    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        (self.run)();
        Ok(())
    }
}

fn forward_and_back<T: Copy + 'static>(
    mut products: Products,
    tokens: usize,
    layers: usize,
    shapes: [(usize, usize); 4],
    number: fn(f32) -> T,
    multiply: for<'a> fn(&mut Products, Matrix<'a, T>, Matrix<'a, T>, &mut [f32], bool),
) -> Box<dyn FnMut()> {
    let largest = shapes.iter().map(|(inputs, outputs)| (*inputs).max(*outputs)).max().unwrap_or(0);
    let fill = |len: usize| (0..len).map(|i| number((i % 13) as f32 - 6.0)).collect::<Vec<T>>();
    let (x, dy) = (fill(tokens * largest), fill(tokens * largest));
    let mut c = vec![0.0; tokens.max(largest) * largest];
    let weights: Vec<Vec<Vec<T>>> =
        (0..layers).map(|_| shapes.iter().map(|(inputs, outputs)| fill(inputs * outputs)).collect()).collect();
    Box::new(move || {
        for (weights, (inputs, outputs)) in weights.iter().flat_map(|layer| layer.iter().zip(shapes)) {
            let weights = Matrix::new(weights, outputs, inputs);
            let x = Matrix::new(&x[..tokens * inputs], tokens, inputs);
            let dy = Matrix::new(&dy[..tokens * outputs], tokens, outputs);
            multiply(&mut products, x, weights.transposed(), &mut c[..tokens * outputs], false);
            multiply(&mut products, dy, weights, &mut c[..tokens * inputs], false);
            multiply(&mut products, dy.transposed(), x, &mut c[..outputs * inputs], false);
        }
    })
}

/// A step as a case.
struct Step;

impl Experiment for Step {
    fn choose(&self, _dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(Vec::new())
    }

    fn prepare(&self, task: &measure::Task) -> Result<Prepared, Refusal> {
        let number = |name: &str| task.numbers.get(name).map(|n| *n as usize).with_context(|| format!("no {name}"));
        let config = Config {
            layers: number("layers")?,
            sequence: number("sequence")?,
            vocabulary: number("vocabulary")?,
            ..Config::distilbert()
        };
        let precision = match task.point.get("precision") {
            Some("f32") => Precision::F32,
            Some("bf16") => Precision::Bf16,
            Some("f16") => Precision::F16 { scaling: true },
            other => return Err(anyhow::anyhow!("there is no precision {other:?}").into()),
        };
        let texts = Task::new(&config, task.seed)?;
        let batch = number("batch")?;
        let batches: Vec<_> = (0..BATCHES).map(|step| texts.batch(step, batch)).collect();
        let mut trainer = Trainer::new(&config, precision, task.seed, task.threads as usize)?;
        let write = |name: &str, words: &mut dyn Iterator<Item = u32>| {
            std::fs::write(task.scratch.join(name), words.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
        };
        write("weights", &mut trainer.weights().iter().map(|weight| weight.to_bits()))?;
        write("tokens", &mut batches.iter().flat_map(|batch| batch.tokens()).copied())?;
        write("labels", &mut batches.iter().flat_map(|batch| batch.labels()).copied())?;
        let mut turn = 0;
        let prepared = Prepared::new(move || {
            let report = trainer.step(&batches[turn % batches.len()])?;
            turn += 1;
            Ok(Answer { rows: (batch * config.sequence) as u64, values: vec![f64::from(report.loss)], digest: None })
        });
        Ok(prepared.fact("flops", config.step_flops(batch) as f64).setting("unit", precision.unit()))
    }
}
