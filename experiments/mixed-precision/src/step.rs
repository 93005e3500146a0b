//! A training step: forward, backward, AdamW.

use measure::{Prepared, Refusal, Task};
use results::Answer;
use transformer::{AdamW, Batch, Config, Memory};

use crate::case::{Case, Device, Format, Model};
use crate::handover;
use crate::student::{Student, Trouble, student};

/// Batches that are taken in turn: enough that none is known by heart while it is measured.
const BATCHES: u64 = 8;
/// Steps in which the scale of the loss finds its size: each that is left out halves it.
const SETTLING: usize = 32;

/// The first batches of a seed.
pub(crate) fn batches(config: &Config, seed: u64, size: usize) -> Result<Vec<Batch>, Refusal> {
    let task = transformer::Task::new(config, seed).map_err(Trouble::from)?;
    Ok((0..BATCHES).map(|step| task.batch(step, size)).collect())
}

/// Sets up a step of a model over a batch of so many texts.
pub(crate) fn prepare(task: &Task, case: &Case, model: Model, batch: usize) -> Result<Prepared, Refusal> {
    let config = model.config();
    let batches = batches(&config, task.seed, batch)?;
    let (mut student, unit) = student(case, &config, task.seed, AdamW::default(), None)?;
    student.reserve(batch)?;
    if case.format == Format::F32 {
        handover::write(task, &config, student.as_ref(), &batches)?;
    }
    let first = settled(student.as_mut(), &batches)?;
    let memory = student.memory();
    let prepared = taking(student, batches, answer(batch * config.sequence, first));
    Ok(described(with_memory(prepared, memory), case, &unit, &config, batch))
}

/// The first loss, after steps until one is not left out: what is timed is whole steps.
pub(crate) fn settled(student: &mut dyn Student, batches: &[Batch]) -> Result<f32, Trouble> {
    let first = student.step(&batches[0])?;
    let mut skipped = first.skipped;
    for batch in batches.iter().cycle().take(SETTLING) {
        if !skipped {
            break;
        }
        skipped = student.step(batch)?.skipped;
    }
    Ok(first.loss)
}

/// What all precisions must agree on: a loss, before anything was learnt.
pub(crate) fn answer(rows: usize, loss: f32) -> Answer {
    Answer { rows: rows as u64, values: vec![f64::from(loss)], digest: None }
}

/// A case that takes a step with each call, over the batches in turn. A step changes the weights, so the answer is one from before.
pub(crate) fn taking(mut student: Box<dyn Student>, batches: Vec<Batch>, answer: Answer) -> Prepared {
    let mut turn = 0;
    Prepared::new(move || {
        student.step(&batches[turn % batches.len()]).map_err(Trouble::into_error)?;
        turn += 1;
        Ok(answer.clone())
    })
}

/// Adds what a student holds, by part.
pub(crate) fn with_memory(prepared: Prepared, memory: Memory) -> Prepared {
    let parts = memory.parts().into_iter();
    let prepared = prepared.fact("memory", memory.total() as f64);
    parts.fold(prepared, |prepared, (part, bytes)| prepared.fact(&format!("memory_{part}"), bytes as f64))
}

/// Adds what every training step says of itself.
pub(crate) fn described(prepared: Prepared, case: &Case, unit: &str, config: &Config, batch: usize) -> Prepared {
    let Config { layers, width, heads, feed_forward, sequence, vocabulary, .. } = config;
    let prepared = if case.format == Format::F16 {
        prepared.setting("loss scaling", if case.scaling { "dynamic" } else { "none" })
    } else {
        prepared
    };
    let prepared = match case.device {
        Device::Cpu => prepared.setting("ceiling", "flops").setting("dtype", "f32"),
        Device::Cuda => prepared,
    };
    case.described(prepared, unit)
        .setting("optimizer", "AdamW, weights in f32")
        .setting("batch", format!("{batch} texts of {sequence} tokens"))
        .setting("model", format!("{layers} × {width} wide, {heads} heads, {feed_forward} inside, {vocabulary} words"))
        .fact("rows", (batch * sequence) as f64)
        .fact("flops", config.step_flops(batch) as f64)
}
