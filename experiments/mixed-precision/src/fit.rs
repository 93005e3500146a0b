//! The largest batch that fits: larger and larger ones until one does not.

use measure::{Prepared, Refusal, Task};
use results::{RecordedTable, Unit};
use transformer::{AdamW, Config};

use crate::case::{Case, Device, Model};
use crate::cuda;
use crate::step::{answer, batches, described, settled, taking, with_memory};
use crate::student::{Trouble, student};

/// Bytes that a training step may hold on the processor, as if they were the memory of an accelerator: some times what the weights take.
const LIMIT: u64 = 384 << 20;
/// No batch is looked for beyond this one.
const LARGEST: usize = 1 << 14;

/// Sets up a step of a model over the largest batch that fits.
pub(crate) fn prepare(task: &Task, case: &Case, model: Model) -> Result<Prepared, Refusal> {
    let config = model.config();
    let texts = transformer::Task::new(&config, task.seed).map_err(Trouble::from)?;
    // It stays open from the search to the step: to open it takes seconds.
    let gpu = match case.device {
        Device::Cpu => None,
        Device::Cuda => Some(cuda::open(case)?),
    };
    let (found, limit) = match &gpu {
        None => (on_the_processor(case, &config, task.seed)?, Some(LIMIT)),
        Some(gpu) => {
            let batch = |size| texts.batch(0, size);
            let found = gpu::largest_batch(gpu.handle(), &config, cuda::numbers(case)?, LARGEST, batch)
                .map_err(Trouble::from)?;
            (found, None)
        }
    };
    if found == 0 {
        return Err(Refusal::Skip("Not even one text fits in the memory.".to_owned()));
    }
    let (mut student, unit) = student(case, &config, task.seed, AdamW::default(), limit)?;
    student.reserve(found)?;
    // Precisions have other batches here: what they must agree on is the loss of one text.
    let common = answer(config.sequence, student.loss(&texts.batch(0, 1))?);
    let batches = batches(&config, task.seed, found)?;
    settled(student.as_mut(), &batches)?;
    let memory = student.memory();
    let mut prepared = taking(student, batches, common).fact("largest_batch", found as f64);
    prepared = match limit {
        Some(limit) => prepared.setting("memory set aside", format!("{} MiB", limit >> 20)),
        None => prepared.table("advice", advice(&config, found, memory.total())),
    };
    Ok(described(with_memory(prepared, memory), case, &unit, &config, found))
}

/// What stands below the recommendation to train in this precision.
fn advice(config: &Config, batch: usize, bytes: u64) -> RecordedTable {
    let fits = format!("{batch} texts of {} tokens", config.sequence);
    let rows = vec![
        vec!["Largest batch of DistilBERT that fits".into(), fits.as_str().into()],
        vec!["Memory that a step of it holds".into(), format!("{} MiB", bytes >> 20).as_str().into()],
    ];
    RecordedTable::new(&[("On this GPU", Unit::Number), ("Found by trying", Unit::Number)], rows)
}

/// By taking the memory; the step that is timed proves that nothing else was needed.
fn on_the_processor(case: &Case, config: &Config, seed: u64) -> Result<usize, Refusal> {
    let (mut student, _) = student(case, config, seed, AdamW::default(), Some(LIMIT))?;
    let found = transformer::search(LARGEST, |batch| match student.reserve(batch) {
        Ok(()) => Ok(true),
        Err(Trouble::Memory(_)) => Ok(false),
        Err(other) => Err(other),
    });
    Ok(found?)
}
