//! Learning a task from nothing: losses, accuracy, and what becomes of the gradients.

use measure::{Prepared, Refusal, Task};
use results::{Cell, RecordedTable, Unit};
use transformer::{AdamW, Batch, Config};

use crate::case::{Case, Format, Model};
use crate::step::{answer, batches, described, taking};
use crate::student::{Student, Trouble, student};

/// Texts of a batch.
const BATCH: usize = 32;
/// Steps of a run: the small model has learnt most of the task by then, in f32.
const STEPS: u64 = 240;
/// Steps that are one row of the table of losses.
const BIN: usize = 4;
/// Part of the steps whose mean is the loss at the end.
const END: usize = 10;
/// Batches that no step learns from: enough texts that a difference of precisions is not one of luck with them.
const HELD_OUT: u64 = 128;
/// Runs of a launch, each from a seed of its own.
const RUNS: u32 = 2;

/// AdamW for a run. The rate falls to nothing over its steps: otherwise a model would end at whatever the last batches made of it, and that
/// differs more from precision to precision than what they have learnt. A wider model takes smaller steps.
fn optimizer(config: &Config) -> AdamW {
    AdamW { rate: 0.128 / config.width as f32, until: Some(STEPS as u32), ..AdamW::default() }
}

/// What a run saw.
#[derive(Debug, Default)]
struct Run {
    losses: Vec<f32>,
    skipped: usize,
    /// Gradients that were not zero before they were rounded to f16, and those of them that were after.
    gradients: u64,
    lost: u64,
    accuracy: f64,
}

impl Run {
    /// From the weights of a seed, over its batches.
    fn new(student: &mut dyn Student, config: &Config, seed: u64) -> Result<Self, Trouble> {
        let task = transformer::Task::new(config, seed)?;
        let mut run = Self::default();
        for step in 0..STEPS {
            let report = student.step(&task.batch(step, BATCH))?;
            run.losses.push(report.loss);
            run.skipped += usize::from(report.skipped);
            if let Some(underflow) = report.underflow {
                run.gradients += underflow.values;
                run.lost += underflow.lost;
            }
        }
        let held_out: Vec<Batch> = task.held_out(HELD_OUT, BATCH);
        run.accuracy = student.accuracy(&held_out)?;
        Ok(run)
    }

    /// The mean loss of the last steps; none if it is no number any more.
    fn final_loss(&self) -> Option<f64> {
        let last = &self.losses[self.losses.len() - self.losses.len() / END..];
        let mean = last.iter().map(|loss| f64::from(*loss)).sum::<f64>() / last.len() as f64;
        mean.is_finite().then_some(mean)
    }

    /// Share of the gradients that rounding to f16 made zero.
    fn underflow(&self) -> f64 {
        self.lost as f64 / self.gradients.max(1) as f64
    }

    /// Share of the steps that were left out.
    fn skipped_steps(&self) -> f64 {
        self.skipped as f64 / self.losses.len() as f64
    }

    /// Losses by step; a loss that overflowed is missing.
    fn table(&self) -> RecordedTable {
        let rows = self.losses.chunks(BIN).enumerate().map(|(bin, losses)| {
            let mean = losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64;
            let middle = (bin * BIN) as f64 + (losses.len() + 1) as f64 / 2.0;
            vec![Cell::Number(middle), Cell::from(Some(mean).filter(|mean| mean.is_finite()))]
        });
        RecordedTable::new(&[("step", Unit::Number), ("loss", Unit::Number)], rows.collect())
    }
}

/// Sets up a step of a model that has just learnt, and states how it and others did.
pub(crate) fn prepare(task: &Task, case: &Case, model: Model) -> Result<Prepared, Refusal> {
    let config = model.learning();
    let learnt = |trial: u32| -> Result<(Box<dyn Student>, String, Run), Refusal> {
        let seed = task.trial_seed(trial);
        let (mut student, unit) = student(case, &config, seed, optimizer(&config), None)?;
        let run = Run::new(student.as_mut(), &config, seed)?;
        Ok((student, unit, run))
    };
    let (student, unit, first) = learnt(0)?;
    let mut runs = vec![first];
    for trial in 1..RUNS {
        runs.push(learnt(trial)?.2);
    }
    let said = answer(BATCH * config.sequence, runs[0].losses[0]);
    let mut prepared = taking(student, batches(&config, task.trial_seed(0), BATCH)?, said)
        .setting("steps", STEPS)
        .table("loss", runs[0].table())
        .trials("accuracy", runs.iter().map(|run| run.accuracy).collect());
    // Trials are compared seed by seed: without one of them there are none.
    if let Some(losses) = runs.iter().map(Run::final_loss).collect() {
        prepared = prepared.trials("final_loss", losses);
    }
    if case.format == Format::F16 {
        prepared = prepared.trials("underflow", runs.iter().map(Run::underflow).collect());
        prepared = prepared.trials("skipped_steps", runs.iter().map(Run::skipped_steps).collect());
    }
    Ok(described(prepared, case, &unit, &config, BATCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_overflowed_is_missing_and_never_zero() {
        let mut losses = vec![0.5; 4 * BIN];
        losses[BIN] = f32::NAN;
        let run = Run { losses, ..Run::default() };
        let table = run.table();
        assert_eq!(table.rows[0], [Cell::Number(2.5), Cell::Number(0.5)]);
        assert_eq!(table.rows[1], [Cell::Number(6.5), Cell::Missing]);
        assert_eq!(run.final_loss(), Some(0.5));
        assert_eq!(Run { losses: vec![f32::INFINITY; 20], ..Run::default() }.final_loss(), None);
        assert!(STEPS as usize / BIN <= RecordedTable::MOST_ROWS);
    }
}
