//! A training step on the processor: forward, backward, AdamW.

use measure::{Prepared, Refusal, Task};
use results::Answer;
use transformer::{Batch, Config, Error, Memory, Precision, Trainer};

use crate::case::{Case, Format, Model};
use crate::{handover, not_on_a_processor};

/// Batches that are taken in turn: enough that none is known by heart while it is measured.
pub(crate) const BATCHES: u64 = 8;
/// Steps in which the scale of the loss finds its size: each that is left out halves it.
const SETTLING: u32 = 32;

/// The precision of a case, as the trainer has it.
pub(crate) fn precision(case: &Case) -> Result<Precision, Refusal> {
    match case.format {
        Format::F32 => Ok(Precision::F32),
        Format::Bf16 => Ok(Precision::Bf16),
        Format::F16 => Ok(Precision::F16 { scaling: case.scaling }),
        Format::Tf32 | Format::Fp8 => Err(not_on_a_processor()),
    }
}

/// No memory is nobody's fault, all else is a mistake of ours.
pub(crate) fn refusal(error: Error) -> Refusal {
    match error {
        Error::Memory(why) => Refusal::Skip(format!("There is not enough memory: {why}.")),
        error => Refusal::Fail(error.into()),
    }
}

/// The first batches of a seed.
pub(crate) fn batches(config: &Config, seed: u64, size: usize) -> Result<Vec<Batch>, Refusal> {
    let task = transformer::Task::new(config, seed).map_err(refusal)?;
    Ok((0..BATCHES).map(|step| task.batch(step, size)).collect())
}

/// Sets up a step of a model over a batch of so many texts.
pub(crate) fn prepare(task: &Task, case: &Case, model: Model, batch: usize) -> Result<Prepared, Refusal> {
    let config = model.config();
    let batches = batches(&config, task.seed, batch)?;
    let mut trainer = Trainer::new(&config, precision(case)?, task.seed, case.threads).map_err(refusal)?;
    trainer.reserve(batch).map_err(refusal)?;
    if case.format == Format::F32 {
        handover::write(task, &config, trainer.weights(), &batches)?;
    }
    let first = settled(&mut trainer, &batches)?;
    let memory = trainer.memory();
    let prepared = taking(trainer, batches, answer(batch * config.sequence, first));
    Ok(described(with_memory(prepared, memory), case, &config, batch))
}

/// The first loss, after steps until one is not left out: what is timed is whole steps.
pub(crate) fn settled(trainer: &mut Trainer, batches: &[Batch]) -> Result<f32, Refusal> {
    let first = trainer.step(&batches[0]).map_err(refusal)?;
    let mut skipped = first.skipped;
    for batch in batches.iter().cycle().take(SETTLING as usize) {
        if !skipped {
            break;
        }
        skipped = trainer.step(batch).map_err(refusal)?.skipped;
    }
    Ok(first.loss)
}

/// What all precisions must agree on: a loss, before anything was learnt.
pub(crate) fn answer(rows: usize, loss: f32) -> Answer {
    Answer { rows: rows as u64, values: vec![f64::from(loss)], digest: None }
}

/// A case that takes a step with each call, over the batches in turn. A step changes the weights, so the answer is one from before.
pub(crate) fn taking(mut trainer: Trainer, batches: Vec<Batch>, answer: Answer) -> Prepared {
    let mut turn = 0;
    Prepared::new(move || {
        trainer.step(&batches[turn % batches.len()])?;
        turn += 1;
        Ok(answer.clone())
    })
}

/// Adds what a trainer holds, by part.
pub(crate) fn with_memory(prepared: Prepared, memory: Memory) -> Prepared {
    let parts = memory.parts().into_iter();
    let prepared = prepared.fact("memory", memory.total() as f64);
    parts.fold(prepared, |prepared, (part, bytes)| prepared.fact(&format!("memory_{part}"), bytes as f64))
}

/// Adds what every training step says of itself.
pub(crate) fn described(prepared: Prepared, case: &Case, config: &Config, batch: usize) -> Prepared {
    let unit = precision(case).map_or_else(|_| "unknown".to_owned(), |precision| precision.unit().to_string());
    let Config { layers, width, heads, feed_forward, sequence, vocabulary, .. } = config;
    let prepared = if case.format == Format::F16 {
        prepared.setting("loss scaling", if case.scaling { "dynamic" } else { "none" })
    } else {
        prepared
    };
    case.described(prepared, &unit)
        .setting("ceiling", "flops")
        .setting("dtype", "f32")
        .setting("optimizer", "AdamW, weights in f32")
        .setting("batch", format!("{batch} texts of {sequence} tokens"))
        .setting("model", format!("{layers} × {width} wide, {heads} heads, {feed_forward} inside, {vocabulary} words"))
        .fact("rows", (batch * sequence) as f64)
        .fact("flops", config.step_flops(batch) as f64)
}
